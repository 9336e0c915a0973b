-- The commit chain: one row per append, in the transaction of its events. `chain` is a hash over all
-- that the append stored and over the chain before it, so that (last_position, chain) names one
-- history and nothing else. docs/FORMATS.md says how it is made.

CREATE TABLE commits (
    last_position  bigint NOT NULL PRIMARY KEY,
    first_position bigint NOT NULL CHECK (first_position >= 1),
    epoch          bigint NOT NULL CHECK (epoch >= 0),  -- 0: what was here before this table
    chain          bytea  NOT NULL CHECK (octet_length(chain) = 32),
    CHECK (last_position >= first_position)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE commits ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT, INSERT ON commits TO engine;
GRANT SELECT ON commits TO auditor;

-- A saved state names the history that it is of; one that names none is passed over.
ALTER TABLE checkpoints ADD COLUMN chain bytea;
