"""A code is typed behind a verb: nothing in it may look like an option."""

import secrets

import pytest

from gateway.access.codes import CODE_BYTES, new_code
from ledger.base64url import text64


def test_a_code_that_looks_like_an_option_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([b"\xf8" * CODE_BYTES, b"\xfb" * CODE_BYTES, b"\x01" * CODE_BYTES])
    first, *_ = [text64(b"\xf8" * CODE_BYTES)]
    assert first.startswith("-")
    monkeypatch.setattr(secrets, "token_bytes", lambda count: next(draws)[:count])

    assert new_code() == text64(b"\x01" * CODE_BYTES)
