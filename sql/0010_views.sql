-- What is known now, as tables: derived from the journal, and rebuilt from it at any time.
-- `ledger/views/runner.py` alone writes here, rows and position in one transaction. A row's
-- `position` is that of the event it began with; `_ns` are nanoseconds since 1970, UTC.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'viewer') THEN
        CREATE ROLE viewer LOGIN;  -- writes the views, reads the journal
    END IF;
    IF NOT pg_has_role(current_user, 'viewer', 'MEMBER') THEN
        EXECUTE format('GRANT viewer TO %I', current_user);
    END IF;
END $$;

CREATE SCHEMA views;

-- How far the tables below have come, and by which release's rules.
CREATE TABLE views.progress (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL,  -- of the rules that made the rows: ledger/views/runner.py
    position bigint NOT NULL,
    at_ns    bigint NOT NULL
);
INSERT INTO views.progress (version, position, at_ns) VALUES (0, 0, 0);

-- --- the venue and its people

CREATE TABLE views.venue (
    venue text PRIMARY KEY, currency text, zone text, minor_digits bigint, kind text, party text
);

CREATE TABLE views.rules (
    position bigint PRIMARY KEY, rule text NOT NULL, value jsonb, from_ns bigint, basis text,
    at_ns bigint
);

CREATE TABLE views.models (
    model text PRIMARY KEY, vendor text, form text, gpus_per_lot bigint, memory_mib bigint,
    tdp_w bigint, tpp bigint, has_ecc boolean, has_mig boolean, names jsonb,
    board_part_numbers jsonb, position bigint NOT NULL
);

CREATE TABLE views.parties (
    party text PRIMARY KEY, legal_name text, kind text, jurisdiction text, registration_no text,
    "group" text, kyc_tier bigint NOT NULL DEFAULT 0, is_suspended boolean NOT NULL DEFAULT false,
    position bigint NOT NULL, at_ns bigint
);

CREATE TABLE views.roles (
    party text, role text, basis text, position bigint, PRIMARY KEY (party, role)
);

CREATE TABLE views.principals (
    principal text PRIMARY KEY, party text NOT NULL, holder_sha256 text, public_key text,
    scopes jsonb, ip_allow jsonb, signing text, label text, valid_to_ns bigint,
    is_revoked boolean NOT NULL DEFAULT false, position bigint NOT NULL, at_ns bigint
);

-- --- things

CREATE TABLE views.sites (
    site text PRIMARY KEY, name text, operator text, delivery_point text, status text,
    lat_e6 bigint, lon_e6 bigint, power_w bigint, pue_bp bigint, tariff_millis_per_kwh bigint,
    uplink_mbps bigint, latency_us jsonb, gpus_planned bigint NOT NULL DEFAULT 0,
    position bigint NOT NULL, at_ns bigint
);

CREATE TABLE views.reports (
    report_sha256 text PRIMARY KEY, site text, format text, taken_ns bigint, warnings jsonb,
    position bigint NOT NULL, at_ns bigint
);

CREATE TABLE views.nodes (
    node text PRIMARY KEY, chassis_vendor text, chassis_model text, chassis_serial text,
    model text, form text, site text, operator text, custodian text, registrant text,
    nvlink boolean, fabric_mbps_per_gpu bigint, position bigint NOT NULL, at_ns bigint
);

CREATE TABLE views.units (
    unit text PRIMARY KEY, vendor text, model text, serial text, board_part_number text,
    uuid text, identity text, node text NOT NULL, slot bigint, registrant text,
    grade text NOT NULL DEFAULT 'U', grade_reasons jsonb, grade_valid_to_ns bigint,
    provenance text NOT NULL DEFAULT 'P0', gaps jsonb, state text NOT NULL DEFAULT 'registered',
    report_sha256 text, taken_ns bigint, flags jsonb, position bigint NOT NULL, at_ns bigint
);
CREATE INDEX units_node ON views.units (node);
CREATE INDEX units_position ON views.units (position);

