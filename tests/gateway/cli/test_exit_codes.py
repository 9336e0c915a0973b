"""How a verb ends is what went wrong in it, also where tasks that ran together wrapped that."""

import errno
import os
from collections.abc import Callable

import pytest

from gateway.cli.exit_codes import INTERRUPTED, NOT_ALLOWED, UNREAD, ExitHandler, VerbFailed
from gateway.cli.terminal import OutputClosed

ENDS: dict[int, Callable[[], BaseException]] = {
    UNREAD: OutputClosed,  # `gpubourse watch … | head`
    INTERRUPTED: KeyboardInterrupt,
    NOT_ALLOWED: lambda: VerbFailed(NOT_ALLOWED, "No.", "Say it otherwise."),
    5: lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/file"),
}


@pytest.mark.parametrize("wrapped", range(3))
@pytest.mark.parametrize("code", ENDS)
def test_an_error_in_groups_ends_a_verb_as_it_does_alone(
    code: int, wrapped: int, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ENDS[code]()
    for _ in range(wrapped):
        error = BaseExceptionGroup("unhandled errors in a TaskGroup", [error])

    with pytest.raises(SystemExit) as ended, ExitHandler(shows_traceback=False):
        raise error

    assert ended.value.code == code
    assert "Our fault" not in capsys.readouterr().err
