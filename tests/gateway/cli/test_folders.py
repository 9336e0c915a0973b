"""Which venue is meant when nobody says: the one that is open, and its keys."""

from pathlib import Path
from typing import Any

import pytest

from gateway.cli.exit_codes import UNAVAILABLE, VerbFailed
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import VenueCaller, find_key_file
from gpubourse.key_files import KeyFile, new_private_key, write_key_file
from gpubourse.places import address_in
from tests.gateway.cli.lines import document, said


def context(**terms: Any) -> VerbContext:
    return VerbContext(output=Output(is_json=False), **terms)


def test_the_keys_are_those_of_the_venue_that_is_open(own_home: Path) -> None:
    home = own_home / "data" / "gpubourse"
    for kind in ("run", "demo"):
        key = KeyFile(f"p-{kind}", "k-0001", "cn-1", new_private_key())
        write_key_file(home / kind / "keys" / "clerk-1", key)
    assert find_key_file(context(me="clerk-1")).party == "p-run"
    assert address_in(context().data) == ""

    (home / "demo" / "address").write_text("http://127.0.0.1:8490/\n", "utf-8")

    assert find_key_file(context(me="clerk-1")).party == "p-demo"
    assert address_in(context().data) == "http://127.0.0.1:8490/"


def test_keys_are_listed_without_their_secrets(own_home: Path) -> None:
    folder = own_home / "venue"
    write_key_file(
        folder / "keys" / "seller", KeyFile("p-0002", "k-0003", "cn-1", new_private_key())
    )

    (row,) = document(said("keys", "list", "--data", str(folder), "--json"))["rows"]

    assert (row["name"], row["party"], row["principal"]) == ("seller", "p-0002", "k-0003")
    assert "private_key" not in row


def test_without_keys_it_says_where_the_first_come_from(own_home: Path) -> None:
    assert "gpubourse run" in said("keys", "list", "--data", str(own_home)).stdout


def test_a_closed_venue_s_folder_is_never_another_venue_s(own_home: Path) -> None:
    """Named, or meant by the key that lies in it: what answers at the usual address is another."""
    mine = own_home / "mine"
    usual = own_home / "data" / "gpubourse" / "run"
    for folder in (mine, usual):
        key = KeyFile("p-0001", "k-0001", "cn-1", new_private_key())
        write_key_file(folder / "keys" / "clerk-1", key)
        VenueCaller(context(me="clerk-1", data=mine if folder == mine else None))  # keys alone
        (folder / "state-salt").write_bytes(b"1")
    for given in (
        context(data=mine), context(me="clerk-1", data=mine), context(me="clerk-1"),
    ):  # fmt: skip
        with pytest.raises(VerbFailed, match="is closed") as no:
            VenueCaller(given)
        assert no.value.code == UNAVAILABLE
    (mine / "address").write_text("http://127.0.0.1:8490\n", "utf-8")
    assert VenueCaller(context(data=mine)).address == "http://127.0.0.1:8490"
