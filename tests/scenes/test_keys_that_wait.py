"""A clerk's key waits for another administrator: it is kept until then, and signs afterwards."""

import ast
import json
from pathlib import Path

import pytest

from exchange.ops import OPS
from ledger.op import NOBODY
from tests.scenes.stage import Stage

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
CLAIMS = "import.new"  # its result says itself which proposal its claim is: it is done besides


def _invited(stage: Stage, holder: str) -> str:
    told = stage.line(
        "keys", "invite", "p-0001", "--holder", holder, "--scopes", "read,operate", "--yes",
        me="clerk-2",
    ).output  # fmt: skip
    assert "It serves once, until " in told
    address = (stage.data / "address").read_text("utf-8").strip().rstrip("/")
    assert f"--venue {address}" in told
    return told.partition("keys enrol ")[2].split()[0]


def test_a_key_of_the_venue_waits_and_is_in_use_where_it_lies_once_it_is_approved(
    stage: Stage,
) -> None:
    code = _invited(stage, "Zhao Liu")

    told = stage.line("keys", "enrol", code, "--name", "clerk-3").output

    assert "waits for another administrator of the venue" in told
    assert "by a clerk other than who made the invitation" in told
    proposal = told.split()[0]
    assert f"waits as {proposal}" in stage.line("keys", "list").output
    assert proposal in stage.line("status", me="clerk-3", code=3).output
    early = stage.line("keys", "enrol", "k-0099", "--name", "clerk-3", code=3).output
    assert "is not approved yet" in early

    told = stage.line("operator", "approve", proposal, me="clerk-1").output
    assert "It is in use here: say --me clerk-3." in told
    assert "You are clerk-3" in stage.line("status", me="clerk-3").output


def test_a_key_that_was_approved_elsewhere_is_in_use_by_its_number(stage: Stage) -> None:
    code = _invited(stage, "Zhao Liu")
    reply = json.loads(stage.line("keys", "enrol", code, "--name", "far", "--json").stdout)
    away, path = stage.folder / "away", stage.data / "keys" / "far"
    path.rename(away)
    approved = stage.line("operator", "approve", reply["result"]["proposal"], me="clerk-1").output
    assert "Tell its holder: `gpubourse keys enrol k-" in approved
    principal = approved.partition("keys enrol ")[2].split()[0]
    away.rename(path)

    told = stage.line("keys", "enrol", principal, "--name", "far").output

    assert f"{principal} acts for p-0001 (read, operate): say --me far." in told
    assert "You are far" in stage.line("status", me="far").output
    assert "already" in stage.line("keys", "enrol", principal, "--name", "far", code=2).output


def test_keys_new_for_the_venue_names_the_other_clerk(stage: Stage) -> None:
    told = stage.line(
        "keys", "new", "clerk-5", "--party", "p-0001", "--holder", "Ai", me="clerk-1"
    ).output
    assert "operator approve z-000001 --me clerk-2" in told
    assert (stage.data / "keys" / "clerk-5").exists()


def _may_wait() -> set[str]:
    """Every op that may become a proposal; an import claims title, which is one."""
    return {name for name, op in OPS.items() if op.second is not NOBODY} | {CLAIMS}


def _sends(tree: ast.AST) -> list[tuple[ast.FunctionDef, str]]:
    """(function, op) of every command in a file that goes out without `act`."""
    named = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    found = []
    for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            verb = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if verb not in ("command", "upload", "send") or not call.args:
                continue
            first = call.args[0]
            op = first.value if isinstance(first, ast.Constant) else ""
            if isinstance(first, ast.Name):
                op = named.get(first.id, "")
            op = "principal.enrol" if op == "/v1/principals/enrol" else op
            is_dry = '"dry_run"' in ast.unparse(call).replace("'", '"')
            if op and not is_dry:
                found.append((function, str(op)))
    return found


def test_whoever_sends_what_may_wait_looks_whether_it_does() -> None:
    """`act` looks by itself; every other place that sends such an op must read its proposal."""
    waiting, met = _may_wait(), []
    for path in sorted((ROOT / "gateway" / "cli").rglob("*.py")):
        text = path.read_text("utf-8")
        for function, op in _sends(ast.parse(text)):
            if op not in waiting:
                continue
            met.append(op)
            reads = "is_waiting(" in text or 'proposal"' in text
            assert reads, f"{path.name}: {function.name} sends {op} and takes its reply as done"
    assert {"principal.enrol", "title.issue", CLAIMS} <= set(met)
    assert len(met) >= 4, met
