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


def test_a_run_that_skips_nothing_ends_with_the_closing_line_of_pytest(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_that_runs(): pass")

    result = pytester.runpytest_inprocess("-p", "tests.house.reporting", "-p", "no:asyncio")

    assert result.ret == 0
    assert "1 passed" in result.outlines[-1]
