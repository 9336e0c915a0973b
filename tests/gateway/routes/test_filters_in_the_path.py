"""What stands in a path narrows, also where nothing does; a number in it has one form."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from exchange.views.reader import Reader
from gateway.routes.openapi import plain_path
from gateway.routes.system import ROUTES
from gateway.routes.view_reads import LISTINGS
from ledger.views.lists.journal_listings import EVENTS
from ledger.views.lists.right_listings import CHAIN
from tests.gateway.routes.test_query import PARTS
from tests.gateway.town import Town
from tests.ledger.views.flow import two_of_each
from tests.ledger.views.reading import reader_of
from tests.other_digits import OTHER_DIGITS


@pytest.fixture
async def reader(postgres_dsn: str) -> AsyncIterator[Reader]:
    async with reader_of(postgres_dsn, [(two_of_each(), ())]) as found:
        yield found


@pytest.mark.postgres
async def test_no_empty_value_of_a_filter_shows_what_has_another(reader: Reader) -> None:
    """Over each filter of each list: it narrows whenever it is given, but for `party`."""
    walked = 0
    for listing in (*LISTINGS, EVENTS, CHAIN):
        every = (await reader.page(listing)).values()
        for name, narrowed in listing.filters.items():
            if name == "party" or narrowed.value_type is not str:
                continue
            shown = (await reader.page(listing, **{name: ""})).values()
            others = [row for row in shown if row.get(name, "another")]
            assert every, listing.source
            assert not others, (listing.source, name)
            walked += 1
    assert walked >= 30


@pytest.mark.postgres
async def test_no_empty_part_of_a_path_names_a_row(viewed: Town) -> None:
    """Over each record: its path with nothing, or a prefix and nothing, where the name stands."""
    viewed.lift_rates()
    token = await viewed.log_on("auditor", ttl_s=3_600)
    prefixes = 0
    for served in (listing.record for listing in LISTINGS if listing.record):
        base = served.path.partition("{")[0]
        for part in ("", " ", *served.prefixes):
            status, told, _ = await viewed.ask("GET", base + quote(part), token=token)
            wanted = served.unknown.name if part else "unknown_route"
            assert (status, told["code"]) == (404, wanted), (base, part, told)
        prefixes += len(served.prefixes)
    assert prefixes


async def test_a_number_in_a_path_has_one_form(town: Town) -> None:
    """Over each part of a path that the walks of queries fill with a number."""
    town.lift_rates()
    token = await town.log_on("auditor", ttl_s=3_600)
    numbers = [
        (route, part)
        for route in ROUTES
        for part in re.findall(r"\{(\w+)\}", plain_path(route.path))
        if PARTS.get(part, "").isdecimal()
    ]
    for route, part in numbers:
        for text in ("0", "01", "+1", "-1", "1.0", "1_0", " 1", "9" * 30, *OTHER_DIGITS):
            path = plain_path(route.path).replace(f"{{{part}}}", quote(text))
            path = re.sub(r"\{(\w+)\}", lambda other: PARTS[other[1]], path)
            status, told, _ = await town.ask(route.method, path, token=token)
            if route.path.startswith("/log/"):  # files: another name is a file that is not there
                assert (status, told["code"]) == (404, "not_published"), (path, told)
                continue
            assert (status, told["code"]) == (400, "bad_field"), (path, told)
            assert told["field"] == f"/{part}"
    assert numbers
