"""The definitions in a database are those of the release; whatever became another is named."""

import psycopg
import pytest

from ledger.definitions.catalogue_facts import TEXT
from ledger.definitions.release_facts import Definitions
from ledger.journal.migrations import sql_folder

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("verify")]

RELEASED = Definitions.released()
DAMAGES = {  # what the owner of a database may do to it -> the object that is named first
    "ALTER TABLE commands DISABLE TRIGGER append_only": "trigger public.commands: append_only is",
    "ALTER TABLE commands ENABLE TRIGGER append_only": "trigger public.commands: append_only is",
    "DROP TRIGGER append_only ON stored_events": (
        "trigger public.stored_events: append_only is missing"
    ),
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RETURN NULL; END'": "function public.refuse_change() is",
    "CREATE TRIGGER more BEFORE INSERT ON commands FOR EACH ROW EXECUTE FUNCTION"
    " suppress_redundant_updates_trigger()": "trigger public.commands: more is not the release's",
    "CREATE FUNCTION views.now(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1'": (
        "function views.now(bigint) is not the release's"
    ),
    "GRANT UPDATE ON stored_events TO engine": (
        "grant on relation public.stored_events to engine is INSERT, SELECT, UPDATE;"
    ),
    "GRANT SELECT ON personal TO auditor": (
        "grant on relation public.personal to auditor is not the release's: SELECT"
    ),
    "GRANT SELECT (name) ON personal TO auditor": "grant on column public.personal.name to auditor",
    "GRANT SELECT ON personal TO PUBLIC": "grant on relation public.personal to everybody",
    "REVOKE SELECT ON views.postings FROM auditor": (
        "grant on relation views.postings to auditor is missing"
    ),
    "GRANT CREATE ON SCHEMA public TO engine": "grant on schema public to engine is CREATE, USAGE;",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC": (
        "grant on what comes in any schema (r) to everybody"
    ),
    "CREATE OR REPLACE VIEW trial_balance AS SELECT account, party, kind, reference,"
    " balance_minor FROM views.accounts WHERE party <> 'p-0001'": (
        "the words of view public.trial_balance is"
    ),
    "ALTER VIEW holders RESET (security_barrier)": "view public.holders is",
    "ALTER TABLE commits DROP CONSTRAINT commits_chain_check": (
        "constraint public.commits: commits_chain_check is missing"
    ),
    "ALTER TABLE commands DROP CONSTRAINT commands_party_key_key": (
        "constraint public.commands: commands_party_key_key is missing"
    ),
    "DROP INDEX stored_events_notification_id_idx": (
        "index public.stored_events_notification_id_idx is missing"
    ),
    "ALTER TABLE commands ALTER party DROP NOT NULL": "column public.commands.party is text;",
    "ALTER TABLE views.titles ADD COLUMN more text": "column views.titles.more is not the release",
    "CREATE TABLE views.more (id text)": "column views.more.id is not the release's",
    "CREATE TABLE more () INHERITS (stored_events)": "column public.more.notification_id is not",
    "ALTER TABLE reports OWNER TO engine": "table public.reports is of the engine",
    "ALTER TABLE commits ENABLE ROW LEVEL SECURITY": "table public.commits is of the owner",
    "CREATE POLICY few ON commits USING (last_position < 9)": "policy public.commits: few is not",
    "CREATE RULE none AS ON INSERT TO commits DO INSTEAD NOTHING": (
        "rule public.commits: none is not the release's"
    ),
    "GRANT pg_read_all_data TO auditor": "role auditor is a role, member of pg_read_all_data;",
}


@pytest.mark.usefixtures("postgres_dsn")
def test_the_file_is_what_the_migrations_make(postgres_dsn: str) -> None:
    found = Definitions.of(postgres_dsn)

    assert list(found.differences(RELEASED)) == [], "run `make catalogue`"
    assert found.text == (sql_folder() / "definitions.json").read_text("utf-8")
    assert found.detail(RELEASED).startswith(f"{len(RELEASED.facts):,} facts")


def test_each_kind_of_object_is_among_the_facts() -> None:
    kinds = {name.split(" ")[0] for name in RELEASED.facts}

    assert kinds >= {
        *("table", "view", "the", "column", "constraint", "index", "trigger", "function"),
        *("grant", "role", "migration"),
    }
    assert len(RELEASED.facts) > 900


@pytest.mark.parametrize("statement", DAMAGES)
def test_whatever_became_another_is_named(postgres_dsn: str, statement: str) -> None:
    undo = "REVOKE pg_read_all_data FROM auditor"  # a role is the whole server's
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(statement.encode())
        try:
            differences = list(Definitions.of(postgres_dsn).differences(RELEASED))
        finally:
            if statement.startswith("GRANT pg_"):
                connection.execute(undo.encode())

    assert any(each.startswith(DAMAGES[statement]) for each in differences), differences
    assert len(differences) <= 12, differences


def test_another_major_release_is_asked_for_all_but_the_words() -> None:
    """Its own way to write a view is no difference; a view that is gone, or a grant, is one."""
    facts = dict(RELEASED.facts)
    words = "the words of view public.cash"
    assert facts[words].startswith(TEXT)
    facts[words] = f"{TEXT}in other words"
    here = Definitions(RELEASED.major, facts)
    there = Definitions(RELEASED.major + 1, facts)

    assert [each.split(" is ")[0] for each in here.differences(RELEASED)] == [words]
    assert list(there.differences(RELEASED)) == []
    assert "were not compared" in there.detail(RELEASED)
    del facts[words], facts["grant on schema views to viewer"]
    assert len(list(there.differences(RELEASED))) == 2