CREATE TABLE views.inspections (
    inspection text PRIMARY KEY, unit text NOT NULL, report_sha256 text, taken_ns bigint,
    inspector text, readings jsonb, load_test text, flags jsonb, position bigint, at_ns bigint
);
CREATE INDEX inspections_unit ON views.inspections (unit);

CREATE TABLE views.conflicts (
    position bigint PRIMARY KEY, unit text, other text, fields jsonb, at_ns bigint
);

CREATE TABLE views.documents (
    unit text, document_sha256 text, kind text, issued_ns bigint, from_name text, to_party text,
    names_serial boolean, is_verified boolean NOT NULL DEFAULT false, position bigint,
    at_ns bigint, PRIMARY KEY (unit, document_sha256)
);

-- --- rights: a thing is a board's node, or a single unit

CREATE TABLE views.titles (
    thing text PRIMARY KEY, holder text NOT NULL, basis text, position bigint, at_ns bigint
);
CREATE INDEX titles_holder ON views.titles (holder);

CREATE TABLE views.chain (
    position bigint PRIMARY KEY, thing text NOT NULL, from_party text, to_party text, basis text,
    price_minor bigint, settlement text, subject_to jsonb, document_sha256 text,
    effective_ns bigint, at_ns bigint
);
CREATE INDEX chain_thing ON views.chain (thing, position);

CREATE TABLE views.holds (
    hold text PRIMARY KEY, subject text NOT NULL, kind text, from_ns bigint, to_ns bigint,
    reference text, basis_sha256 text, released_ns bigint NOT NULL DEFAULT 0, reason text,
    position bigint, at_ns bigint
);
CREATE INDEX holds_subject ON views.holds (subject);

CREATE TABLE views.leases (
    lease text PRIMARY KEY, lessor text, lessee text, node text, units jsonb, gpus bigint,
    from_ns bigint, to_ns bigint, price_minor_per_gpu_hour bigint, rent_minor bigint,
    prepaid_minor bigint, deposit_minor bigint, payee text, lessor_fee_bp bigint,
    lessee_fee_bp bigint, trade text, state text, metered_to_ns bigint NOT NULL DEFAULT 0,
    available_gpu_ns bigint NOT NULL DEFAULT 0, down_gpu_ns bigint NOT NULL DEFAULT 0,
    energy_wh bigint NOT NULL DEFAULT 0, earned_minor bigint NOT NULL DEFAULT 0,
    fee_minor bigint NOT NULL DEFAULT 0, returned_minor bigint NOT NULL DEFAULT 0,
    deposit_returned_minor bigint NOT NULL DEFAULT 0, position bigint NOT NULL, at_ns bigint
);
CREATE INDEX leases_node ON views.leases (node);
CREATE INDEX leases_position ON views.leases (position);

-- --- cash

CREATE TABLE views.accounts (
    account text PRIMARY KEY, party text NOT NULL, kind text NOT NULL, reference text NOT NULL,
    balance_minor bigint NOT NULL DEFAULT 0, position bigint NOT NULL
);
CREATE INDEX accounts_party ON views.accounts (party);

CREATE TABLE views.postings (
    position bigint, line bigint, account text NOT NULL, party text NOT NULL,
    amount_minor bigint NOT NULL, kind text NOT NULL, entry text NOT NULL, at_ns bigint,
    PRIMARY KEY (position, line)  -- line: from 0 within the event that caused it
);
CREATE INDEX postings_party ON views.postings (party, position);

CREATE TABLE views.entries (
    entry text PRIMARY KEY, book text, kind text, reference text, postings jsonb,
    reverses_position bigint, position bigint NOT NULL, at_ns bigint
);

CREATE TABLE views.payments (
    payment text PRIMARY KEY, party text, amount_minor bigint, legs jsonb, payer text, state text,
    payer_reference text, reason text, position bigint NOT NULL, at_ns bigint
);

-- --- settlement and oversight

