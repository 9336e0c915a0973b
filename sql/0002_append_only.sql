-- What is written stays written: the triggers stop the owner and a superuser too, even with
-- session_replication_role = replica (hence ENABLE ALWAYS).

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'A mistake is corrected by a further event, never by changing an old one.';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE stored_events ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commands
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE commands ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON migrations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE migrations ENABLE ALWAYS TRIGGER append_only;

-- The fence has one row for ever, and its epoch only grows.
CREATE TRIGGER one_row BEFORE DELETE OR TRUNCATE ON fence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE fence ENABLE ALWAYS TRIGGER one_row;

CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.epoch <= OLD.epoch THEN
        RAISE EXCEPTION 'the epoch only grows: % is not above %', NEW.epoch, OLD.epoch
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER only_grows BEFORE UPDATE ON fence
    FOR EACH ROW EXECUTE FUNCTION refuse_going_back();
ALTER TABLE fence ENABLE ALWAYS TRIGGER only_grows;
