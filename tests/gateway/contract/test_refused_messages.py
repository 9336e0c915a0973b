"""Messages that a socket refuses: each op times each id, and each member that is not taken so.

The reply bears the client's own id or null, never another's; it is what /asyncapi.json says of that
op's replies; and what the venue takes, the document takes.
"""

import json
from typing import Any

import pytest

from gateway.routes.system import socket_description
from gateway.settings import Limits
from gateway.socket import messages
from gateway.socket.inputs import CommandFailed
from gateway.socket.messages import COMMANDS, MEMBERS
from gateway.socket.outputs import SendRefusal
from ledger.refusals import Reason, Refused
from tests.gateway.contract.published import Published
from tests.gateway.socket.playbook import logged_on, raw, session_of

ASYNCAPI = Published(json.loads(socket_description(Limits()).body))
PAYLOADS = ASYNCAPI.document["components"]["messages"]
GOOD_IDS = ["0", "7", str(2**53 - 1), str(-(2**53) + 1), '""', '"a"', json.dumps("名" * 64)]
BAD_IDS = [  # as they are sent
    *(str(2**53), str(-(2**53)), "9" * 400, "1.0", "1e3", "NaN", "null", "true", "[]", "{}"),
    *('"' + "a" * 65 + '"', r'"\ud800"', "[0]", '{"id":0}'),
]


def refused(message: str) -> dict[str, Any]:
    """The refusal of a message, as it is sent."""
    sent = [
        each for each in logged_on(session_of()).protocol.receive(raw(message))
        if isinstance(each, SendRefusal)
    ]  # fmt: skip
    assert len(sent) == 1, message
    told: dict[str, Any] = json.loads(messages.refusal(sent[0], 7, 1))
    return told


def faults(told: dict[str, Any]) -> list[str]:
    name = f"{told['re']}.reply" if told["re"] in MEMBERS else "refusal"
    return ASYNCAPI.message_faults(name, told)


@pytest.mark.parametrize("op", [*MEMBERS, "nonsense"])
def test_an_id_that_cannot_be_read_is_null_in_its_reply(op: str) -> None:
    for number in BAD_IDS:
        told = refused(f'{{"op":"{op}","id":{number}}}')
        assert (told["re"], told["id"]) == (op, None), number
        assert faults(told) == [], number
    told = refused(f'{{"op":"{op}"}}')
    assert (told["id"], faults(told)) == (None, [])


@pytest.mark.parametrize("op", MEMBERS)
def test_an_id_that_can_be_read_is_sent_back(op: str) -> None:
    for number in GOOD_IDS:
        told = refused(f'{{"op":"{op}","id":{number},"colour":1}}')
        assert (told["re"], told["id"]) == (op, json.loads(number))
        assert faults(told) == []


@pytest.mark.parametrize("op", MEMBERS)
def test_what_the_document_forbids_is_refused(op: str) -> None:
    payload = PAYLOADS[op]["payload"]
    taken = PAYLOADS[op]["examples"][0]["payload"]
    members = set(payload["properties"]) - {"op", "id"}
    assert members == MEMBERS[op]
    for name in members:  # null is no way to leave a member out
        message = {**taken, name: None}
        assert ASYNCAPI.message_faults(op, message) != []
        assert refused(json.dumps(message))["error"]["field"] == f"/{name}"
    for name in set(payload["required"]) - {"op", "id", "key"}:  # a key is the engine's to miss
        message = {each: value for each, value in taken.items() if each != name}
        assert refused(json.dumps(message))["error"]["field"] == f"/{name}"


# --- where the fault is: a pointer into the message


@pytest.mark.parametrize("op", COMMANDS)
def test_a_field_of_the_engines_is_a_pointer_into_the_message(op: str) -> None:
    script = logged_on(session_of())
    script.protocol.receive(raw(f'{{"op":"{op}","id":1,"key":"k","args":{{"label":5}}}}'))
    no = Refused(Reason.bad_field, "No.", field="/label")
    (sent,) = script.protocol.receive(CommandFailed(1, no))

    assert isinstance(sent, SendRefusal)
    assert sent.problem["field"] == "/args/label"


def test_a_field_that_the_socket_finds_wrong_is_one_too() -> None:
    message = '{"op":"order.new","id":1,"key":"k","args":{"expires_ns":5}}'
    assert refused(message)["error"]["field"] == "/args/expires_ns"
