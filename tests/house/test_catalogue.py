"""The dictionary is complete and current: every event, command, field, table and column."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from msgspec import Struct
from msgspec.structs import fields

from exchange.ops import ROWS
from exchange.venue import STREAMS, TOPICS
from ledger.commands import OpenVenue
from ledger.events import Event
from ledger.journal.comments import FILE, explain
from ledger.journal.database_connection import connect
from ledger.journal.migrations import sql_folder
from setup import catalogue, catalogue_sql
from tests.house.advice import advise
from tests.house.sources import ROOT

COLUMNS = """
SELECT concat_ws('.', n.nspname, c.relname, a.attname)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'views')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
  AND coalesce(col_description(c.oid, a.attnum), '') = ''
UNION ALL
SELECT concat_ws('.', n.nspname, c.relname)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'views')
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
  AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''
"""


class Noted(Struct, omit_defaults=True):
    """A record of this test.

    Its second words.
    """

    weight_w: int  # what it draws
    held_minor: int = 0  # what it costs, minor units
    bare: str = ""
    name: str = "x"  # fmt: skip
    wide: dict[str, int] = {}  # said at its end


class Heir(Noted):
    weight_w: int  # its own word


def test_what_is_made_of_the_structs_is_current() -> None:
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path, text in catalogue.files().items()
        if path.read_text("utf-8") != text
    ]
    assert not wrong, advise(wrong, "say `make catalogue`, and commit what it writes")


def test_every_struct_and_field_says_what_it_means() -> None:
    """`catalogue()` raises for a text that lacks; here every one is asked for by name."""
    wrong = []
    for kind in kinds():
        texts = catalogue.field_texts(kind)
        wrong += [
            f"{kind.__name__}.{field.name}"
            for field in fields(kind)
            if not any(texts.get(field.name, ("", "")))
        ]
        wrong += [kind.__name__] if "__doc__" not in vars(kind) or not own_words(kind) else []
    assert not wrong, advise(
        wrong, "a struct has a docstring, a field a comment on its line: its meaning, with its unit"
    )


def test_a_fields_text_is_more_than_its_name() -> None:
    known = catalogue.catalogue()
    wrong = [
        f"{name}.{field['name']}: {field['text']}"
        for part in ("events", "commands", "records")
        for name, entry in known[part].items()
        for field in entry["fields"]
        if set(field["text"].lower().split()) <= {*field["name"].split("_"), "the", "a", "of"}
    ]
    assert not wrong, advise(wrong, "say what the field means, not what it is called")


def test_every_event_has_its_stream_its_batches_and_what_it_posts() -> None:
    events = catalogue.catalogue()["events"]
    known = {*ROWS, *TOPICS, "engine"}

    assert set(events) == set(TOPICS)
    for topic, event in events.items():
        assert event["stream"].startswith(STREAMS[TOPICS[topic]]) or STREAMS[TOPICS[topic]] == (
            "thing"
        ), topic
        assert event["batches"], topic
        assert set(event["batches"]) <= known, topic
        for case in event["posts"]:
            terms = [term for _, amount in case["rows"] for term in amount.split()]
            balance = {term[1:]: 0 for term in terms}
            for term in terms:
                balance[term[1:]] += 1 if term[0] == "+" else -1
            assert set(balance.values()) <= {0}, f"{topic} posts what does not sum to 0"


def test_every_table_view_and_column_of_a_fresh_database_says_what_it_is(
    postgres_dsn: str,
) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        wrong = [str(name) for (name,) in connection.execute(COLUMNS)]
    assert not wrong, advise(wrong, "enter it in setup/catalogue.toml, and say `make catalogue`")


def test_the_comments_can_be_applied_by_hand_and_name_nothing_else(postgres_dsn: str) -> None:
    text = (sql_folder() / FILE).read_bytes()
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(text)
        (count,) = connection.execute(
            "SELECT count(*) FROM pg_description d JOIN pg_class c ON c.oid = d.objoid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('public', 'views')"
        ).fetchone() or (0,)
    assert count == text.count(b"COMMENT ON")


def test_a_start_writes_the_comments_that_differ_and_no_others(postgres_dsn: str) -> None:
    with connect(postgres_dsn, application="test") as connection:
        assert explain(connection, sql_folder()) == 0
        connection.execute("COMMENT ON TABLE commands IS 'something else'")
        connection.execute('COMMENT ON COLUMN views.orders."group" IS NULL')
        assert explain(connection, sql_folder()) == 2
        assert explain(connection, sql_folder()) == 0


def test_who_may_not_comment_starts_all_the_same(postgres_dsn: str) -> None:
    with connect(postgres_dsn, application="test") as connection:
        connection.execute("COMMENT ON TABLE commands IS 'something else'")
    with connect(postgres_dsn, application="test", role="engine") as connection:
        assert explain(connection, sql_folder()) == 0


def test_a_comment_is_read_from_its_line() -> None:
    texts = catalogue.field_texts(Noted)

    assert texts["weight_w"] == ("what it draws", "")
    assert texts["wide"] == ("said at its end", "")
    assert texts["bare"] == texts["name"] == ("", "")
    assert catalogue.field_texts(Heir)["weight_w"] == ("its own word", "")
    assert catalogue.field_texts(Heir)["held_minor"] == ("what it costs, minor units", "")
    assert catalogue.field_texts(OpenVenue)["zone"] == (
        "IANA time zone whose days and months count",
        "1 to 200 signs",
    )


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        ("down_gpu_ns", "GPU-ns: one GPU for one nanosecond"),
        ("due_ns", "ns since 1970-01-01 UTC"),
        ("price_minor_per_gpu", "minor units a GPU"),
        ("open_lots", "lots"),
        ("kind", ""),
    ],
)
def test_a_unit_is_told_by_the_end_of_a_name(field: str, unit: str) -> None:
    assert catalogue.unit_of(field, "any") == unit


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("what it draws, W", "W", "what it draws, W"),
        ("what it draws", "W", "what it draws; W"),
        ("what it is", "", "what it is"),
        ("rent in minor units for a GPU-hour", "minor units a GPU-hour", None),
    ],
)
def test_a_unit_is_said_once(text: str, unit: str, told: str | None) -> None:
    assert catalogue_sql.with_unit(text, unit) == (told or text)


def test_what_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOPICS, "noted", Event)
    with pytest.raises(catalogue_sql.Missing, match=r"noted .*\[since\]"):
        catalogue.catalogue()


def test_a_topic_that_was_once_listed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TOPICS, "traded")
    with pytest.raises(catalogue_sql.Missing, match="traded"):
        catalogue.catalogue()


def test_the_columns_of_a_table_are_read_from_its_migration() -> None:
    sql = """
    CREATE TABLE a (
        one text NOT NULL,  -- with a comment, and (a bracket
        "order" bigint CHECK ("order" IN (1, 2)),
        PRIMARY KEY (one, "order")
    );
    CREATE TABLE views.b (only_row boolean DEFAULT f(1, 2));
    ALTER TABLE views.b ADD COLUMN later text;
    """
    assert catalogue_sql.columns_of(sql) == {
        "public.a": ["one", "order"],
        "views.b": ["only_row", "later"],
    }


def test_a_table_without_a_text_is_named() -> None:
    known: dict[str, Any] = {"events": {}}
    with pytest.raises(catalogue_sql.Missing, match=r"public\.stored_events"):
        catalogue_sql.statements(known, {"tables": {}}, sql_folder())


def kinds() -> Iterator[type[Struct]]:
    """Every event, every command, and the structs inside them."""
    found: list[type[Any]] = [*TOPICS.values(), *(op.command for op in ROWS.values())]
    yield from found
    yield from catalogue.nested(found)
    yield Event


def own_words(kind: type[Struct]) -> str:
    """A struct's docstring; msgspec gives one without its signature."""
    text = vars(kind).get("__doc__") or ""
    return "" if text.startswith(f"{kind.__name__}(") else text
