"""Every command line of these tests is run in a home of its own."""

from tests.gateway.cli.lines import own_home

__all__ = ["own_home"]
