-- The journal's tables. The store of record is stored_events and commands; the rest serves them.

-- One row per event, in the shape that the `eventsourcing` library's PostgresApplicationRecorder
-- reads (originator_id_type "text"). The writer assigns notification_id, the *position*, without
-- a gap: hence no sequence, and a stock writer of the library fails at once.
CREATE TABLE stored_events (
    originator_id      text   NOT NULL,  -- the stream: 'unit:u-000017'
    originator_version bigint NOT NULL,  -- contiguous in its stream, from 1
    topic              text   NOT NULL,  -- a stable tag: 'title_transferred'
    state              bytea  NOT NULL CHECK (octet_length(state) <= 60000),  -- canonical JSON
    notification_id    bigint NOT NULL CHECK (notification_id >= 1),
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);

-- The same rows in the words of the house, for whoever reads with psql. jsonb cannot hold the
-- character zero, which JSON may name (\u0000): one such name must not blind the whole view, so it
-- is shown as U+FFFD. The bytes in stored_events are what counts.
CREATE VIEW journal AS
SELECT notification_id    AS position,
       originator_id      AS stream,
       originator_version AS version,
       topic,
       CASE
           WHEN strpos(convert_from(state, 'UTF8'), '\u0000') = 0
               THEN convert_from(state, 'UTF8')
           ELSE regexp_replace(
               convert_from(state, 'UTF8'), '(?<!\\)((\\\\)*)\\u0000', '\1\\ufffd', 'g')
       END::jsonb         AS event
FROM stored_events;

-- One row per accepted command: who asked, in the exact bytes that were signed.
CREATE TABLE commands (
    party          text   NOT NULL,
    key            text   NOT NULL,
    op             text   NOT NULL,
    body_sha256    bytea  NOT NULL,
    command_sha256 bytea  NOT NULL,
    principal      text   NOT NULL,
    session        text   NOT NULL,
    label          text   NOT NULL,
    received_ns    bigint NOT NULL,
    signed         bytea  NOT NULL,
    signature      bytea  NOT NULL,
    first_position bigint NOT NULL PRIMARY KEY,
    last_position  bigint NOT NULL CHECK (last_position >= first_position),
    UNIQUE (party, key)  -- the backstop of exactly-once
);

-- The fence: a writer bumps the epoch before it reads the head, and each append locks this row.
CREATE TABLE fence (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch    bigint  NOT NULL
);
INSERT INTO fence (epoch) VALUES (0);

-- Saved states: derived, may be deleted at any time.
CREATE TABLE checkpoints (
    position      bigint NOT NULL,
    form          bigint NOT NULL,  -- which form of the state the hash is over
    codec_version bigint NOT NULL,  -- what can read the blob
    state_sha256  bytea  NOT NULL,
    blob_sha256   bytea  NOT NULL,
    blob          bytea  NOT NULL,
    saved_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (position, form, codec_version)
);
ALTER TABLE checkpoints ALTER COLUMN blob SET STORAGE EXTERNAL;  -- the engine compresses, or not

-- Natural persons. Events hold only the salted hash; a row here may be changed and erased.
CREATE TABLE personal (
    subject  text  PRIMARY KEY,  -- a party 'p-0042' or a principal 'k-0107'
    salt     bytea NOT NULL CHECK (octet_length(salt) >= 16),
    name     text  NOT NULL,
    contact  text  NOT NULL DEFAULT '',
    noted_at timestamptz NOT NULL DEFAULT now()
);

-- Which of these files were applied here, as they were then.
CREATE TABLE migrations (
    name       text  PRIMARY KEY,
    sha256     bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
