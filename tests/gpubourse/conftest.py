"""A town for each test of the client, too: it speaks to a real gateway."""

from tests.gateway.conftest import town

__all__ = ["town"]
