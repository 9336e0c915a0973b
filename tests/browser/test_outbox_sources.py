"""No act of the page goes round the outbox, and each is sent as the venue takes it."""

import re

from exchange.ops import OPS
from ledger.ids import VENUE_PARTY
from ledger.op import NOBODY, Rest
from tests.browser.words import CONSOLE, modules

COMMAND = re.compile(
    r'"([a-z_]+\.[a-z_]+)": \{ method: "(\w+)", path: "([^"]+)"(, isRaw: true)? \}'
)
WRITES = re.compile(r'request\(\s*"(POST|PUT|PATCH|DELETE)",\s*["`]([^"`]+)')
IMPORTED = re.compile(r'import \{([^}]*)\} from "\.\./wire/(\w+)\.js"')
IN_A_VIEW = {  # of what could act; the other modules of wire/ only tell
    "seat": {"may", "seated", "seats", "pendingKeys"},
    "rest": {"list", "listed", "read", "problemKind", "Problem"},
    "commands": {"look", "party"},
    "outbox": {"press", "isWaiting", "waiting", "unanswered"},
    "socket": {"line", "listen"},
}

# Who may do what, by file: the way from a press to the network is this one, and no other.
ONLY_IN = {
    r"\bfetch\(": {"wire/rest.js", "core/words.js"},
    r"\bXMLHttpRequest\b|\bsendBeacon\b": set(),
    r"\bnew WebSocket\(": {"wire/socket.js"},
    r"\bsign\(": {"wire/commands.js", "wire/seat.js", "core/signing.js"},
    r"\bsendCommand\(": {"wire/commands.js", "wire/outbox.js"},
    r"\b(local|session)Storage\b": {"core/kept.js", "first.js"},  # which may be forbidden
    r"Idempotency-Key": {"wire/commands.js"},
    r"\bnewKey\(": {"wire/commands.js", "wire/outbox.js", "core/signing.js"},
    r"(?<!locks\.)\brequest\(": {"wire/rest.js", "wire/seat.js", "wire/commands.js"},
    r"\b(enrol|rise|sit)\(": {"wire/acts.js", "wire/seat.js", "main.js"},
}
LOG_ON = {  # what a seat sends that is no command: it is done by acts of the outbox, too
    ("POST", "/v1/principals/enrol"),
    ("POST", "/v1/auth/challenge"),
    ("POST", "/v1/auth/session"),
    ("DELETE", "/v1/auth/session"),
    ("POST", "/v1/auth/ticket"),
}
SAID_ON_A_SOCKET = {"logon", "subscribe", "unsubscribe"}


def sources() -> dict[str, str]:
    """Every module by its path, without its comments."""
    found = {}
    for path in modules():
        text = path.read_text("utf-8")
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        found[path.relative_to(CONSOLE).as_posix()] = re.sub(r"(?m)(^|\s)//.*$", "", text)
    return found


def test_only_the_outbox_sends_what_is_done() -> None:
    wrong = {
        pattern: strangers
        for pattern, allowed in ONLY_IN.items()
        if (
            strangers := {name for name, text in sources().items() if re.search(pattern, text)}
            - allowed
        )
    }
    assert not wrong


def test_what_is_sent_beside_commands_is_the_log_on() -> None:
    written = {
        found for text in sources().values() for found in WRITES.findall(text)
    }  # by its literal method: a command's comes from the table
    assert written == LOG_ON


def test_the_socket_asks_and_never_acts() -> None:
    said = re.findall(r'\bop: "(\w+)"', sources()["wire/socket.js"])
    assert set(said) == SAID_ON_A_SOCKET


def test_each_command_is_sent_as_the_venue_takes_it() -> None:
    commands = COMMAND.findall(sources()["wire/acts.js"])
    named = set(re.findall(r'command\("([a-z_.]+)"', sources()["wire/acts.js"]))

    assert {op for op, *_ in commands} == named
    for op, method, path, is_raw in commands:
        route = OPS[op].route
        assert isinstance(route, Rest)
        assert (route.method, route.path) == (method, path), op
        assert not is_raw or route.with_report, op


def test_every_act_has_a_word_for_itself_and_for_its_end() -> None:
    text = sources()
    ops = {op for op, *_ in COMMAND.findall(text["wire/acts.js"])}
    ops |= set(re.findall(r'own\("(\w+)"', text["wire/acts.js"]))
    ends = set(re.findall(r'^  "?([a-z_.]+)"?:', text["views/outcome.js"], re.MULTILINE))

    assert ops <= ends, ops - ends


def test_a_key_that_waits_is_asked_for_under_the_party_whose_keys_wait() -> None:
    told = re.findall(r'const VENUE_PARTY = "([^"]+)"', sources()["wire/seat.js"])
    assert told == [VENUE_PARTY]


def ops_that_may_wait() -> set[str]:
    """The page's own acts, by their ops, whose reply may be a proposal that waits."""
    pressed = set(re.findall(r'command\("([a-z_.]+)"', sources()["wire/acts.js"]))
    beside = {path for _, path in LOG_ON}
    pressed |= {op for op, row in OPS.items() if getattr(row.route, "path", "") in beside}
    return {op for op in pressed if OPS[op].second is not NOBODY}


def test_a_view_has_nothing_else_in_its_hands() -> None:
    """A view names an intent and hands it to the outbox; else it reads."""
    wrong = []
    for name, text in sources().items():
        for names, module in IMPORTED.findall(text) if name.startswith("views/") else ():
            taken = {each.split(" as ")[0].strip() for each in names.split(",")} - {""}
            strangers = taken - IN_A_VIEW[module] if module in IN_A_VIEW else set()
            wrong += [f"{name} takes {each} of {module}" for each in sorted(strangers)]
    assert not wrong
