"""`gpubourse run` opens, or says in two sentences why it does not; nothing is changed then."""

from pathlib import Path

import psycopg
import pytest

from tests.gateway.cli.lines import said

HOLDERS = ("--holders", "Chen Jing,Zhao Lei")


def test_a_database_that_is_down_ends_5_with_a_clear_sentence(tmp_path: Path) -> None:
    down = {"GPUBOURSE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    ended = said("run", "--data", str(tmp_path), *HOLDERS, env=down)

    assert ended.exit_code == 5
    assert "the database is down or went away" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.postgres
def test_a_newer_schema_is_left_alone(postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO migrations (name, sha256) VALUES ('9999_later.sql', sha256('later'))"
        )

    ended = said(
        "run",
        *("--data", str(tmp_path), *HOLDERS),
        env={"GPUBOURSE_DATABASE_URL": postgres_dsn},
    )

    assert ended.exit_code == 5
    assert "newer schema" in ended.stderr
    assert "Install the newer gpubourse; nothing was changed" in ended.stderr
    assert not (tmp_path / "keys").exists()


@pytest.mark.postgres
def test_a_new_venue_needs_two_names(postgres_dsn: str, tmp_path: Path) -> None:
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    nobody = said("run", "--data", str(tmp_path), env=here)
    one = said("run", "--data", str(tmp_path), "--holders", "Chen Jing", env=here)
    same = said("run", "--data", str(tmp_path), "--holders", "Chen Jing,Chen Jing", env=here)

    assert (nobody.exit_code, one.exit_code, same.exit_code) == (2, 2, 2)
    assert all("--holders NAME,NAME" in each.stderr for each in (nobody, one, same))
    assert not (tmp_path / "keys").exists()


def test_it_does_not_listen_to_the_world_in_the_clear(tmp_path: Path) -> None:
    ended = said("run", "--data", str(tmp_path), "--host", "0.0.0.0", *HOLDERS)

    assert ended.exit_code == 2
    assert "--tls-cert" in ended.stderr
    assert "--behind-proxy" in ended.stderr


def test_a_port_that_is_none_ends_2(tmp_path: Path) -> None:
    assert said("run", "--data", str(tmp_path), "--port", "70000").exit_code == 2


@pytest.mark.postgres
def test_a_certificate_that_is_none_ends_2(postgres_dsn: str, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate", "utf-8")

    ended = said(
        *("run", "--data", str(tmp_path / "venue"), *HOLDERS, "--port", "0"),
        *("--tls-cert", str(tmp_path / "cert.pem")),
        env={"GPUBOURSE_DATABASE_URL": postgres_dsn},
    )

    assert ended.exit_code in (2, 5)
    assert "holds no certificate with its key" in ended.stderr


@pytest.mark.parametrize("proxy", ["proxy", "172.30.84.0/29", "172.30.84.2:443"])
def test_a_proxy_is_named_by_its_address(tmp_path: Path, proxy: str) -> None:
    ended = said(
        *("run", "--data", str(tmp_path), *HOLDERS, "--host", "0.0.0.0"),
        *("--behind-proxy", proxy),
    )

    assert ended.exit_code == 2
    assert f"'{proxy}' is no IP address" in ended.stderr


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("sockets", "sets no limit"),
        ("sockets=many", "sets no limit"),
        ("import_gpus=5", "sets no limit"),  # no setting
        ("sockets=0", "sockets is at least 1"),
        ("rows_per_page=1001", "rows_per_page is 1 to 1000"),
        ("sockets=1000000000", "--limit sockets=N"),  # more than any system has descriptors for
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused(tmp_path: Path, limit: str, words: str) -> None:
    ended = said("run", "--data", str(tmp_path), *HOLDERS, "--limit", limit)

    assert ended.exit_code == 2
    assert words in ended.stderr
