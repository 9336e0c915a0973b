"""What an audit folds with: the venue's own rules of replay, handed to the ledger's audit."""

from exchange.books.state import Venue
from exchange.engine.batch_writer import codec_for
from exchange.invariants import LINES, sweep
from exchange.ops import signature_of
from exchange.postings import ALL as POSTINGS
from exchange.state_form import FORM, state_sha256
from exchange.venue import fold
from ledger.audit.audit_fold import AuditFold


def venue_folding() -> AuditFold:
    """The folding of every journal that this release can read."""
    return AuditFold(
        codec=codec_for(""),  # it reads; nothing is filed
        begin=Venue,
        fold=fold,
        forms={FORM: state_sha256},
        postings=POSTINGS,
        sweep=sweep,
        lines=LINES,
        signature_of=signature_of,
    )
