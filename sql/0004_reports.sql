-- The raw inventory reports behind the facts, kept by their SHA-256. Written before the batch that
-- names them: a report without a batch is harmless, a batch without its report would not be.

CREATE TABLE reports (
    report_sha256 bytea PRIMARY KEY CHECK (report_sha256 = sha256(raw)),
    raw           bytea NOT NULL
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reports
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE reports ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT, INSERT ON reports TO engine;
GRANT SELECT ON reports TO auditor;
