-- Who may do what. Roles belong to the whole server, so they may be here already.
--   engine   adds to the journal and reads it; moves the fence; keeps checkpoints and personal data
--   auditor  reads everything but personal data, and can write nothing

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'engine') THEN
        CREATE ROLE engine LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auditor') THEN
        CREATE ROLE auditor LOGIN;
        ALTER ROLE auditor SET default_transaction_read_only = on;
    END IF;
    -- The owner opens the journal and then steps down to one of them.
    IF NOT pg_has_role(current_user, 'engine', 'USAGE') THEN
        EXECUTE format('GRANT engine TO %I', current_user);
    END IF;
    IF NOT pg_has_role(current_user, 'auditor', 'USAGE') THEN
        EXECUTE format('GRANT auditor TO %I', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO engine, auditor;

GRANT SELECT, INSERT ON stored_events, commands TO engine;
GRANT SELECT, UPDATE ON fence TO engine;
GRANT SELECT, INSERT, DELETE ON checkpoints TO engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON personal TO engine;
GRANT SELECT ON journal, migrations TO engine;

GRANT SELECT ON stored_events, journal, commands, fence, checkpoints, migrations TO auditor;

-- Views that later migrations make are for auditors too.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO auditor;
