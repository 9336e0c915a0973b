"""All verbs of `gpubourse audit`: those that read the journal, and those that need a log alone."""

from gateway.cli.auditor.audit import audit
from gateway.cli.auditor.book_queries import period_, trial_balance_
from gateway.cli.auditor.certificates import certificate, check
from gateway.cli.auditor.exports import export
from gateway.cli.auditor.histories import corrections_, history_, who_
from gateway.cli.auditor.log_verification import verify_log_, watch_
from gateway.cli.auditor.market_days import market_day_
from gateway.cli.auditor.psql import psql
from gateway.cli.auditor.receipts import check_, prove_
from gateway.cli.auditor.state_queries import as_of_, diff_, orphans_, unsettled_
from gateway.cli.auditor.verification import redecide_, replay_, verify_

VERBS = (
    *(verify_, replay_, redecide_),
    *(history_, who_, corrections_),
    *(as_of_, trial_balance_, period_, diff_, unsettled_, orphans_, market_day_),
    *(certificate, check, export, psql),
    *(prove_, check_, verify_log_, watch_),
)
for verb in VERBS:
    audit.add_command(verb)
