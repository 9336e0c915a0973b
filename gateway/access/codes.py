"""One-time codes: chance as text that a person may copy to a command line."""

import secrets
from typing import Final

from ledger.base64url import text64

CODE_BYTES: Final = 32


def new_code() -> str:
    """32 bytes of chance, base64url; it begins with no `-`, which would be taken for an option."""
    while (code := text64(secrets.token_bytes(CODE_BYTES))).startswith("-"):
        pass
    return code
