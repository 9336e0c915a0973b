"""The page's proofs against the formats' own vectors, and against trees of every small size."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Page

from ledger.base64url import padded64, text64
from ledger.log.merkle import leaf_hash
from ledger.log.tile_tree import TileTree
from tests.browser.test_modules import told
from tests.house.sources import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VECTORS = ROOT / "docs" / "vectors"
RECEIPT = (VECTORS / "log_200.tlog-proof").read_text("utf-8")
KEY = (VECTORS / "log_key.txt").read_text("utf-8")
JUDGED = """(async () => {
  const receipt = m.readReceipt(a[0]);
  const key = await m.readLogKey(a[1]);
  if (!receipt?.head || !key) return [Boolean(receipt), Boolean(receipt?.head), Boolean(key)];
  return [await m.isInTree(receipt), await m.isHeadSigned(receipt.head, key)];
})()"""


async def judged(page: Page, receipt: str = RECEIPT, key: str = KEY) -> Any:
    """[in the tree, signed]; of a text that is none: which of receipt, head, key could be read."""
    return await told(page, "log_proof", JUDGED, receipt, key)


async def test_the_vectors_receipt_holds_under_the_vectors_key(modules: Page) -> None:
    assert await judged(modules) == [True, True]


async def test_one_character_of_a_receipt_or_key_makes_it_none(modules: Page) -> None:
    """Each line is spoiled in its middle: but for the lines of other kinds of signature."""
    lines = RECEIPT.split("\n")
    spoiled = 0
    for number, line in enumerate(lines):
        is_ours = not line.startswith("—") or len(line) < 300  # else it is the ML-DSA-44 line
        if not line or not is_ours:
            continue
        at = len(line) // 2
        changed = line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]
        text = "\n".join([*lines[:number], changed, *lines[number + 1 :]])
        assert await judged(modules, text) != [True, True], line[:40]
        spoiled += 1
    assert spoiled >= 10
    first, rest = KEY.split("\n", 1)
    name, key_id, key = first.split("+", 2)
    for other in (
        f"{name}x+{key_id}+{key}",
        f"{name}+00000000+{key}",
        f"{name}+{key_id}+{key[4:]}",
    ):
        assert await judged(modules, key=f"{other}\n{rest}") == [True, True, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("@v1", "@v2"),
        lambda text: text.replace("extra ", "other "),
        lambda text: text.replace("index ", "index 0"),
        lambda text: re.sub("index .*", "index -1", text),
        lambda text: re.sub("index .*", "index 1e2", text),
        lambda text: text.replace("\n\n", "\n" + "A" * 43 + "=\n" * 65 + "\n", 1),
        lambda text: text.split("\n\n")[0],
        lambda text: text.rstrip("\n"),
        lambda _: "",
    ],
)
async def test_what_is_no_receipt_is_never_believed(modules: Page, change: Any) -> None:
    text = change(RECEIPT)
    assert text != RECEIPT
    assert await judged(modules, text) != [True, True]


async def test_a_head_that_its_key_signed_twice_or_for_another_log_is_not_believed(
    modules: Page,
) -> None:
    own = next(line for line in RECEIPT.split("\n") if line.startswith("—") and len(line) < 300)
    assert await judged(modules, RECEIPT + own + "\n") == [True, False]
    origin = own.split(" ")[1]
    assert await judged(modules, RECEIPT.replace(f"\n\n{origin}\n", "\n\nanother/log\n")) == [
        True,
        False,
    ]


async def test_in_trees_of_every_small_size_an_entry_stands_where_it_stands(modules: Page) -> None:
    """Over each size and place: the proof holds there, and at no other place or size."""
    sizes = range(1, 18)
    cases = []
    for size in sizes:
        hashes = [leaf_hash(b"%d" % number) for number in range(size)]
        tree = TileTree(size, lambda _, hashes=hashes: b"".join(hashes))
        root = tree.root()
        for index in range(size):
            proof = [padded64(each) for each in tree.inclusion_proof(index)]
            cases.append([size, index, proof, padded64(root)])
    script = """(async () => {
      const raw = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
      const wrong = [];
      let held = 0;
      for (const [size, index, proof, root] of a[0]) {
        const hashes = proof.map(raw);
        const entry = new TextEncoder().encode(String(index));
        for (const [n, place] of [[size, index], [size, index + 1], [size, index - 1],
                                  [size * 2 + 1, index]]) {
          const head = { size: n, root: raw(root) };
          const is = await m.isInTree({ entry, leafIndex: place, proof: hashes, head });
          const wanted = n === size && place === index;
          if (is !== wanted) wrong.push([size, index, n, place]);
          held += is;
        }
      }
      return { wrong, held };
    })()"""
    answer = await told(modules, "log_proof", script, cases)
    assert answer == {"wrong": [], "held": sum(sizes)}


async def test_no_number_of_a_stored_event_is_rounded(modules: Page) -> None:
    texts = {
        '{"at_ns":1796090400000000001}': {"at_ns": "1796090400000000001"},
        '{"value":-9223372036854775808,"lots":-3}': {"value": "-9223372036854775808", "lots": -3},
        '{"label":"at_ns\\":12345678901234567890","n":[1,12345678901234567]}': {
            "label": 'at_ns":12345678901234567890',
            "n": [1, "12345678901234567"],
        },
        '{"text":"\\\\","n":9007199254740993}': {"text": "\\", "n": "9007199254740993"},
        '{"broken"': None,
    }
    for text, value in texts.items():
        assert await told(modules, "stored", "m.stored(a[0])", text) == value


ASKED = """(async () => {
  const away = new Error("no log");
  const first = { position: 5, entry: "", receipt: away, event: { command_sha256: a[1] } };
  const enrolment = { position: a[3], topic: a[4], receipt: away, event: a[2] };
  const command = { first_position: 5, ...a[0] };
  const row = { position: 6, entry: "", receipt: away, event: { cause: 5 } };
  const evidence = { position: 6, row, first, command, enrolment, logKey: away };
  const checks = await m.judge(evidence);
  return Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
})()"""


async def test_the_vectors_command_holds_and_nothing_near_it(modules: Page) -> None:
    vector = json.loads((VECTORS / "signing.json").read_text("utf-8"))
    command, logon, public_key = vector["command"], vector["logon"], vector["public_key"]
    document = {name: command["document"][name] for name in ("op", "party", "principal", "key")}
    signed = document | {"public_key": public_key, "session": logon["session"]}
    signed |= {name: command[name] for name in ("signed", "signature")}
    opened = {name: logon[name] for name in ("signed", "signature")}
    enrolled = {"principal": "k-0107", "public_key": public_key}
    digest = command["command_sha256"]

    async def verdicts(
        command: dict[str, Any],
        event: dict[str, Any] = enrolled,
        at: int = 2,
        topic: str = "principal_enrolled",
    ) -> dict[str, str]:
        told_of_it = await told(modules, "judgement", ASKED, command, digest, event, at, topic)
        assert {told_of_it.pop(name) for name in ("stored", "included", "head")} == {"unknown"}
        return dict(told_of_it)

    right = dict.fromkeys(("command", "document", "signature", "enrolled"), "right")
    assert await verdicts(signed) == right
    on_a_session = signed | {"signature": "", "logon": opened}
    assert await verdicts(on_a_session) == right
    other_key = text64(bytes(32))
    for change, wrong in (
        ({"signed": command["signed"].replace("1035", "1036")}, {"command", "signature"}),
        ({"signature": logon["signature"]}, {"signature"}),
        ({"signature": ""}, {"signature"}),
        ({"signature": "not base64!"}, {"signature"}),
        ({"principal": "k-0108"}, {"document", "enrolled"}),
        ({"op": "order.amend"}, {"document"}),
        ({"first_position": 4}, {"command"}),
        ({"public_key": other_key}, {"signature", "enrolled"}),
        ({"by": "engine"}, {"command"}),
    ):
        found = await verdicts(signed | change)
        assert {name for name, verdict in found.items() if verdict != "right"} == wrong, change
    for change, wrong in (
        ({"session": other_key}, {"signature"}),
        ({"logon": opened | {"signature": command["signature"]}}, {"signature"}),
        ({"logon": {"signed": command["signed"], "signature": signed["signature"]}}, {"signature"}),
    ):
        found = await verdicts(on_a_session | change)
        assert {name for name, verdict in found.items() if verdict != "right"} == wrong, change
    for enrolment in (
        (enrolled | {"public_key": other_key},),
        (enrolled | {"principal": "k-0108"},),
        (enrolled, 5),  # not before the command
        (enrolled, 2, "principal_revoked"),
    ):
        assert await verdicts(signed, *enrolment) == right | {"enrolled": "wrong"}


async def test_what_is_not_there_is_never_right(modules: Page) -> None:
    script = "[m.worst([]), m.worst(a[0]), m.worst(a[1]), m.worst(a[2])]"
    of = [[{"verdict": each} for each in names] for names in (
        ("right", "right"), ("right", "unknown"), ("unknown", "wrong", "right"),
    )]  # fmt: skip
    assert await told(modules, "judgement", script, *of) == ["unknown", "right", "unknown", "wrong"]
