"""The last line of a test run says what did not run, and CI does not let it pass."""

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import pytest

    def test_that_runs():
        pass

    @pytest.mark.skip(reason={reason!r})
    def test_that_cannot():
        raise AssertionError
"""


@pytest.mark.parametrize(
    ("ci", "reason", "exit_code", "last_line"),
    [
        ("", "no Chromium", 0, "did not run: 1 in . (no Chromium)"),
        ("true", "no Chromium", 1, "did not run: 1 in . (no Chromium); with CI=true that *"),
        ("true", "not here: root only", 0, "did not run: 1 in . (not here: root only)"),
    ],
)
def test_the_last_line_says_what_did_not_run(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    reason: str,
    exit_code: int,
    last_line: str,
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makepyfile(TESTS.format(reason=reason))

    result = pytester.runpytest_inprocess("-p", "tests.house.reporting", "-p", "no:asyncio")

    assert result.ret == exit_code
    result.stdout.fnmatch_lines(["*1 passed, 1 skipped*", last_line], consecutive=True)
    assert result.outlines[-1].startswith("did not run: ")


@pytest.mark.parametrize(("ci", "exit_code"), [("", 0), ("true", 1)])
def test_workers_report_what_did_not_run_as_one_run_does(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, exit_code: int
) -> None:
    monkeypatch.setenv("CI", ci)
    skipped = "import pytest\npytest.skip({!r}, allow_module_level=True)\n"
    pytester.makepyfile(
        test_one=TESTS.format(reason="no Chromium"),
        test_two=TESTS.format(reason="no Chromium"),
        test_three=skipped.format("no hledger"),
    )

    options = ("-p", "tests.house.reporting", "-p", "no:asyncio", "-n", "2")
    result = pytester.runpytest_inprocess(*options)

    assert result.ret == exit_code
    told = "did not run: 2 in . (no Chromium); 1 in . (no hledger)"
    told += "; with CI=true that is a failure" if ci else ""
    result.stdout.fnmatch_lines(["*2 passed, 3 skipped*", told.replace("[", "[[]")])
    assert result.outlines[-1] == told


def test_a_run_that_skips_nothing_ends_with_the_closing_line_of_pytest(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_that_runs(): pass")

    result = pytester.runpytest_inprocess("-p", "tests.house.reporting", "-p", "no:asyncio")

    assert result.ret == 0
    assert "1 passed" in result.outlines[-1]
