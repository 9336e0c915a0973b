-- The same views in plain words, for whoever opens psql: `gpubourse audit psql`.

CREATE FUNCTION instant(ns bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN timestamptz '1970-01-01 00:00Z' + make_interval(secs => (ns / 1000)::double precision / 1e6);

-- Who holds what: one row per titled thing.
CREATE VIEW holdings AS
SELECT t.holder AS party,
       t.thing,
       coalesce(n.model, u.model)            AS model,
       g.gpus,
       g.grade,
       g.provenance,
       coalesce(n.site, un.site)             AS site,
       s.delivery_point,
       t.basis,
       t.position,
       t.at_ns,
       instant(t.at_ns)                      AS since
FROM views.titles t
LEFT JOIN views.nodes n ON n.node = t.thing
LEFT JOIN views.units u ON u.unit = t.thing
LEFT JOIN views.nodes un ON un.node = u.node
LEFT JOIN views.sites s ON s.site = coalesce(n.site, un.site)
CROSS JOIN LATERAL (
    SELECT count(*) AS gpus,
           max(x.grade) AS grade,  -- the worst: A < B < C < U
           CASE WHEN bool_or(x.provenance = 'P0') THEN 'P0'
                WHEN bool_or(x.provenance = 'P2') THEN 'P2' ELSE 'P1' END AS provenance
    FROM views.units x WHERE x.node = n.node OR x.unit = u.unit
) g;

-- How each thing came to its holder: ORDER BY position tells the story.
CREATE VIEW chain_of_title AS
SELECT c.position, instant(c.at_ns) AS at, c.thing, c.from_party, c.to_party, c.basis,
       c.price_minor, c.settlement, c.subject_to, c.document_sha256,
       instant(c.effective_ns) AS effective, c.at_ns, c.effective_ns
FROM views.chain c;

-- Every account with what it holds; the rows sum to 0.
CREATE VIEW trial_balance AS
SELECT account, party, kind, reference, balance_minor
FROM views.accounts WHERE balance_minor <> 0;

-- Money by party, in its kinds.
CREATE VIEW cash AS
SELECT party, kind, sum(balance_minor)::bigint AS balance_minor
FROM views.accounts WHERE balance_minor <> 0 GROUP BY party, kind;

-- A trade as each of its two orders sees it.
CREATE VIEW fills AS
SELECT trade || '.bid' AS fill, 'bid' AS side, bid AS "order", buyer AS party, market, price_ticks,
       lots, CASE taker WHEN 'bid' THEN 'taker' ELSE 'maker' END AS role, notional_minor,
       bid_fee_minor AS fee_minor, settlement, trade, position, at_ns, instant(at_ns) AS at
FROM views.trades
UNION ALL
SELECT trade || '.ask', 'ask', ask, seller, market, price_ticks,
       lots, CASE taker WHEN 'ask' THEN 'taker' ELSE 'maker' END, notional_minor,
       ask_fee_minor, settlement, trade, position, at_ns, instant(at_ns)
FROM views.trades;

CREATE VIEW units AS SELECT * FROM views.units;
CREATE VIEW nodes AS SELECT * FROM views.nodes;
CREATE VIEW parties AS SELECT * FROM views.parties;
CREATE VIEW sites AS SELECT * FROM views.sites;
CREATE VIEW orders AS SELECT *, instant(at_ns) AS at FROM views.orders;
CREATE VIEW trades AS SELECT *, instant(at_ns) AS at FROM views.trades;
CREATE VIEW settlements AS SELECT *, instant(at_ns) AS at FROM views.settlements;
CREATE VIEW leases AS SELECT *, instant(from_ns) AS starts, instant(to_ns) AS ends FROM views.leases;
CREATE VIEW postings AS SELECT *, instant(at_ns) AS at FROM views.postings;

GRANT SELECT ON holdings, chain_of_title, trial_balance, cash, fills, units, nodes, parties, sites,
    orders, trades, settlements, leases, postings TO auditor, engine;
