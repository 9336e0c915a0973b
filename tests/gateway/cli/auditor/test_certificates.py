"""`gpubourse audit certificate` and its check: from a journal to a file that holds by itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.evidence.salt_file import found_salt, make_salt_file, read_salt_file, salt_path
from gateway.cli.exit_codes import VerbFailed
from gpubourse.places import STATE_SALT, default_folder
from ledger.base64url import text64
from ledger.journal.postgres import PostgresJournal
from ledger.state_map.attested_days import AttestedDays, AttestedRoot
from tests.exchange.test_state_form import small
from tests.gateway.cli.lines import document, own_home, said
from tests.house.sources import ROOT

__all__ = ["own_home"]

SECRET = text64(bytes(range(32)))


@pytest.fixture
def here(postgres_dsn: str, tmp_path: Path) -> dict[str, str]:
    """A journal with a small market, and a data folder with the venue's salt key."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in small().batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    journal.close()
    salt = tmp_path / STATE_SALT
    salt.write_text(SECRET + "\n", "ascii")
    salt.chmod(0o600)
    return {"GPUBOURSE_DATABASE_URL": postgres_dsn, "GPUBOURSE_DATA": str(tmp_path)}


@pytest.mark.postgres
def test_a_certificate_is_made_from_the_journal_and_checked_by_two_programs(
    here: dict[str, str], tmp_path: Path
) -> None:
    roots = set()
    for subject, words in (("n-0001", '"l-0001"'), ("n-0009", "no row")):
        out = str(tmp_path / f"{subject}.json")
        made = document(said("audit", "certificate", subject, "--out", out, "--json", env=here))
        assert json.loads(Path(out).read_text("utf-8")) == made
        roots.add(made["root"])
        checked = said("audit", "check-certificate", out, "--root", made["root"])
        assert checked.exit_code == 0, checked.stderr
        assert words in checked.stdout
        program = [sys.executable, str(ROOT / "examples/certificate_check.py"), out, made["root"]]
        foreign = subprocess.run(program, check=True, capture_output=True, encoding="utf-8")
        assert words in foreign.stdout
        no_liens = "No release registers liens or pledges yet" if words != "no row" else ""
        assert no_liens in checked.stdout
        assert no_liens in foreign.stdout
        assert bool(no_liens) == ("liens" in foreign.stdout)
        wrong = subprocess.run(
            [*program[:-1], text64(bytes(32))], check=False, capture_output=True, encoding="utf-8"
        )
        assert (wrong.returncode, wrong.stdout) == (1, "")
        assert "does not hold" in wrong.stderr
    assert len(roots) == 1, "one root says what is there and what is not"


@pytest.mark.postgres
def test_an_earlier_position_has_its_own_root(here: dict[str, str], tmp_path: Path) -> None:
    now, then = (
        document(
            said(
                *("audit", "certificate", "l-0001", "--at", at, "--json"),
                *("--out", str(tmp_path / f"{at}.json")),
                env=here,
            )
        )
        for at in (str(small().writer.position), "250")
    )
    assert now["row"] is not None
    assert then["row"] is None, "the lease was not yet granted"
    assert now["root"] != then["root"]


@pytest.mark.postgres
def test_what_cannot_be_certified_is_said_in_words(here: dict[str, str], tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "c.json"))
    for subject, code, words in (
        ("h-000001", 2, "is no subject"),
        ("N/A", 2, "is no subject"),
        ("p-0002/available", 2, "Perhaps account/p-0002/available"),
    ):
        ended = said("audit", "certificate", subject, *out, env=here)
        assert (ended.exit_code, words in ended.stderr) == (code, True), ended.stderr
    ended = said("audit", "certificate", "n-0001", *out, "--at", "99999", env=here)
    assert (ended.exit_code, str(small().writer.position) in ended.stderr) == (2, True)
    ended = said("audit", "certificate", "n-0001", *out, "--make-salt", env=here)
    assert (ended.exit_code, "is there already" in ended.stderr) == (2, True)
    assert not (tmp_path / "c.json").exists()


@pytest.mark.postgres
def test_a_lost_salt_key_is_asked_for_by_name_and_never_made_beside_roots(
    here: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / STATE_SALT).unlink()
    words = ("audit", "certificate", "n-0001", "--out", str(tmp_path / "c.json"))

    ended = said(*words, env=here)
    assert (ended.exit_code, str(tmp_path / STATE_SALT) in ended.stderr) == (4, True)
    with monkeypatch.context() as patch:
        days = AttestedDays([], {9: AttestedRoot(10, 9, "A" * 43)})
        patch.setattr("gateway.cli.auditor.certificates.attested_days", lambda _: days)
        ended = said(*words, "--make-salt", env=here)
        assert (ended.exit_code, "none of them comes again" in ended.stderr) == (2, True)
    assert not (tmp_path / STATE_SALT).exists()
    ended = said(*words, "--make-salt", env=here)
    assert ended.exit_code == 0, ended.stderr
    assert (tmp_path / STATE_SALT).stat().st_mode & 0o777 == 0o600


def test_a_salt_key_that_others_can_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / STATE_SALT
    secret = make_salt_file(path)
    assert read_salt_file(path) == secret
    with pytest.raises(VerbFailed, match="is there already"):
        make_salt_file(path)
    path.chmod(0o644)
    with pytest.raises(VerbFailed, match="chmod 600"):
        read_salt_file(path)
    path.chmod(0o600)
    for text in ("", "short", "é" * 43, text64(bytes(33))):
        path.write_text(text, "utf-8")
        with pytest.raises(VerbFailed, match="is no salt key"):
            read_salt_file(path)


def test_of_two_data_folders_one_must_be_named(own_home: Path) -> None:
    for kind in ("run", "demo"):
        default_folder(kind).mkdir(parents=True)
    with pytest.raises(VerbFailed, match="--data"):
        salt_path(None, None)
    make_salt_file(default_folder("run") / STATE_SALT)
    assert found_salt(None, None) is None, "it may be another venue's"
    assert found_salt(None, default_folder("run")) is not None
    assert found_salt(None, default_folder("demo")) is None
    assert salt_path(None, own_home) == own_home / STATE_SALT
    assert salt_path(own_home / "x", None) == own_home / "x"


def test_a_file_that_is_no_certificate_ends_6(tmp_path: Path) -> None:
    for number, raw in enumerate((b"", b"[]", b"\xff\xfe", b'{"form":2}')):
        path = tmp_path / f"{number}.json"
        path.write_bytes(raw)
        ended = said("audit", "check-certificate", str(path), "--root", SECRET)
        assert ended.exit_code == 6
        assert "does not hold: it is no certificate of form 2" in ended.stderr
    ended = said("audit", "check-certificate", str(path), "--root", "short")
    assert (ended.exit_code, "is no root" in ended.stderr) == (2, True)
