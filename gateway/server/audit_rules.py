"""What an audit folds with: the venue's own rules of replay, handed to the ledger's audit."""

from typing import Any, Final

from exchange.acts.market_grounds import GROUNDS, OWN_ACTS
from exchange.acts.market_ties import TIES
from exchange.acts.records import disagreement
from exchange.acts.rights import must_be_its_signers, needs_of
from exchange.books.state import Venue
from exchange.engine.checkpoint_codec import difference
from exchange.engine.replay import READING_CODEC, VENUE_FOLD
from exchange.engine.venue_redecider import VenueRedecider
from exchange.invariants import LINES, LINES_ANEW, check, check_before, sweep
from exchange.ops import signature_of
from exchange.parse_args import read
from exchange.postings import ALL as POSTINGS
from exchange.questions.market_orphans import MARKET_RULES, market_orphans
from exchange.state_form import FORM, state_sha256
from exchange.state_rows import subject_rows
from exchange.views.order_audit import MARKET_VIEWS
from gpubourse.wire import inward
from ledger.act_checks.act_checks import ActChecks
from ledger.act_checks.act_rules import ActRules
from ledger.audit.audit_fold import AuditFold
from ledger.cash.effective_time import effective_ns
from ledger.commands import Command
from ledger.views.audit_snapshot import REGISTER_VIEWS


def _signed_command(op: str, args: dict[str, Any]) -> Command:
    """The command that signed args make: they bear instants as decimal text. Raises Refused."""
    return read(op, inward(args))


ACT_RULES: Final[ActRules[Venue]] = ActRules(
    grounds=GROUNDS,
    own_acts=OWN_ACTS,
    ties=TIES,
    command_of=_signed_command,
    proposed_of=read,
    decided=must_be_its_signers,
    needs_of=needs_of,
    disagreement=disagreement,
)


def venue_folding() -> AuditFold[Venue]:
    """The folding of every journal that this release can read."""
    return AuditFold(
        codec=READING_CODEC,
        fold=VENUE_FOLD,
        forms={FORM: state_sha256},
        postings=POSTINGS,
        effective_ns=effective_ns,
        check_before=check_before,
        check=check,
        sweep=sweep,
        lines=LINES,
        lines_anew=LINES_ANEW,
        signature_of=signature_of,
        act_checks=lambda journal: ActChecks(ACT_RULES, journal),
        views=(*REGISTER_VIEWS, *MARKET_VIEWS),
        saved_difference=difference,
        rows=subject_rows,
        orphan_rules=MARKET_RULES,
        orphans=market_orphans,
        redecider=lambda: VenueRedecider(inward),
    )
