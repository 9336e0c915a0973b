"""`/log/` serves the log's files as they lie: heads and hashes to anybody, entries to auditors."""

import asyncio
from pathlib import Path

import pytest

from gateway.cli.exit_codes import CHECK_FAILED, NOT_ALLOWED
from ledger.refusals import Reason
from tests.gateway.cli.lines import document, said
from tests.gateway.town import Town
from tests.ledger.log.published import Log, Rows, flipped

OPEN = ("checkpoint", "key", "heads/300", "heads/700", "tile/0/000", "tile/0/002.p/188")
OPEN_TOO = ("tile/1/000.p/2",)
ENTRIES = ("tile/entries/000", "tile/entries/002.p/188")
NONE = (
    *("heads/000", "heads/7", "heads/0700", "heads/700.p/3"),
    *("tile/0/003", "tile/0/0", "tile/0/002", "tile/0/002.p/189", "tile/0/002.p/0", "tile/00/000"),
    *("tile/8/000", "tile/-1/000", "tile/x/000", "tile/0/x000/000", "tile/0/000.unfinished"),
)


@pytest.fixture
def log(town: Town) -> Log:
    """A log of 700 entries, once signed at 300, where the town's own lies."""
    log = Log(town.parts.settings.data_folder)
    log.publish(Rows(300))
    log.publish(Rows(700))
    return log


async def read(town: Town, path: str, token: str = "") -> tuple[int, bytes, str]:
    """Status, bytes and media type."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with town.http.get(f"{town.url}/log/{path}", headers=headers) as response:
        return response.status, await response.read(), response.content_type


@pytest.mark.parametrize("path", [*OPEN, *OPEN_TOO])
async def test_heads_key_and_hashes_are_for_everybody(town: Town, log: Log, path: str) -> None:
    status, raw, media = await read(town, path)

    assert (status, raw) == (200, (log.out / path).read_bytes())
    is_text = path in ("checkpoint", "key") or path.startswith("heads/")
    assert media == ("text/plain" if is_text else "application/octet-stream")


@pytest.mark.parametrize("path", ENTRIES)
async def test_entries_are_for_auditors(town: Town, log: Log, path: str) -> None:
    assert (await read(town, path))[0] == 401
    assert (await read(town, path, await town.log_on("trader")))[0] == 403
    status, raw, _ = await read(town, path, await town.log_on("auditor"))

    assert (status, raw) == (200, (log.out / path).read_bytes())


@pytest.mark.parametrize("path", NONE)
async def test_what_the_log_has_not_is_told(town: Town, log: Log, path: str) -> None:
    status, told, _ = await town.ask("GET", f"/log/{path}")

    assert (status, told["code"]) == (404, Reason.not_published.name), path


@pytest.mark.parametrize("path", [*OPEN, *OPEN_TOO])
async def test_a_venue_without_a_log_says_so(town: Town, path: str) -> None:
    status, told, _ = await town.ask("GET", f"/log/{path}")

    assert (status, told["code"]) == (404, "not_published")
    assert "this venue publishes none" in told["detail"]


async def test_only_what_changes_is_asked_for_again(town: Town, log: Log) -> None:
    for path in (*OPEN, *OPEN_TOO):
        async with town.http.get(f"{town.url}/log/{path}") as response:
            kept = response.headers["Cache-Control"]
        assert kept == ("no-cache" if path in ("checkpoint", "key") else FOR_EVER), path


FOR_EVER = "public, max-age=31536000, immutable"


async def test_a_file_that_cannot_be_read_is_unavailable(town: Town, log: Log) -> None:
    (log.out / "tile/0/000").unlink()
    (log.out / "tile/0/000").mkdir()
    (log.out / "checkpoint").write_bytes(b"x" * (1 << 20))
    for path in ("tile/0/000", "checkpoint"):
        status, told, _ = await town.ask("GET", f"/log/{path}")
        assert (status, told["code"]) == (503, "unavailable"), path
        assert str(log.out) not in told["detail"]


async def test_a_watch_from_outside_follows_it_by_its_address(
    town: Town, log: Log, tmp_path: Path
) -> None:
    """By the verb itself, in another thread: as a foreign machine does."""
    words = ("audit", "watch", town.url, "--key", str(log.out / "key"), "--once", "--json")
    kept = tmp_path / "kept"
    town.lift_rates()

    first = await asyncio.to_thread(said, *words, "--kept", str(kept))
    log.publish(Rows(70_000))
    grown = await asyncio.to_thread(said, *words, "--kept", str(kept))
    entries = await asyncio.to_thread(
        said, "audit", "verify-log", town.url, "--key", str(log.out / "key")
    )

    assert document(first)["entries"] == 700
    assert document(grown)["entries"] == 70_000
    assert entries.exit_code == NOT_ALLOWED, "what may not be read is no failed check"
    assert "entries are for auditors" in entries.stderr
    assert "the signed head of 70,000 entries, all tiles under it" in entries.stderr
    proven = await asyncio.to_thread(
        said,
        *("audit", "prove", "5", "--log", town.url, "--key", str(log.out / "key")),
        *("--out", str(tmp_path / "5")),
    )
    assert proven.exit_code == NOT_ALLOWED, proven.stderr
    spoilt = log.out / "tile/0/001"
    spoilt.write_bytes(flipped(spoilt.read_bytes(), 40))
    wrong = await asyncio.to_thread(
        said, "audit", "verify-log", town.url, "--key", str(log.out / "key")
    )
    assert wrong.exit_code == CHECK_FAILED, "a tile is for everybody, and it does not hold"
