"""compose.yaml is read, not run: no container engine is asked of anybody who tests."""

import re
from ipaddress import ip_address, ip_network
from typing import Any

import yaml  # type: ignore[import-untyped] # its stubs would be one more pin

from gateway.settings import Limits
from tests.house.sources import ROOT
from tests.house.test_docs_shell import faults_of_verbs

DEMANDED = {  # durable, and quick at it (ARCHITECTURE 2)
    "--fsync=on",
    "--full_page_writes=on",
    "--min_wal_size=2GB",
    "--wal_compression=on",
}


def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    found = composed()["services"]
    assert isinstance(found, dict)
    return found


def composed() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_database_runs_as_the_journal_demands() -> None:
    postgres = services()["postgres"]

    assert postgres["image"] == "postgres:18"
    assert set(postgres["command"]) >= DEMANDED
    assert "pg_isready" in postgres["healthcheck"]["test"]
    assert "ports" not in postgres, "the journal is nobody's but the venue's"


def test_the_venue_opens_to_its_proxy_alone() -> None:
    venue, proxy = services()["gpubourse"], services()["proxy"]
    address = proxy["networks"]["front"]["ipv4_address"]
    [subnet] = composed()["networks"]["front"]["ipam"]["config"]

    assert "ports" not in venue
    assert f"--behind-proxy={address}" in venue["command"]
    for each in (address, venue["networks"]["front"]["ipv4_address"]):
        assert ip_address(each) in ip_network(subnet["subnet"])
    assert venue["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_proxy_opens_to_this_machine_unless_told_otherwise() -> None:
    proxy = services()["proxy"]

    assert proxy["ports"] == ["${PORTS:-127.0.0.1:8470:8470}"]
    assert proxy["depends_on"] == {"gpubourse": {"condition": "service_healthy"}}
    rules = (ROOT / "setup" / "Caddyfile").read_text("utf-8")
    assert "reverse_proxy gpubourse:8470" in rules
    [idle] = re.findall(r"keepalive (\d+)s", rules)
    assert int(idle) * 1_000 < Limits().head_ms, "or it sends on a connection that we close"


def test_the_venue_is_started_with_flags_that_there_are() -> None:
    command = services()["gpubourse"]["command"]

    assert faults_of_verbs(command) == []


def test_no_password_is_written_down() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")

    assert re.findall(r"PASSWORD: (.*)", text) == [
        "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD}",
        "${POSTGRES_PASSWORD} # beside the address: it may hold any character",
    ]


def test_the_image_is_built_of_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copied = [
        line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line
    ]

    assert copied == ["requirements.lock", "setup", "."]
    assert all((ROOT / name).exists() for name in copied)
