-- A proposal that needs a signature is `waiting` everywhere; until now these rows called it `open`.
-- The runner finds another table than its rows were made for, and reads the journal again.

ALTER TABLE views.proposals DROP COLUMN state;
ALTER TABLE views.proposals ADD COLUMN state text GENERATED ALWAYS AS (
    CASE WHEN ended <> '' THEN ended
         WHEN approvals >= jsonb_array_length(needs) THEN 'approved' ELSE 'waiting' END
) STORED;
