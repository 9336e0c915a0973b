"""Sites and models: who may register a place, how it changes, and what clerks may list."""

import msgspec
import pytest

from ledger import commands as c
from ledger.events import ModelListed, SiteRegistered, SiteStatusSet
from ledger.refusals import Reason
from ledger.things.site import STATUSES
from tests.ledger.opened import CLERK_1, RIVAL, SELLER, opened, party, refusal, settled_in

B300 = c.ListModel(
    "B300X8", "nvidia", "sxm", 8, 288 * 1024, 1_400, 40_000, True, True, ["NVIDIA B300"]
)


def test_the_asker_runs_the_site() -> None:
    street = settled_in()

    [event] = street.do(
        c.RegisterSite("West", "CN-NX", latency_us={"CN-BJ": 18_000}, lat_e6=38_000_000), SELLER
    )

    assert isinstance(event, SiteRegistered)
    assert (event.site, event.operator, event.status) == ("s-0003", "p-0002", "live")
    assert street.register.sites["s-0003"].zone == "Asia/Shanghai"


def test_a_clerk_registers_a_site_for_its_operator() -> None:
    street = settled_in()

    [event] = street.do(c.RegisterSite("West", "CN-NX", operator="p-0003"), CLERK_1)

    assert isinstance(event, SiteRegistered)
    assert event.operator == "p-0003"
    with refusal(street, Reason.not_your_party):
        street.do(c.RegisterSite("West", "CN-NX", operator="p-0003"), SELLER)


def test_a_site_is_run_by_an_operator() -> None:
    street = opened()
    street.do(party("91-A"), CLERK_1)

    with refusal(street, Reason.role_missing):
        street.do(c.RegisterSite("West", "CN-NX"), SELLER)


@pytest.mark.parametrize(
    "changes",
    [
        {"lat_e6": 90_000_001},
        {"lon_e6": -180_000_001},
        {"latency_us": {"CN-BJ": -1}},
    ],
)
def test_a_site_lies_on_earth(changes: dict[str, object]) -> None:
    place = {"name": "West", "delivery_point": "CN-NX"}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(place | changes, c.RegisterSite)


def test_a_site_has_a_status_that_is_known() -> None:
    street = settled_in()

    with refusal(street, Reason.bad_field):
        street.do(c.RegisterSite("West", "CN-NX", status="dreamt"), SELLER)


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_every_status_and_what_may_follow(before: str, after: str) -> None:
    street = settled_in()
    street.do(c.RegisterSite("West", "CN-NX", status=before), SELLER)
    order = c.SetSiteStatus("s-0003", after, gpus_planned=64)

    if after in STATUSES[before]:
        assert street.do(order, SELLER) == [
            SiteStatusSet(site="s-0003", status=after, gpus_planned=64, evidence_sha256="")
        ]
        assert street.register.sites["s-0003"].status == after
    else:
        with refusal(street, Reason.wrong_state):
            street.do(order, SELLER)


def test_a_sites_status_is_its_operators_or_a_clerks_to_say() -> None:
    street = settled_in()

    with refusal(street, Reason.role_missing):
        street.do(c.SetSiteStatus("s-0001", "idle"), RIVAL)
    street.do(c.SetSiteStatus("s-0001", "idle"), CLERK_1)
    with refusal(street, Reason.unknown_site):
        street.do(c.SetSiteStatus("s-0099", "idle"), CLERK_1)
    with refusal(street, Reason.bad_field):
        street.do(c.SetSiteStatus("s-0001", "dreamt"), CLERK_1)


def test_a_model_is_data() -> None:
    street = opened()

    [event] = street.do(B300, CLERK_1)

    assert isinstance(event, ModelListed)
    assert street.register.models["B300X8"].is_board
    with refusal(street, Reason.wrong_state):
        street.do(B300, CLERK_1)


def test_a_model_has_a_form_and_the_names_that_reports_print() -> None:
    street = opened()

    with refusal(street, Reason.bad_field):
        street.do(
            c.ListModel("B300", "nvidia", "cube", 1, 1, 1, 1, True, True, ["NVIDIA B300"]), CLERK_1
        )
    with refusal(street, Reason.bad_field):
        street.do(c.ListModel("B300", "nvidia", "sxm", 1, 1, 1, 1, True, True, []), CLERK_1)


def test_replay_knows_the_same_places() -> None:
    street = settled_in()
    street.do(c.SetSiteStatus("s-0001", "idle"), SELLER)
    street.do(B300, CLERK_1)

    assert street.replayed() == street.register
