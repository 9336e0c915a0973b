"""What the tables are made of: triggers, constraints, columns, views, functions, rights."""

from tests.ledger.audit.tampering.hands import Hands

LOGINS = ("engine", "viewer", "door", "auditor")
TABLES = (
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname IN ('public', 'views') ORDER BY 1"
)


def a_trigger_dropped(hands: Hands) -> str:
    table, name = _trigger(hands)
    hands.sql(f"DROP TRIGGER {name} ON {table}")
    return name


def a_trigger_disabled(hands: Hands) -> str:
    """It stands there, and is asleep."""
    table, name = _trigger(hands)
    hands.last.append(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    return name


def a_trigger_of_another(hands: Hands) -> str:
    """One that was not there, which puts aside what comes."""
    (table,) = hands.pick(TABLES)
    hands.sql(
        "CREATE FUNCTION put_aside() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        f"CREATE TRIGGER aside BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION put_aside()",
    )
    return "aside"


def a_constraint_dropped(hands: Hands) -> str:
    table, name = hands.pick(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE connamespace::regnamespace::text IN ('public', 'views')"
        " AND contype IN ('c', 'u', 'p') AND conrelid <> 0 ORDER BY 1, 2"
    )
    hands.sql(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
    return str(name)


def a_column_that_may_be_empty(hands: Hands) -> str:
    table, column = hands.pick(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class ON oid = attrelid"
        " WHERE relnamespace::regnamespace::text IN ('public', 'views') AND relkind = 'r'"
        " AND attnotnull AND attnum > 0 AND NOT EXISTS (SELECT FROM pg_constraint"
        " WHERE conrelid = attrelid AND contype = 'p' AND attnum = ANY (conkey)) ORDER BY 1, 2"
    )
    hands.sql(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
    return str(column)


def a_rule_that_puts_aside(hands: Hands) -> str:
    (table,) = hands.pick(TABLES)
    hands.sql(f"CREATE RULE aside AS ON INSERT TO {table} DO INSTEAD NOTHING")
    return "aside"


def rows_hidden_from_the_auditor(hands: Hands) -> str:
    """Each row is there, and row security shows none of them to anybody but its owner."""
    (table,) = hands.pick(TABLES)
    hands.sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    return str(table).partition(".")[2]


def a_grant_widened(hands: Hands) -> str:
    """Some login may write where it might not."""
    table, login, what = hands.pick(
        "SELECT format('%I.%I', schemaname, tablename), login, what FROM pg_tables,"
        f" unnest(ARRAY{list(LOGINS)}) AS login,"
        " unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS what"
        " WHERE schemaname IN ('public', 'views')"
        " AND NOT has_table_privilege(login, format('%I.%I', schemaname, tablename), what)"
        " ORDER BY 1, 2, 3"
    )
    hands.sql(f"GRANT {what} ON {table} TO {login}")
    return f"to {login}"


def a_table_given_away(hands: Hands) -> str:
    (table,) = hands.pick(TABLES)
    hands.sql(f"ALTER TABLE {table} OWNER TO engine")
    return str(table).partition(".")[2]


def a_function_replaced(hands: Hands) -> str:
    hands.sql(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NULL; END'"
    )
    return "refuse_change()"


def a_function_with_its_owners_rights(hands: Hands) -> str:
    """Whoever calls it from now on is the owner; or, where it was so, no longer."""
    name, is_owners = hands.pick(
        "SELECT oid::regprocedure::text, prosecdef FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' ORDER BY 1"
    )
    hands.sql(f"ALTER FUNCTION {name} SECURITY {'INVOKER' if is_owners else 'DEFINER'}")
    return str(name)


def a_face_that_hides(hands: Hands) -> str:
    """A view that people read shows nothing any more."""
    name, told = hands.pick(
        "SELECT viewname, rtrim(definition, ';') FROM pg_views WHERE schemaname = 'public'"
        " ORDER BY 1"
    )
    hands.sql(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM ({told}) AS old WHERE false")
    return str(name)


def _trigger(hands: Hands) -> tuple[str, str]:
    table, name = hands.pick(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        " ORDER BY 1, 2"
    )
    return table, name
