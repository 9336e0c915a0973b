"""A raw report as a command brings it: its bytes checked, read in the site's zone, and dated."""

from zoneinfo import ZoneInfo

from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.durations import SECOND_NS
from ledger.inventory import (
    ParsedReport,
    RejectedUnit,
    Report,
    Unreadable,
    dated,
    parsed_or_refused,
)
from ledger.moment import Moment
from ledger.records import Site
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

# A server's clock may run a little ahead of ours; a report of tomorrow is another matter.
AHEAD_MOST_NS = 120 * SECOND_NS


def read_attached(
    register: Register, report_sha256: str, site: Site, caller: Caller, moment: Moment
) -> Report:
    """The report behind a digest. A time without a zone is the site's.

    Refuses `bad_field` other bytes than the digest names, `report_from_future`, and what the
    readers refuse (`not_recognised`, `truncated`, `too_large`, `no_gpu_found`).
    """
    raw = caller.attachment
    if sha256_text(raw) != report_sha256:
        raise Refused(
            Reason.bad_field,
            "The file that came is not the one that report_sha256 names: send it again.",
            field="/report_sha256",
        )
    parsed = caller.parsed or parsed_or_refused(raw)  # a long one is read before its turn comes
    if isinstance(parsed, Unreadable):
        raise _refused(parsed)
    assert isinstance(parsed, ParsedReport)
    report = dated(parsed, ZoneInfo(site.zone or register.zone))
    if report.taken_ns is not None and report.taken_ns > moment.at_ns + AHEAD_MOST_NS:
        raise Refused(
            Reason.report_from_future,
            sentence_of(
                "The report says {taken_local}, which is still to come here: set the "
                "server's clock right and take it anew.",
                taken_local=report.taken_local,
            ),
            taken_ns=report.taken_ns,
        )
    return report


def refused(rejected: RejectedUnit) -> Refused:
    """A unit's reason as the reason of the whole: nothing of the report could be taken."""
    return Refused(
        Reason[rejected.code],
        sentence_of("{where}: {finding}.", where=rejected.where, finding=rejected.detail),
    )


def _refused(error: Unreadable) -> Refused:
    detail = sentence_of("{finding}. {advice}.", finding=error.detail, advice=error.advice)
    if error.line is None:
        return Refused(Reason[error.code], detail)
    return Refused(Reason[error.code], detail, line=error.line, byte=error.byte or 0)
