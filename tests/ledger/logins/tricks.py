"""Every trick that we know, by whose login it is tried, and what comes of it.

*refused*: the database says no, whatever the session has SET. *harmless*: PostgreSQL cannot forbid
it, and it holds up nobody of ours (test_harmless.py). *evidence*: the login may do it by its
nature; chain, log, views and signatures show it afterwards.
"""

from typing import Final, Literal, NamedTuple

Verdict = Literal["refused", "harmless", "lawful", "evidence"]

ENGINES_PID: Final = (
    "(SELECT pid FROM pg_stat_activity WHERE usename = 'engine'"
    " AND datname = current_database() LIMIT 1)"
)
EVENT: Final = (
    "INSERT INTO stored_events SELECT 'party:p-9999', 1, 'cash_posted', '{}',"
    " max(notification_id) + 1 FROM stored_events"
)
COMMIT: Final = (
    "INSERT INTO commits SELECT max(last_position) + 1, max(last_position) + 1, 1, sha256('x')"
    " FROM commits"
)
COMMAND: Final = (
    "INSERT INTO commands SELECT party, 'other', op, body_sha256, command_sha256, principal,"
    " session, label, received_ns, signed, signature, found.last + 1, found.last + 1 FROM commands,"
    " (SELECT max(last_position) AS last FROM commands) AS found LIMIT 1"
)
THIS_EPOCH: Final = "SELECT set_config('gpubourse.epoch', (SELECT epoch FROM fence)::text, true); "
OLD_EPOCH: Final = "SET LOCAL gpubourse.epoch = 0; "
IN_REPLICA: Final = "SET LOCAL session_replication_role = replica; "


class Trick(NamedTuple):
    """One trick: statements in one transaction that is then taken back."""

    login: str  # engine, viewer, door, auditor; owner (no superuser); superuser
    statements: str
    verdict: Verdict
    shown_by: str = ""  # which check of `audit verify`, where only the evidence shows it


def _shown(logins: str, shown_by: str, *statements: str) -> list[Trick]:
    found = _each(logins, "evidence", *statements)
    return [each._replace(shown_by=shown_by) for each in found]


def _each(logins: str, verdict: Verdict, *statements: str) -> list[Trick]:
    return [Trick(login, text, verdict) for login in logins.split() for text in statements]


