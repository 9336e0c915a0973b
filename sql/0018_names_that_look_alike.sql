-- Letters of other scripts look alike: a name with a Cyrillic letter is not a second pair of eyes. What
-- a name looks like stands beside it, as ledger/authority/holder_name.py makes it (Unicode TR39). The table
-- of letters is a library's and grows, so no SQL fills the column: the gateway writes it anew wherever
-- it differs, before the first name is looked up. Hashes stay as events bear them.

ALTER TABLE personal ADD COLUMN skeletons text[];
CREATE INDEX personal_skeletons_idx ON personal USING gin (skeletons);
