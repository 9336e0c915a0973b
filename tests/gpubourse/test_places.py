"""Where a client looks: what was said, then the environment, then the venue that is open."""

from pathlib import Path

import pytest

from gpubourse import KeyFile, KeyFileError
from gpubourse.key_files import new_private_key, write_key_file
from gpubourse.places import HERE, find_key_file, find_venue
from tests.gateway.cli.lines import own_home

__all__ = ["own_home"]


def keep(folder: Path, name: str, party: str) -> Path:
    path = folder / "keys" / name
    write_key_file(path, KeyFile(party, "k-0001", "cn-1", new_private_key()))
    return path


def party_of(me: str = "", key: KeyFile | Path | str | None = None, data: Path | str = "") -> str:
    found = find_key_file(me, key, data)
    return found.party if found is not None else ""


def test_nobody_is_meant_when_nobody_is_named() -> None:
    assert find_key_file("", None, "") is None
    assert find_venue("", "") == HERE


def test_the_venue_that_is_open_comes_first(own_home: Path) -> None:
    home = own_home / "data" / "gpubourse"
    for kind in ("run", "demo"):
        keep(home / kind, "trader", f"p-{kind}")
    assert party_of("trader") == "p-run"

    (home / "demo" / "address").write_text("http://127.0.0.1:8490/\n", "utf-8")

    assert party_of("trader") == "p-demo"
    assert find_venue("", "") == "http://127.0.0.1:8490"


def test_a_word_counts_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path / "one", "trader", "p-one")
    keep(tmp_path / "two", "seller", "p-two")
    monkeypatch.setenv("GPUBOURSE_ME", "trader")
    monkeypatch.setenv("GPUBOURSE_DATA", str(tmp_path / "one"))
    monkeypatch.setenv("GPUBOURSE_VENUE", "http://127.0.0.1:9000/")

    assert party_of() == "p-one"
    assert party_of("seller", data=tmp_path / "two") == "p-two"
    assert party_of(key=tmp_path / "two" / "keys" / "seller") == "p-two"
    assert find_venue("", "") == "http://127.0.0.1:9000"
    assert find_venue("http://127.0.0.1:1", "") == "http://127.0.0.1:1"


def test_a_key_that_is_nowhere_is_said_with_the_folders(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=f"no key 'trader' in {tmp_path}/keys"):
        find_key_file("trader", None, tmp_path)
