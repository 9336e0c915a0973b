"""A loss that people accept: the log of a journal that lost its tail ends, and another begins.

Nothing of the log can be seen from here. What the proposer saw of it is signed and written; the
notary begins another log only where that is the head which it holds itself (decisions/0191).
"""

from ledger.caller import Caller
from ledger.commands import AcceptLogLoss
from ledger.events import Event, LogLossAccepted
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.records import LogLoss
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.words import LOG_ORIGIN

OP = "log.accept_loss"  # as a proposal names it


def accept_log_loss(
    register: Register, command: AcceptLogLoss, caller: Caller, moment: Moment
) -> list[Event]:
    """Let a log of this venue end at its last head: a clerk's act, with another person's.

    Refuses `bad_field` for another venue's log, `bad_combination` where nothing would be lost,
    `wrong_state` for a head accepted before. That the journal's own end was what is said here,
    `audit verify` asks: no decision knows a commit's chain.
    """
    must_hold(register, caller, "clerk")
    if not command.origin.startswith(f"{LOG_ORIGIN}/{register.venue}/"):
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "{origin} is no log of {venue}: name the origin in the head that the notary holds.",
                origin=command.origin,
                venue=register.venue,
            ),
            field="/origin",
        )
    _must_be_lost(command)
    _must_be_new(register, command)
    return [
        LogLossAccepted(
            origin=command.origin,
            size=command.size,
            root_sha256=command.root_sha256,
            common_size=command.common_size,
            journal_position=command.journal_position,
            journal_chain=command.journal_chain,
            reason=command.reason,
        )
    ]


def must_not_wait_for_this_head(
    register: Register, command: AcceptLogLoss, caller: Caller, moment: Moment
) -> None:
    """Refuse `wrong_state` to propose the end of a head a second time while the first one waits."""
    wanted = (command.origin, command.size, command.root_sha256)
    for waiting in register.proposals.values():
        args = waiting.args
        if waiting.op == OP and wanted == (args["origin"], args["size"], args["root_sha256"]):
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "{proposal} proposes this already: approve or reject it.",
                    proposal=waiting.proposal,
                ),
            )


def apply_log_loss_accepted(register: Register, event: LogLossAccepted, moment: Moment) -> None:
    register.log_losses.append(
        LogLoss(moment.position, event.origin, event.size, event.root_sha256)
    )


def _must_be_lost(command: AcceptLogLoss) -> None:
    """What both have is less than the log has, and no more than the journal has."""
    if command.common_size >= command.size:
        raise Refused(
            Reason.bad_combination,
            sentence_of(
                "The journal has all {size:,} entries of this log: nothing was lost.",
                size=command.size,
            ),
        )
    if command.common_size > command.journal_position:
        raise Refused(
            Reason.bad_combination,
            sentence_of(
                "A journal of {position:,} events has no {common_size:,} in common with its log.",
                position=command.journal_position,
                common_size=command.common_size,
            ),
        )


def _must_be_new(register: Register, command: AcceptLogLoss) -> None:
    wanted = (command.origin, command.size, command.root_sha256)
    for earlier in register.log_losses:
        if wanted == (earlier.origin, earlier.size, earlier.root_sha256):
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "This head was accepted as the end of its log at position {position}.",
                    position=earlier.position,
                ),
            )
