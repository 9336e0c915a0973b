"""What a machine lacks is told in a sentence, with a user's exit code: it is never our fault."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from gateway import machine_faults
from gateway.cli.exit_codes import ExitHandler
from tests.gateway.cli.lines import said

HOLDERS = ("--holders", "Chen Jing,Zhao Lei")
RUN = ("run", *HOLDERS)
DEMO = ("demo", "--days", "1")
HEADLESS = ("demo", "--headless", "--days", "1")
HOSTS = pytest.mark.parametrize("verb", [RUN, DEMO, HEADLESS], ids=["run", "demo", "headless"])


def must_be_a_users_error(ended: Result, code: int, words: str) -> None:
    assert ended.exit_code == code, ended.stderr
    assert words in ended.stderr
    assert "Our fault" not in ended.stderr
    assert "Traceback" not in ended.stderr


def behind_a_file(home: Path) -> Path:
    (home / "file").write_text("a file", "utf-8")
    return home / "file" / "venue"


def a_link_to_itself(home: Path) -> Path:
    (home / "loop").symlink_to(home / "loop")
    return home / "loop" / "venue"


# what is wrong with the folder that was named -> the words it gets
FOLDERS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "behind a file": (behind_a_file, "has a file where a folder should be"),
    "where nothing can be made": (lambda home: Path("/proc/gpubourse"), "read-only"),
    "too long a name": (lambda home: home / ("x" * 300), "is too long a name"),
    "a link to itself": (a_link_to_itself, "leads back to itself"),
}


@HOSTS
@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_that_cannot_be_used_ends_2(
    verb: tuple[str, ...], case: str, tmp_path: Path
) -> None:
    folder, words = FOLDERS[case]
    named = folder(tmp_path)
    ended = said(*verb, "--data", str(named))
    must_be_a_users_error(ended, 2, words)
    assert str(named) in ended.stderr


@HOSTS
@pytest.mark.parametrize("number", machine_faults.WORDS, ids=lambda number: errno.errorcode[number])
def test_every_lack_of_the_data_folder_is_told(
    verb: tuple[str, ...], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-only, another user's, full, broken: root meets few of these, so they are made."""

    def lacking(*args: object, **terms: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(machine_faults, "TemporaryFile", lacking)
    ended = said(*verb, "--data", str(tmp_path / "venue"))
    code = 5 if number in machine_faults.PASSING else 2
    wrong, advice = machine_faults.WORDS[number]
    must_be_a_users_error(ended, code, f"{tmp_path / 'venue'} {wrong}: {advice}.")


@pytest.mark.parametrize("number", machine_faults.WORDS, ids=lambda number: errno.errorcode[number])
def test_every_verb_tells_what_a_machine_lacks(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, ExitHandler(shows_traceback=False):
        raise OSError(number, os.strerror(number), "/somewhere/file")
    assert ended.value.code == (5 if number in machine_faults.PASSING else 2)
    assert capsys.readouterr().err.startswith("/somewhere/file ")


def test_an_error_that_is_no_machines_stays_our_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, ExitHandler(shows_traceback=False):
        raise OSError(errno.EBADF, "a descriptor of ours")
    assert ended.value.code == 70
    assert "Our fault" in capsys.readouterr().err


DATABASES = {
    "postgresql//no address": "the database's address is none",
    "postgresql://nobody@127.0.0.1:1/none": "the database is down or went away",
    "postgresql://nobody@nowhere.invalid/none": "the database is down or went away",
}


@HOSTS
@pytest.mark.parametrize("url", DATABASES)
def test_a_database_that_is_not_there_ends_5(
    verb: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    ended = said(*verb, "--data", str(tmp_path), env={"GPUBOURSE_DATABASE_URL": url})
    must_be_a_users_error(ended, 5, DATABASES[url])


@pytest.mark.postgres
def test_another_programs_database_is_left_alone(empty_postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(empty_postgres_dsn) as owner:
        owner.execute("CREATE TABLE migrations (id int, applied_at timestamptz)")
    here = {"GPUBOURSE_DATABASE_URL": empty_postgres_dsn}
    for verb in (RUN, DEMO, HEADLESS):
        ended = said(*verb, "--data", str(tmp_path / "venue"), env=here)
        must_be_a_users_error(ended, 5, "the database is another program's")
    with psycopg.connect(empty_postgres_dsn) as owner:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert owner.execute(tables).fetchone() == (1,)


@pytest.mark.postgres
def test_an_embedded_database_of_another_major_version_is_left_alone(tmp_path: Path) -> None:
    files = tmp_path / "venue" / "postgres"
    files.mkdir(parents=True, mode=0o700)
    (files / "PG_VERSION").write_text("9.6\n", "utf-8")
    ended = said(*RUN, "--data", str(tmp_path / "venue"))
    must_be_a_users_error(ended, 5, "holds the files of PostgreSQL 9.6")
    assert [path.name for path in files.iterdir()] == ["PG_VERSION"]


@pytest.mark.postgres
def test_an_address_that_cannot_be_listened_on_ends_2(postgres_dsn: str, tmp_path: Path) -> None:
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}
    run = (*RUN, "--data", str(tmp_path), "--metrics-port", "65535")
    ended = said(*run, "--host", "203.0.113.7", "--behind-proxy", "127.0.0.1", env=here)
    must_be_a_users_error(ended, 2, "203.0.113.7 cannot be listened on")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 65_535))
        taken.listen()
        ended = said(*run, "--port", "65535", env=here)
    must_be_a_users_error(ended, 2, "No port from 65535 to 65535 is free")


@pytest.mark.postgres
def test_a_key_that_cannot_be_read_ends_3(postgres_dsn: str, tmp_path: Path) -> None:
    (tmp_path / "keys" / "clerk-1").mkdir(parents=True)
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}
    ended = said(*RUN, "--data", str(tmp_path), env=here)
    must_be_a_users_error(ended, 3, "cannot be read")
    ended = said("inventory", "--me", "clerk-1", "--data", str(tmp_path))
    must_be_a_users_error(ended, 3, "cannot be read")
