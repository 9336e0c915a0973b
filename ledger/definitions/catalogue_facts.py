"""The facts of a database's catalogue: each object of ours by its name, and what it is.

Whoever may not write may read them: role `auditor` sees all that is asked here. An owner is told by
whether it is one of the venue's own roles, since every server calls its owner as it likes. Texts
that a server writes in its own way, by its release, stand behind TEXT.
"""

from contextlib import closing
from hashlib import sha256

import psycopg

from ledger.journal.database_connection import Connection, connect, unavailable_because

TEXT = "text "  # a fact that another major release of PostgreSQL may write otherwise
ROLES = ("engine", "auditor", "viewer", "door")

Facts = dict[str, str]  # the kind and name of an object -> what it is

# Relations, functions and types of an extension that somebody installed are not ours.
_OURS = """
    n.nspname IN ('public', 'views')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {0}.oid AND d.deptype = 'e')"""
_OWNER = (
    "CASE WHEN pg_get_userbyid({0}) = ANY(%(roles)s) THEN pg_get_userbyid({0}) ELSE 'owner' END"
)
_GRANTS = """
SELECT 'grant on {kind} ' || {name} || ' to '
       || coalesce(nullif(pg_get_userbyid(g.grantee), 'unknown (OID=0)'), 'everybody'),
       string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' to grant' ELSE '' END, ', '
                  ORDER BY g.privilege_type)
FROM {tables}, aclexplode({rights}) g
WHERE {where} AND g.grantee <> {owner}
GROUP BY 1
"""