TRICKS: Final = [
    # what is written stays written
    *_each(
        "engine viewer door auditor owner superuser",
        "refused",
        "UPDATE stored_events SET topic = topic",
        "DELETE FROM stored_events",
        "TRUNCATE stored_events",
        "UPDATE commands SET label = 'x'",
        "DELETE FROM commands",
        "UPDATE commits SET epoch = 0",
        "DELETE FROM commits",
        "TRUNCATE commits, commands, stored_events",
        "DELETE FROM reports",
        "DELETE FROM migrations",
        "DELETE FROM fence",
        "UPDATE fence SET epoch = 0",
    ),
    *_each(
        "superuser",
        "refused",
        f"{IN_REPLICA}DELETE FROM stored_events",
        f"{IN_REPLICA}UPDATE fence SET epoch = 0",
    ),
    # who adds to it
    *_each("viewer door auditor", "refused", EVENT, COMMAND, COMMIT, f"{THIS_EPOCH}{EVENT}"),
    *_each("engine", "refused", EVENT, COMMAND, COMMIT, f"{OLD_EPOCH}{EVENT}"),
    *_each("engine", "lawful", "UPDATE fence SET epoch = epoch + 1"),
    *_shown("engine", "chain", f"{THIS_EPOCH}{EVENT}"),
    *_shown("owner superuser", "chain", EVENT, COMMIT),
    *_shown("owner superuser", "I16 commands", COMMAND),
    *_each(
        "viewer door auditor",
        "refused",
        "UPDATE fence SET epoch = epoch + 1",
        "SELECT epoch FROM fence FOR SHARE",
        "INSERT INTO reports VALUES (sha256('x'), 'x')",
        "INSERT INTO checkpoints VALUES (1, 1, 1, 'x', 'x', 'x')",
        "DELETE FROM checkpoints",
        "SELECT * FROM personal",
        "DELETE FROM personal",
    ),
    *_each(  # a saved state is made again, an erased name and a spare report are counted
        "engine",
        "lawful",
        "DELETE FROM checkpoints",
        "DELETE FROM personal",
        "INSERT INTO reports VALUES (sha256('x'), 'x')",
    ),
    *_shown(  # and passed over at a start (decision 0139)
        "engine", "saved states", "INSERT INTO checkpoints VALUES (1, 1, 1, 'x', 'x', 'x')"
    ),
    *_each(
        "engine door auditor",
        "refused",
        "DELETE FROM views.titles",
        "TRUNCATE views.accounts",
        "UPDATE views.progress SET position = 0",
        "CREATE TABLE rebuilding.titles (n int)",
    ),
    *_shown(  # every row is held against the replay
        "viewer owner superuser",
        "view rows",
        "DELETE FROM views.titles",
        "TRUNCATE views.accounts",
        "UPDATE views.progress SET position = 0",
    ),
    # what stands
    *_each(
        "engine viewer door auditor",
        "refused",
        "ALTER TABLE stored_events DISABLE TRIGGER append_only",
        "DROP TRIGGER fenced ON stored_events",
        "DROP TABLE stored_events",
        "DROP VIEW journal",
        "CREATE OR REPLACE VIEW journal AS SELECT 1 AS one",
        "ALTER TABLE stored_events OWNER TO CURRENT_USER",
        "INSERT INTO migrations (name, sha256) VALUES ('x', '')",
        "CREATE TABLE mine (n int)",
        "CREATE TABLE views.mine (n int)",
        "CREATE TEMP TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION dblink",
        "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION refuse_change()",
        "CREATE ROLE mine",
        "SET LOCAL session_replication_role = replica",
        "COPY stored_events FROM '/dev/null'",
        "COPY stored_events TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_reload_conf()",
        "SELECT pg_create_restore_point('x')",
        "ALTER DATABASE postgres SET statement_timeout = 1",
    ),
    *_shown(
        "owner superuser",
        "definitions",
        "ALTER TABLE stored_events DISABLE TRIGGER append_only",
        "DROP TRIGGER fenced ON stored_events",
        "DROP TABLE stored_events CASCADE",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "GRANT UPDATE ON stored_events TO engine",
    ),
    # another role
    *_each("viewer door auditor", "refused", "SET ROLE engine", "SET SESSION AUTHORIZATION engine"),
    *_each("engine door auditor", "refused", "SET ROLE viewer", "SET SESSION AUTHORIZATION viewer"),
    *_each("engine viewer auditor", "refused", "SET ROLE door"),
    *_each("engine viewer door", "refused", "SET ROLE auditor"),
    *_each("engine viewer door auditor", "refused", "SET ROLE postgres", "GRANT engine TO auditor"),
    *_each(
        "viewer door auditor",
        "refused",
        f"SELECT pg_terminate_backend({ENGINES_PID})",
        f"SELECT pg_cancel_backend({ENGINES_PID})",
    ),
    # what others wait for
    *_each(
        "door auditor",
        "refused",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock(1)",
        "SELECT pg_try_advisory_xact_lock(1, 2)",
        "LOCK TABLE views.titles IN ROW SHARE MODE",
    ),
    *_each(
        "viewer door auditor",
        "refused",
        "SELECT pg_advisory_xact_lock_shared(1, 2)",
        "SELECT pg_advisory_unlock_all()",
        "SELECT pg_notify('stored_events', '')",
        "SELECT pg_logical_emit_message(true, 'x', 'x')",
        "SELECT pg_current_xact_id()",
        "SELECT txid_current()",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_put(1, 0, 'x')",
        "SELECT lo_import('/etc/passwd')",
        "LOCK TABLE stored_events IN ROW SHARE MODE",
        "LOCK TABLE fence IN SHARE MODE",
        "SELECT * FROM stored_events FOR UPDATE",
        "SELECT * FROM commits FOR KEY SHARE",
    ),
    *_each(
        "engine door auditor",
        "refused",
        "SELECT * FROM end_overlong_auditors(0)",
        "SELECT * FROM end_auditors_in_the_way()",
        "SELECT * FROM auditors_sessions()",
    ),
    *_each(
        "auditor",
        "refused",
        "SET LOCAL temp_file_limit = -1",
        "ALTER ROLE auditor SET temp_file_limit = -1",
        "ALTER ROLE auditor CONNECTION LIMIT -1",
        "ALTER ROLE auditor SUPERUSER",
    ),
    *_each(
        "auditor",
        "harmless",
        "NOTIFY stored_events",
        "LISTEN stored_events",
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL idle_in_transaction_session_timeout = 0",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "ALTER ROLE auditor SET statement_timeout = 0",
        "LOCK TABLE stored_events, views.titles IN ACCESS SHARE MODE",
        "SELECT count(*) FROM stored_events, generate_series(1, 1000)",
    ),
]