CREATE TABLE views.settlements (
    settlement text PRIMARY KEY, trade text, market text, seller text, buyer text, nodes jsonb,
    units jsonb, lots bigint, price_minor_per_gpu bigint, notional_minor bigint,
    buyer_fee_minor bigint, seller_fee_minor bigint, is_related boolean, state text,
    mode text, to_site text, due_ns bigint, inspection_ns bigint,
    inspect_until_ns bigint NOT NULL DEFAULT 0, cure_until_ns bigint NOT NULL DEFAULT 0,
    receipt_sha256 text, report_sha256 text, by_timeout boolean, at_fault text, reason text,
    position bigint NOT NULL, at_ns bigint, changed_ns bigint
);
CREATE INDEX settlements_position ON views.settlements (position);

CREATE TABLE views.proposals (
    proposal text PRIMARY KEY, op text, party text, principal text, reference text,
    expires_ns bigint, needs jsonb, args jsonb, ended text NOT NULL DEFAULT '',
    approvals bigint NOT NULL DEFAULT 0, position bigint NOT NULL, at_ns bigint,
    state text GENERATED ALWAYS AS (
        CASE WHEN ended <> '' THEN ended
             WHEN approvals >= jsonb_array_length(needs) THEN 'approved' ELSE 'open' END
    ) STORED
);

CREATE TABLE views.approvals (
    proposal text, principal text, party text, verdict text, position bigint, at_ns bigint,
    PRIMARY KEY (proposal, principal)
);

CREATE TABLE views.attestations (
    position bigint PRIMARY KEY, form bigint, upto_position bigint, state_sha256 text, at_ns bigint
);

-- --- the market

CREATE TABLE views.instruments (
    market text PRIMARY KEY, kind text, model text, grade text, provenance text,
    delivery_point text, gpus_per_lot bigint, starts_ns bigint, ends_ns bigint, hours bigint,
    lot_size bigint, last_trade_ns bigint, first_reference_ticks bigint,
    phase text NOT NULL DEFAULT 'closed', rule_position bigint, reference_ticks bigint,
    low_ticks bigint, high_ticks bigint, position bigint NOT NULL, at_ns bigint
);

CREATE TABLE views.orders (
    "order" text PRIMARY KEY, key text, market text NOT NULL, party text NOT NULL, principal text,
    "group" text, side text, type text, time_in_force text, price_ticks bigint, lots bigint,
    open_lots bigint NOT NULL DEFAULT 0, filled_lots bigint NOT NULL DEFAULT 0, nodes jsonb,
    hold text, expires_ns bigint, post_only text, label text, priority bigint,
    ended text NOT NULL DEFAULT '', cause text NOT NULL DEFAULT '', position bigint NOT NULL,
    at_ns bigint, changed_ns bigint,
    state text GENERATED ALWAYS AS (
        CASE WHEN ended <> '' THEN ended WHEN open_lots = 0 THEN 'filled' ELSE 'open' END
    ) STORED
);
CREATE INDEX orders_party ON views.orders (party, position);
CREATE INDEX orders_key ON views.orders (party, key);
CREATE INDEX orders_open ON views.orders (market, position) WHERE ended = '' AND open_lots > 0;

CREATE TABLE views.trades (
    trade text PRIMARY KEY, market text NOT NULL, ask text, bid text, price_ticks bigint,
    lots bigint, mode text, taker text, notional_minor bigint, ask_fee_minor bigint,
    bid_fee_minor bigint, nodes jsonb, seller text, buyer text, settlement text,
    is_related boolean, position bigint NOT NULL, at_ns bigint
);
CREATE INDEX trades_market ON views.trades (market, position);
CREATE INDEX trades_position ON views.trades (position);
CREATE INDEX trades_seller ON views.trades (seller, position);
CREATE INDEX trades_buyer ON views.trades (buyer, position);

GRANT USAGE ON SCHEMA public, views TO viewer;
GRANT SELECT ON stored_events, commands, journal, migrations TO viewer;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA views TO viewer;
GRANT USAGE ON SCHEMA views TO engine, auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA views TO engine, auditor;
ALTER DEFAULT PRIVILEGES IN SCHEMA views GRANT SELECT ON TABLES TO engine, auditor;
ALTER DEFAULT PRIVILEGES IN SCHEMA views
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO viewer;
