-- Why a deposit was taken back stands with the entry that took it back.
-- The runner finds another table than its rows were made for, and reads the journal again.

ALTER TABLE views.entries ADD COLUMN reason text;
