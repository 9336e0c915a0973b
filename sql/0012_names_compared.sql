-- Holders' names are compared without case, blanks and what cannot be seen, after NFKC: one person
-- under two spellings is one pair of eyes. The gateway writes this column beside each new name by
-- ledger/authority/holder_name.py; here it is filled for the names that are noted already. Their
-- hashes stay as events bear them.

CREATE FUNCTION pg_temp.without_unseen(spelled text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(
        spelled,
        '[\u0001-\u0020\u007F-\u00A0\u00AD\u034F\u0600-\u0605\u061C\u06DD\u070F\u0890-\u0891'
        '\u08E2\u115F-\u1160\u1680\u17B4-\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F'
        '\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\U000110BD'
        '\U000110CD\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A'
        '\U000E0000-\U000E0FFF]',
        '', 'g')
$$;

CREATE FUNCTION pg_temp.folded(spelled text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT normalize(
        casefold(normalize(pg_temp.without_unseen(spelled), NFKC) COLLATE pg_unicode_fast), NFKC)
$$;

ALTER TABLE personal ADD COLUMN compared text;
UPDATE personal
SET compared = pg_temp.without_unseen(pg_temp.folded(pg_temp.folded(name)));
ALTER TABLE personal ALTER COLUMN compared SET NOT NULL;
CREATE INDEX personal_compared_idx ON personal (compared);

DROP FUNCTION pg_temp.folded;
DROP FUNCTION pg_temp.without_unseen;