_QUERIES: tuple[str, ...] = (
    # relations, their columns, and whether their rows are kept from anybody
    f"""
SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'r' THEN 'table ' ELSE 'relation ' END
       || n.nspname || '.' || c.relname,
       concat_ws(', ', 'of the ' || {_OWNER.format("c.relowner")}, 'kind ' || c.relkind::text,
                 'kept ' || c.relpersistence::text,
                 CASE WHEN c.relrowsecurity THEN 'row security' END,
                 CASE WHEN c.relforcerowsecurity THEN 'forced' END,
                 array_to_string(c.reloptions, ' '),
                 (SELECT 'child of ' || string_agg(i.inhparent::regclass::text, ' ')
                  FROM pg_inherits i WHERE i.inhrelid = c.oid),
                 (SELECT 'parent of ' || string_agg(i.inhrelid::regclass::text, ' ')
                  FROM pg_inherits i WHERE i.inhparent = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind NOT IN ('i', 't') AND {_OURS.format("c")}
""",
    f"""
SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), nullif(o.collname, 'default'),
                 CASE WHEN a.attnotnull THEN 'not null' END,
                 CASE WHEN a.attgenerated <> '' THEN 'generated' END, nullif(a.attidentity, ''),
                 'default ' || pg_get_expr(e.adbin, e.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef e ON e.adrelid = c.oid AND e.adnum = a.attnum
LEFT JOIN pg_collation o ON o.oid = a.attcollation
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 't') AND {_OURS.format("c")}
""",
    # what holds rows to their form
    f"""
SELECT 'constraint ' || c.oid::regclass::text || ': ' || k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype <> 'n' AND {_OURS.format("c")}
""",
    f"""
SELECT 'index ' || n.nspname || '.' || c.relname,
       pg_get_indexdef(c.oid) || CASE WHEN i.indisvalid THEN '' ELSE ', not valid' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indisunique AND {_OURS.format("c")}
""",
    # what runs when rows are written or read
    f"""
SELECT 'trigger ' || c.oid::regclass::text || ': ' || g.tgname,
       CASE g.tgenabled WHEN 'A' THEN 'always: ' WHEN 'O' THEN 'on: ' WHEN 'D' THEN 'off: '
            ELSE 'for replicas: ' END || pg_get_triggerdef(g.oid)
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND {_OURS.format("c")}
""",
    f"""
SELECT 'function ' || p.oid::regprocedure::text,
       '{TEXT}of the ' || {_OWNER.format("p.proowner")} || ': ' || pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND {_OURS.format("p")}
""",
    f"""
SELECT 'the words of view ' || n.nspname || '.' || c.relname, '{TEXT}' || pg_get_viewdef(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {_OURS.format("c")}
""",
    f"""
SELECT 'rule ' || c.oid::regclass::text || ': ' || r.rulename, '{TEXT}' || pg_get_ruledef(r.oid)
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {_OURS.format("c")}
""",
    f"""
SELECT 'policy ' || c.oid::regclass::text || ': ' || y.polname,
       concat_ws(' ', y.polcmd::text, pg_get_expr(y.polqual, c.oid))
FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_OURS.format("c")}
""",
    """
SELECT 'event trigger ' || evtname, evtevent || ': ' || evtfoid::regproc FROM pg_event_trigger
""",
    # who may do what
    _GRANTS.format(
        kind="relation",
        name="n.nspname || '.' || c.relname",
        tables="pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
        rights="c.relacl",
        where=f"c.relkind NOT IN ('i', 't') AND {_OURS.format('c')}",
        owner="c.relowner",
    ),
    _GRANTS.format(
        kind="column",
        name="c.oid::regclass::text || '.' || a.attname",
        tables="pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace",
        rights="a.attacl",
        where=_OURS.format("c"),
        owner="c.relowner",
    ),
    _GRANTS.format(
        kind="function",
        name="p.oid::regprocedure::text",
        tables="pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace",
        rights="coalesce(p.proacl, acldefault('f', p.proowner))",
        where=_OURS.format("p"),
        owner="p.proowner",
    ),
    _GRANTS.format(
        kind="schema",
        name="n.nspname",
        tables="pg_namespace n",
        rights="n.nspacl",
        where="n.nspname IN ('public', 'views')",
        owner="n.nspowner",
    ),
    _GRANTS.format(
        kind="what comes in",
        name="coalesce('schema ' || n.nspname, 'any schema')"
        " || ' (' || f.defaclobjtype::text || ')'",
        tables="pg_default_acl f LEFT JOIN pg_namespace n ON n.oid = f.defaclnamespace",
        rights="f.defaclacl",
        where="coalesce(n.nspname, 'public') IN ('public', 'views')",
        owner="f.defaclrole",
    ),
    """
SELECT 'role ' || r.rolname,
       concat_ws(', ', 'a role', CASE WHEN r.rolsuper THEN 'superuser' END,
                 CASE WHEN r.rolcreaterole THEN 'makes roles' END,
                 CASE WHEN r.rolcreatedb THEN 'makes databases' END,
                 CASE WHEN r.rolreplication THEN 'replicates' END,
                 CASE WHEN r.rolbypassrls THEN 'passes over row security' END,
                 (SELECT 'member of ' || string_agg(pg_get_userbyid(m.roleid), ' ' ORDER BY 1)
                  FROM pg_auth_members m WHERE m.member = r.oid))
FROM pg_roles r WHERE r.rolname = ANY(%(roles)s)
""",
    # by which files all this was made
    "SELECT 'migration ' || name, encode(sha256, 'hex') FROM public.migrations",
)


def facts_of(dsn: str) -> tuple[int, Facts]:
    """PostgreSQL's major release, and the facts. Raises JournalUnavailable."""
    found = connect(dsn, application="gpubourse audit of definitions", role="auditor")
    with closing(found) as connection:
        try:
            with connection.transaction():  # names are written with their schema, whoever asks
                connection.execute("SET LOCAL search_path = pg_catalog")
                return connection.info.server_version // 10_000, _facts(connection)
        except psycopg.Error as error:
            raise unavailable_because(error) from error


def _facts(connection: Connection) -> Facts:
    facts: Facts = {}
    for query in _QUERIES:
        for name, what in connection.execute(query.encode(), {"roles": list(ROLES)}):
            facts[str(name)] = _in_short(str(what))
    return facts


def _in_short(what: str) -> str:
    """A fact on one line: of a longer text its hash."""
    if "\n" not in what:
        return what
    head = TEXT if what.startswith(TEXT) else ""
    count = what.count("\n") + 1
    return f"{head}{count} lines, SHA-256 {sha256(what.encode()).hexdigest()}"
