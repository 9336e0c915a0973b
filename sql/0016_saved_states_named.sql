-- An attestation names the bytes of the saved state that was made with it: a saved state that none
-- names is passed over.

ALTER TABLE views.attestations ADD COLUMN saved_sha256 text;
ALTER TABLE views.attestations ADD COLUMN saved_codec text;
