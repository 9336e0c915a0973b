"""Invitations: an admin's one-time code, turned into a principal by who holds the key (WIRE 2).

The admin's signature over an invitation is checked and not kept: it covers the holder's name, which
must stay erasable. What is kept is the enrolment by hash, and the admin's session.
"""

import secrets
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from gateway.access.codes import new_code
from gateway.access.session import OneTimeCodes, Session
from gateway.settings import Limits
from ledger.durations import SECOND_NS
from ledger.ids import PartyId
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import MEMBERS_MOST, Digest, Id, Name, Names, Nanos, Text, in_words, place_of

INVITATIONS_MOST: Final = 1_000


class Invite(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an admin says of the principal to come."""

    holder: Name
    """the person's name: kept apart, and erasable"""
    scopes: Annotated[list[Name], Meta(min_length=1, max_length=MEMBERS_MOST)]
    """what the key may ask for, each once"""
    party: Id[PartyId] | None = None  # the own one, unless the venue invites
    """for whom it acts; left out: the inviting party, and another's is the venue's to say"""
    ip_allow: Names = []
    """networks from which it may be used; empty: anywhere"""
    signing: str = "every"
    """every: each command is signed; session: orders may ride on a log-on"""
    label: Text = ""
    """what the key is called"""
    valid_to_ns: Nanos = 0
    """it ends then, venue time; 0: in 365 days; ns since 1970-01-01 UTC"""


class Enrol(Struct, frozen=True, forbid_unknown_fields=True):
    """What the invited one sends."""

    code: Annotated[str, Meta(min_length=43, max_length=43)]
    """of the invitation; it serves once"""
    public_key: Digest
    """Ed25519, 32 bytes, base64url without padding"""


class Invitation(Struct, frozen=True):
    """An invitation while it waits."""

    name: str  # of the enrolment's command key: discloses nothing of the code
    invite: Invite
    session: Session
    expires_ns: int


class Invitations:
    """Codes that are out; lost at a restart, like sessions."""

    def __init__(self, limits: Limits, wall_ns: Callable[[], int]) -> None:
        self._limits = limits
        self._wall_ns = wall_ns
        self._out: OneTimeCodes[Invitation] = OneTimeCodes(
            limits.invitations_per_principal, INVITATIONS_MOST
        )
        self._answered: OneTimeCodes[tuple[str, Invitation]] = OneTimeCodes(
            limits.invitations_per_principal, INVITATIONS_MOST
        )

    def make(self, invite: Invite, session: Session) -> tuple[str, int]:
        """A code, shown once, and until when it serves."""
        code = new_code()
        expires_ns = self._wall_ns() + self._limits.invitation_s * SECOND_NS
        name = f"enrol.{secrets.token_hex(16)}"
        invitation = Invitation(name, invite, session, expires_ns)
        self._out.add(session.principal, code, invitation, expires_ns)
        return code, expires_ns

    def is_out(self, code: str) -> bool:
        """Whether a code would still serve."""
        return self._out.serves(code, self._wall_ns())

    def spend(self, code: str, public_key: str) -> Invitation:
        """What lay behind a code; refuses `challenge_spent` one that is used up or too old.

        The same code with the same key is the same enrolment: who lost the reply asks once more,
        and its command's key gives the first answer (WIRE 4).
        """
        now_ns = self._wall_ns()
        invitation = self._out.spend(code, now_ns)
        if invitation is not None:
            caller = invitation.session.principal
            self._answered.add(caller, code, (public_key, invitation), invitation.expires_ns)
            return invitation
        answered_key, invitation = self._answered.kept(code, now_ns) or ("", None)
        if invitation is None or answered_key != public_key:
            raise Refused(
                Reason.challenge_spent,
                "No invitation of this code serves at this venue: it is used up, too old, or "
                "another venue's. Check the address, or ask the admin for another.",
            )
        return invitation

    def give_back(self, code: str, invitation: Invitation) -> None:
        """The enrolment did not happen: the code serves again, until its time."""
        self._answered.spend(code, self._wall_ns())
        self._out.add(invitation.session.principal, code, invitation, invitation.expires_ns)


def shaped(members: dict[str, Any], kind: Any) -> Any:
    """The members as a struct of that kind; refuses `bad_shape`."""
    strangers = [name for name in members if name not in kind.__struct_fields__]
    if strangers:
        name, known = strangers[0][:64], ", ".join(kind.__struct_fields__)
        text = sentence_of(
            "There is no member {name!r} here: it takes {known}.", name=name, known=known
        )
        raise Refused(Reason.bad_shape, text, field=f"/{name}")
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError as error:
        what, field = str(error).partition(" - at ")[0], place_of(str(error))
        text = (
            sentence_of("{member}: {what}.", member=field[1:], what=in_words(what))
            if field
            else sentence_of("{what}.", what=in_words(what))
        )
        raise Refused(Reason.bad_shape, text, field=field) from None
