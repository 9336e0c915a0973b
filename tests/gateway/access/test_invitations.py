"""What no key could have is refused to who invites, by the checks of the enrolment itself."""

from typing import Any

import pytest

from gateway.access.invitations import Invite
from ledger.caller import Caller
from ledger.commands import EnrolPrincipal
from ledger.moment import Moment
from ledger.parties.principal import enrol_principal
from ledger.refusals import Refused
from ledger.register import Register
from tests.gateway.town import Town
from tests.signing_keys import public_key

BAD: list[dict[str, Any]] = [
    {"scopes": ["zzz"]},
    {"scopes": ["read", "read"]},
    {"signing": "sometimes"},
    {"ip_allow": ["zzz"]},
    {"ip_allow": ["203.0.113.0/24", "203.0.113.7/24"]},
    {"valid_to_ns": "1"},
]
SAID_BY_BOTH = set(Invite.__struct_fields__) & set(EnrolPrincipal.__struct_fields__)


def test_each_term_of_a_key_is_tried() -> None:
    free = {"label", "party"}  # any text; a party that is not there yet may be when it counts
    assert {name for members in BAD for name in members} == SAID_BY_BOTH - free


@pytest.mark.parametrize("members", BAD)
async def test_an_invitation_is_refused_as_the_enrolment_would_be(
    town: Town, members: dict[str, Any]
) -> None:
    body = {"holder": "Wu Ming", "scopes": ["read"], "party": "p-0002", **members}
    headers = town.signed("clerk", "principal.invite", body)
    status, told, _ = await town.ask(
        "POST", "/v1/principals/invite", token=await town.log_on("clerk"), body=body, **headers
    )
    inward = {"scopes": ["read"], **members}
    if "valid_to_ns" in inward:
        inward["valid_to_ns"] = int(inward["valid_to_ns"])
    command = EnrolPrincipal(
        party="p-0002", holder_sha256="A" * 43, public_key=public_key("new"), **inward
    )
    with pytest.raises(Refused) as refused:
        enrol_principal(Register(), command, Caller(), Moment(at_ns=town.clock.now_ns()))

    assert (status, told["code"]) == (400, "bad_field")
    assert told["field"] == refused.value.field == f"/{next(iter(members))}"
    assert told["detail"] == refused.value.detail
