-- Privileges by grant. Each part of the venue logs on as a role of its own:
--   engine   as in 0003, and it adds to the journal only while it holds the fence
--   viewer   writes the views, and what is rebuilt beside them
--   door     what the gateway reads with: journal and views, and no auditor's limit holds it up
--   auditor  as in 0003
-- What belongs to the server or the database, and not to a table (functions of PostgreSQL, TEMP,
-- limits of a role), is settled anew at each start: ledger/logins/privileges.py.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'door') THEN
        CREATE ROLE door LOGIN;
        ALTER ROLE door SET default_transaction_read_only = on;
    END IF;
    IF NOT pg_has_role(current_user, 'door', 'USAGE') THEN
        EXECUTE format('GRANT door TO %I', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA public, views TO door;
GRANT SELECT ON stored_events, journal, commands, commits, fence, reports, migrations, holders TO door;
GRANT SELECT ON holdings, chain_of_title, trial_balance, cash, fills, units, nodes, parties, sites,
    orders, trades, settlements, leases, postings TO door;
GRANT SELECT ON ALL TABLES IN SCHEMA views TO door;
ALTER DEFAULT PRIVILEGES IN SCHEMA views GRANT SELECT ON TABLES TO door;

-- Whoever adds to the journal names the epoch that it holds (`SET gpubourse.epoch`), and the fence
-- must stand there until the commit. So a deposed engine, and whoever else has its rights, is refused
-- by the database, whatever its program forgot. The owner is not asked: chain and log bind him.
CREATE FUNCTION must_hold_the_fence() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.fence
    WHERE epoch = nullif(current_setting('gpubourse.epoch', true), '')::bigint FOR SHARE;
    IF NOT FOUND AND NOT pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'this session does not hold the fence: % refused on %', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Only the engine that moved the fence last adds to the journal.';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER fenced BEFORE INSERT ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION must_hold_the_fence();
ALTER TABLE stored_events ENABLE ALWAYS TRIGGER fenced;

-- The rows that follow in the same transaction: a session that names no epoch at all is asked, too.
CREATE TRIGGER fenced BEFORE INSERT ON commands FOR EACH STATEMENT
    WHEN (coalesce(current_setting('gpubourse.epoch', true), '') = '')
    EXECUTE FUNCTION must_hold_the_fence();
ALTER TABLE commands ENABLE ALWAYS TRIGGER fenced;

CREATE TRIGGER fenced BEFORE INSERT ON commits FOR EACH STATEMENT
    WHEN (coalesce(current_setting('gpubourse.epoch', true), '') = '')
    EXECUTE FUNCTION must_hold_the_fence();
ALTER TABLE commits ENABLE ALWAYS TRIGGER fenced;

-- An auditor may SET what he likes for his session, so a watch of ours ends what goes on too long.
-- These run as the owner, for a role may end only sessions of roles that it is a member of. Sessions
-- of whoever may act as the engine (the owner, a superuser) are nobody's to end.

CREATE FUNCTION auditors_sessions() RETURNS TABLE (pid integer, began timestamptz, application text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.pid, a.xact_start, a.application_name
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND pg_has_role(a.usesysid, 'auditor', 'MEMBER')
      AND NOT pg_has_role(a.usesysid, 'engine', 'MEMBER')
$$;

CREATE FUNCTION end_overlong_auditors(seconds_most bigint)
RETURNS TABLE (pid integer, application text, seconds bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS MATERIALIZED (
        SELECT s.pid, s.application, extract(epoch FROM clock_timestamp() - s.began)::bigint AS took
        FROM public.auditors_sessions() s
        WHERE s.began < clock_timestamp() - make_interval(secs => seconds_most)
    )
    SELECT f.pid, f.application, f.took FROM found f WHERE pg_terminate_backend(f.pid)
$$;

CREATE FUNCTION end_auditors_in_the_way()
RETURNS TABLE (pid integer, application text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS MATERIALIZED (
        SELECT s.pid, s.application FROM public.auditors_sessions() s
        WHERE EXISTS (
            SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.pid = s.pid AND l.granted
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relnamespace IN ('public'::regnamespace, 'views'::regnamespace)
        )
    )
    SELECT f.pid, f.application FROM found f WHERE pg_terminate_backend(f.pid)
$$;

REVOKE EXECUTE ON FUNCTION auditors_sessions(), end_overlong_auditors(bigint),
    end_auditors_in_the_way() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_overlong_auditors(bigint), end_auditors_in_the_way() TO viewer;

-- Views are rebuilt beside those that are read, in a schema of their writer's own.
CREATE SCHEMA rebuilding AUTHORIZATION CURRENT_USER;
GRANT USAGE, CREATE ON SCHEMA rebuilding TO viewer;
