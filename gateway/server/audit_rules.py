"""What an audit folds with: the venue's own rules of replay, handed to the ledger's audit."""

from exchange.books.state import Venue
from exchange.engine.replay import READING_CODEC, VENUE_FOLD
from exchange.invariants import LINES, sweep
from exchange.ops import signature_of
from exchange.postings import ALL as POSTINGS
from exchange.state_form import FORM, state_sha256
from ledger.audit.audit_fold import AuditFold


def venue_folding() -> AuditFold[Venue]:
    """The folding of every journal that this release can read."""
    return AuditFold(
        codec=READING_CODEC,
        fold=VENUE_FOLD,
        forms={FORM: state_sha256},
        postings=POSTINGS,
        sweep=sweep,
        lines=LINES,
        signature_of=signature_of,
    )
