-- The hash of each noted name, made anew from its salt and the name, for auditors: they may not read
-- `personal`, and events bear the same hashes, so this tells them nothing new about anybody. It shows
-- whether a name is still the one that an event was written for.

CREATE VIEW holders WITH (security_barrier) AS
SELECT subject, sha256(salt || convert_to(name, 'UTF8')) AS name_sha256
FROM personal;

GRANT SELECT ON holders TO auditor, engine;
