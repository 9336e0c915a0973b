"""Which venue is meant when nobody says: the one that is open, and its keys."""

from pathlib import Path

from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import find_key_file
from gpubourse.key_files import KeyFile, new_private_key, write_key_file
from gpubourse.places import address_in
from tests.gateway.cli.lines import document, said


def context(**terms: str) -> VerbContext:
    return VerbContext(output=Output(is_json=False), **terms)  # type: ignore[arg-type]


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
