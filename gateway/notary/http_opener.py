"""How the notary and its readers open an address: whoever sends them elsewhere is not followed."""

from typing import Any
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener


class _NoRedirect(HTTPRedirectHandler):
    """Whoever answers from elsewhere is not the log, or the witness, that was named."""

    def redirect_request(self, *_: Any) -> None:
        return None


def no_redirect_opener() -> OpenerDirector:
    """An opener for which a redirect is an error."""
    return build_opener(_NoRedirect)
