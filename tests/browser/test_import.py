"""Dropped reports: as many as come, each read in its turn and told by its name."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DUMPS = Path(__file__).parents[2] / "../shared/data/inventories"
EIGHT, ONE = "nvidia-smi-q_H100SXMx8.txt", "nvidia-smi-q_L4.txt"


@pytest.mark.own_venue
async def test_each_of_several_files_is_read_named_and_registered(
    quarter: Quarter, pages: Pages, tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("this is no report\n")
    async with pages() as at:
        await at.sit(await quarter.seller())
        await at.open("#/import")
        await at.find("#dump").set_input_files([DUMPS / EIGHT, nothing, DUMPS / ONE])

        await expect(at.find(".drop")).to_contain_text("3 files")
        reports = at.find(".report")
        await expect(reports.locator("> h2")).to_have_text([EIGHT, "nothing.txt", ONE])
        await expect(reports.nth(0).locator(".findings tbody tr")).to_have_count(8)
        await expect(reports.nth(1)).to_contain_text("no inventory that we know")
        await expect(reports.nth(1).locator(".findings")).to_have_count(0)
        await expect(reports.nth(2).locator(".findings tbody tr")).to_have_count(1)

        await reports.nth(2).locator("button.primary").click()
        await expect(reports.nth(2).locator(".registered")).to_contain_text("n-")
        await expect(reports.nth(0).locator("button.primary")).to_be_visible()
        await expect(reports.nth(0).locator(".registered")).to_have_count(0)

        together = at.find(".report-all")
        await expect(together).to_contain_text("3 files: 3 read, 1 refused, 1 registered.")
        await together.locator("button").click()  # what is left
        await expect(reports.nth(0).locator(".registered")).to_contain_text("n-")
        await expect(together).to_contain_text("3 files: 3 read, 1 refused, 2 registered.")
        await expect(together.locator("button")).to_have_count(0)

        await at.find("#dump").set_input_files(DUMPS / ONE)
        await expect(at.find(".drop")).to_contain_text(ONE)
        await expect(reports).to_have_count(1)
        await expect(reports.locator("> h2")).to_have_count(0)
        await expect(reports).to_contain_text("All of these are registered already.")
        await expect(at.find("button", has_text="Register")).to_have_count(0)
        # Chromium's own line of what the venue cannot read
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 4" not in wrong]


NO_TEXT = {  # by its first bytes: what the page says of it
    "fleet.zip": (b"PK\x03\x04", "unpack it"),
    "fleet.tar.gz": (b"\x1f\x8b\x08", "unpack it"),
    "report.png": (b"\x89PNG\r\n", "a picture of a report is no report"),
    "report.jpg": (b"\xff\xd8\xff\xe0", "a picture of a report is no report"),
    "report.pdf": (b"%PDF-1.7", "This is a document"),
}


async def test_what_is_no_text_is_told_as_what_it_is_and_is_not_sent(
    quarter: Quarter, pages: Pages, tmp_path: Path
) -> None:
    for name, (begins, _) in NO_TEXT.items():
        (tmp_path / name).write_bytes(begins + bytes(100))
    async with pages() as at:
        await at.sit(await quarter.seller())
        await at.open("#/import")
        await at.find("#dump").set_input_files([tmp_path / name for name in NO_TEXT])
        for n, (_, words) in enumerate(NO_TEXT.values()):
            await expect(at.find(".report").nth(n)).to_contain_text(words)
        await expect(at.find(".report-all")).to_contain_text("5 files: 5 read, 5 refused")
        await expect(at.find(".report-all button")).to_have_count(0)
