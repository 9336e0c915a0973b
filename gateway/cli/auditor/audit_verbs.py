"""All verbs of `gpubourse audit`: those that read the journal, and those that need a log alone."""

from gateway.cli.auditor.audit import audit
from gateway.cli.auditor.exports import export
from gateway.cli.auditor.log_verification import verify_log_, watch_
from gateway.cli.auditor.receipts import check_, prove_

for verb in (export, prove_, check_, verify_log_, watch_):
    audit.add_command(verb)
