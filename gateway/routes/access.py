"""Access: the venue, logging on, principals (WIRE 3)."""

from functools import partial
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from exchange.engine.batch_writer import Request
from gateway.access import signed_documents
from gateway.access.auth import Logon
from gateway.access.command_intake import CommandRequest
from gateway.access.invitations import Enrol, Invitation, Invite, shaped
from gateway.access.kept_logons import keep_logon
from gateway.access.session import Session
from gateway.release import release
from gateway.routes.command_routes import command_of, command_reply
from gateway.routes.query import NEW_ENOUGH
from gateway.routes.request import COOKIE, SECURE_COOKIE, ApiRequest, Route
from ledger.authority.holder_name import must_name_somebody
from ledger.base64url import text64
from ledger.caller import Caller
from ledger.durations import SECOND_NS
from ledger.parties.principal import must_be_terms
from ledger.refusals import Reason, Refused


class Challenge(Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to log on: then nobody else can answer it. The reply tells nothing of them."""

    principal: str = ""
    """who will sign: then nobody else can; empty: anybody"""


class LogonBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A logon document and its signature."""

    document: Logon
    """the log-on document, exactly as it was signed"""
    signature: str
    """Ed25519 over it, base64url without padding"""


async def venue(request: ApiRequest) -> web.Response:
    """What this venue is, and which limits are in force."""
    parts = request.parts
    identity, commit = parts.market_views.identity, parts.hub.commit
    return request.reply(
        {
            "venue": identity.venue,
            "kind": identity.kind,
            "currency": identity.currency,
            "minor_digits": identity.minor_digits,
            "zone": identity.zone,
            "custody_mode": "venue_account",
            "at_ns": parts.venue_ns(),
            "speed": parts.heartbeat.speed(),
            "version": release(),
            "position": commit.last_position,
            "chain": text64(commit.chain),
            "limits": parts.limits.published(),
        }
        | ({"seats": parts.offered} if parts.offered and not request.is_foreign else {})
    )


async def challenge(request: ApiRequest) -> web.Response:
    caller = shaped(await request.members(), Challenge)
    code, expires_ns = request.parts.auth.challenge(request.address, caller.principal)
    return request.reply({"challenge": code, "expires_ns": expires_ns})


async def open_session(request: ApiRequest) -> web.Response:
    token, session = await _log_on(request)
    return request.reply({"token": token, **who(session)})


async def open_browser_session(request: ApiRequest) -> web.Response:
    """As `open_session`, but the token goes into a cookie that no script can read."""
    token, session = await _log_on(request)
    response = request.reply(who(session))
    is_secure = request.parts.settings.is_secure
    response.set_cookie(
        SECURE_COOKIE if is_secure else COOKIE,
        token,
        httponly=True,
        samesite="Strict",
        secure=is_secure,
        path="/",
        max_age=max(0, (session.expires_ns - request.parts.wall_ns()) // SECOND_NS),
    )
    return response


async def _log_on(request: ApiRequest) -> tuple[str, Session]:
    members = await request.members()
    if set(members) != {"document", "signature"}:
        raise Refused(Reason.bad_shape, "Send document and signature, nothing else.")
    logged_on = request.parts.auth.log_on(
        members["document"], members["signature"], request.address
    )
    session = logged_on.session
    await keep_logon(session, partial(request.in_pool, "keep", request.parts.keep))
    return logged_on.token, session


async def show_session(request: ApiRequest) -> web.Response:
    session = request.must_be_logged_on()
    left = {
        name: request.parts.buckets.take(name, caller, request.parts.wall_ns(), 0).tokens
        for name, caller in (
            ("reads", session.principal),
            ("orders", session.party),
            ("cancels", session.party),
            ("commands", session.principal),
        )
    }
    return request.reply({**who(session), "principal": session.principal, "buckets": left})


async def end_session(request: ApiRequest) -> web.Response:
    session = request.must_be_logged_on()
    request.parts.auth.sessions.end(session)
    response = request.reply({"session": session.session, "state": "ended"})
    for name in (COOKIE, SECURE_COOKIE):
        response.del_cookie(name, path="/")
    return response


async def ticket(request: ApiRequest) -> web.Response:
    code, expires_ns = request.parts.auth.ticket(request.must_be_logged_on())
    return request.reply({"ticket": code, "expires_ns": expires_ns})


async def invite(request: ApiRequest) -> web.Response:
    """A one-time code for a new principal; signed like a command, the name of its holder too."""
    session = request.must_be_logged_on()
    command: CommandRequest = await command_of(request, "principal.invite")
    request.left = request.parts.intake.must_be_proven(command, session)
    caller = shaped(command.args, Invite)
    if caller.party not in {None, session.party} and not _is_the_venues(request, session):
        raise Refused(Reason.not_your_party, "An admin invites for the own party alone.")
    must_name_somebody(caller.holder)
    must_be_terms(caller, request.parts.venue_ns())  # else who is invited would be refused for it
    await request.in_pool("keep", request.parts.keep, session.evidence)
    code, expires_ns = request.parts.invitations.make(caller, session)
    return request.reply({"code": code, "expires_ns": expires_ns}, status=201)


async def enrol(request: ApiRequest) -> web.Response:
    """A code and a public key become a principal. The code serves one key."""
    caller: Enrol = shaped(await request.members(), Enrol)
    parts = request.parts
    invitation = parts.invitations.spend(caller.code, caller.public_key)
    _must_still_invite(request, invitation)
    holder = invitation.invite.holder
    holder_sha256 = await request.in_pool("names", parts.personal.holder_sha256, holder)
    proven = _enrolment(request, invitation, caller.public_key, holder_sha256)
    try:
        answer = await parts.intake.answer(parts.intake.submit(proven), proven.caller.key)
    except Refused as no:
        parts.invitations.give_back(caller.code, invitation)
        is_his = no.field == "/public_key"  # all else was said by who invited
        raise no.anew(field=no.field if is_his else "") from None
    # a clerk's key waits for the other clerk: its holder is noted under the proposal
    subject = answer.result.get("principal") or answer.result["proposal"]
    await request.in_pool("names", parts.personal.note, str(subject), holder)
    return command_reply(request, answer)


def _enrolment(
    request: ApiRequest, invitation: Invitation, public_key: str, holder_sha256: str
) -> Request:
    admin, invite = invitation.session, invitation.invite
    args: dict[str, Any] = {
        "party": invite.party or admin.party,
        "holder_sha256": holder_sha256,
        "public_key": public_key,
        "scopes": list(invite.scopes),
        "ip_allow": list(invite.ip_allow),
        "signing": invite.signing,
        "label": invite.label,
        "valid_to_ns": invite.valid_to_ns,
    }
    now_ns = request.parts.wall_ns()
    command = signed_documents.command_bytes(
        args=args,
        issued_ns=now_ns,
        key=invitation.name,
        op="principal.enrol",
        party=admin.party,
        principal=admin.principal,
        valid_ms=request.parts.limits.valid_ms,
        venue=request.parts.intake.venue,
    )
    caller = Caller(
        party=admin.party,
        principal=admin.principal,
        scopes=admin.scopes,
        key=invitation.name,
        session=admin.session,
        received_ns=now_ns,
    )
    return Request(
        op="principal.enrol",
        args=args,
        caller=caller,
        body_sha256=command.body_sha256,
        signed=command.signed,
    )


def _must_still_invite(request: ApiRequest, invitation: Invitation) -> None:
    """Refuse `challenge_spent` an invitation whose maker may invite no longer; its code is spent.

    The engine asks again when it decides: between the two the maker may be revoked.
    """
    parts, maker = request.parts, invitation.session.principal
    if not parts.auth.directory.may(maker, "admin", parts.venue_ns()):
        raise Refused(
            Reason.challenge_spent,
            "Who made this invitation may invite no longer: ask another admin for one.",
        )


def _is_the_venues(request: ApiRequest, session: Session) -> bool:
    return session.party == request.parts.market_views.identity.party


def who(session: Session) -> dict[str, Any]:
    """A session as its owner reads it."""
    return {
        "session": session.session,
        "party": session.party,
        "scopes": list(session.scopes),
        "expires_ns": session.expires_ns,
    }


ROUTES: Final = [
    Route(
        "GET",
        "/v1/venue",
        venue,
        "What this venue is, and its limits",
        query=NEW_ENOUGH,
        needs_views=False,
    ),
    Route("POST", "/v1/auth/challenge", challenge, "32 bytes to sign", body=Challenge),
    Route("POST", "/v1/auth/session", open_session, "Log on", body=LogonBody),
    Route("POST", "/v1/auth/browser", open_browser_session, "Log on a browser", body=LogonBody),
    Route(
        "GET", "/v1/auth/session", show_session, "Who I am",
        needs_session=True, query=NEW_ENOUGH,
    ),
    Route("DELETE", "/v1/auth/session", end_session, "Log off", needs_session=True),
    Route("POST", "/v1/auth/ticket", ticket, "A word for a socket", needs_session=True),
    Route(
        "POST", "/v1/principals/invite", invite, "Invite a principal",
        scopes=("admin",), needs_session=True, op="principal.invite", body=Invite,
    ),
    Route("POST", "/v1/principals/enrol", enrol, "Turn an invitation into a key", body=Enrol),
]  # fmt: skip
