"""The venue's own people: who is admitted, what stands where, and the second signature."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.acting import act, digest_of, path_to, when, yuan
from gateway.cli.caller import Caller
from gateway.cli.figures import amount_minor
from gateway.cli.settings import Frame, framed

KINDS = click.Choice(["company", "public_body", "person"])
PAPERS = click.Choice(["invoice", "customs", "origin", "court", "donation"])


@click.group()
def operator() -> None:
    """The venue's offices: parties, sites, titles, papers, cash, and the second signature."""


@operator.command()
@click.argument("name")
@click.option(
    "--registration-no", required=True, metavar="NO", help="In its register of companies."
)
@click.option("--kind", type=KINDS, default="company", show_default=True)
@click.option("--jurisdiction", default="CN", show_default=True, metavar="CN")
@framed("venue", "me", "data", "acts")
def party(frame: Frame, name: str, registration_no: str, kind: str, jurisdiction: str) -> None:
    """Register a party under its legal NAME.

    \b
    Example:
      gpubourse operator party "Ningxia Helan Computing" --registration-no 91640500 --me clerk-1
    """
    args = {
        "legal_name": name,
        "kind": kind,
        "jurisdiction": jurisdiction,
        "registration_no": registration_no,
    }
    act(Caller(frame), "party.new", "/v1/parties", args, lambda done: f"{done['party']} is {name}.")


@operator.command()
@framed("venue", "me", "data")
def parties(frame: Frame) -> None:
    """List the parties with their tiers and roles.

    \b
    Example:
      gpubourse operator parties --me clerk-1
    """
    _list(
        frame,
        "/v1/parties",
        ("party", "legal_name", "kind", "kyc_tier", "roles"),
        "No party is registered yet.",
    )


@operator.command()
@click.argument("party")
@click.argument("role")
@click.option("--basis", default="admission", show_default=True, help="Why: a paper, a decision.")
@click.option("--revoke", is_flag=True, help="Take the role away.")
@framed("venue", "me", "data", "acts")
def role(frame: Frame, party: str, role: str, basis: str, revoke: bool) -> None:
    """Grant PARTY a ROLE: owner, operator, lessee, inspector, custodian, auditor … Takes two.

    \b
    Example:
      gpubourse operator role p-0002 owner --me clerk-1
    """
    verb = "revoke_role" if revoke else "grant_role"
    act(
        Caller(frame),
        f"party.{verb}",
        path_to("parties", party, verb),
        {"role": role, "basis": basis},
        lambda _: f"{party} {'is no longer' if revoke else 'is'} {role}.",
        party=party,
    )


@operator.command()
@click.argument("party")
@click.argument("kyc_tier", type=click.IntRange(0, 3), metavar="TIER")
@click.option(
    "--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Its digest is kept."
)
@framed("venue", "me", "data", "acts")
def tier(frame: Frame, party: str, kyc_tier: int, evidence: Path | None) -> None:
    """Set how well PARTY is known: TIER 0 to 3. 2 may trade title; 3 takes two.

    \b
    Example:
      gpubourse operator tier p-0002 2 --evidence licence.pdf --me clerk-1
    """
    args: dict[str, Any] = {"kyc_tier": kyc_tier}
    if evidence:
        args["evidence_sha256"] = digest_of(evidence)
    act(
        Caller(frame),
        "party.tier",
        path_to("parties", party, "tier"),
        args,
        lambda _: f"{party} has tier {kyc_tier}.",
        party=party,
    )


@operator.command()
@click.argument("name")
@click.option("--point", required=True, metavar="CN-BJ", help="Its delivery point.")
@click.option("--operator", "party", default="", metavar="PARTY", help="By default whoever signs.")
@click.option("--status", default="live", show_default=True)
@framed("venue", "me", "data", "acts")
def site(frame: Frame, name: str, point: str, party: str, status: str) -> None:
    """Register a data centre under its NAME.

    \b
    Example:
      gpubourse operator site "Beijing West Hall" --point CN-BJ --operator p-0002 --me clerk-1
    """
    args = {"name": name, "delivery_point": point, "status": status}
    if party:
        args["operator"] = party
    act(
        Caller(frame),
        "site.new",
        "/v1/sites",
        args,
        lambda done: f"{done['site']} is {name}, at {point}.",
    )


@operator.command()
@click.argument("things", nargs=-1, required=True, metavar="NODE…")
@click.option("--holder", default="", metavar="PARTY", help="By default whoever signs.")
@click.option("--document", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--basis", type=click.Choice(["opening", "invoice", "court"]), default="opening")
@framed("venue", "me", "data", "acts")
def title(
    frame: Frame, things: tuple[str, ...], holder: str, document: Path | None, basis: str
) -> None:
    """Ask for title to NODE (or single units): the registrant asks, a clerk grants.

    Things without papers take two clerks.

    \b
    Example:
      gpubourse operator title n-0001 --me seller
    """
    caller = Caller(frame)
    args: dict[str, Any] = {"things": list(things), "basis": basis}
    if holder:
        args["holder"] = holder
    if document:
        args["document_sha256"] = digest_of(document)
    act(
        caller,
        "title.issue",
        "/v1/titles/issue",
        args,
        lambda _: f"{holder or caller.party} has title to {', '.join(things)}.",
        before=f"{holder or caller.party} asks for title to {', '.join(things)} ({basis}).",
    )


@operator.group()
def provenance() -> None:
    """Papers that say where a card comes from: filed by its owner, verified by compliance."""


@provenance.command("file")
@click.argument("thing", metavar="NODE")
@click.option("--kind", type=PAPERS, required=True)
@click.option("--document", type=click.Path(path_type=Path), required=True, metavar="FILE")
@click.option("--names-serial/--no-serial", default=True, help="Whether it names the serial.")
@click.option("--from", "from_name", default="", metavar="NAME", help="Who issued or sold.")
@framed("venue", "me", "data", "acts")
def file_(
    frame: Frame, thing: str, kind: str, document: Path, names_serial: bool, from_name: str
) -> None:
    """File a paper for NODE (each of its units) or one unit. Only its digest is sent.

    \b
    Example:
      gpubourse operator provenance file n-0001 --kind invoice --document inv.pdf --me seller
    """
    args = {
        "kind": kind,
        "document_sha256": digest_of(document),
        "names_serial": names_serial,
        "from_name": from_name,
    }
    act(
        Caller(frame),
        "unit.file_provenance",
        path_to("units", thing, "file_provenance"),
        args,
        lambda done: f"Filed for {len(done.get('units', [thing]))} units: it waits to be verified.",
        unit=thing,
    )


@provenance.command()
@click.argument("thing", metavar="NODE")
@click.option("--document", type=click.Path(path_type=Path), required=True, metavar="FILE")
@framed("venue", "me", "data", "acts")
def verify(frame: Frame, thing: str, document: Path) -> None:
    """Verify a filed paper of NODE: compliance or an inspector has seen the paper itself.

    \b
    Example:
      gpubourse operator provenance verify n-0001 --document inv.pdf --me clerk-1
    """
    act(
        Caller(frame),
        "unit.verify_provenance",
        path_to("units", thing, "verify_provenance"),
        {"document_sha256": digest_of(document)},
        _provenances,
        unit=thing,
    )


def _provenances(done: dict[str, Any]) -> str:
    graded = done.get("provenance", {})
    gaps = sorted({gap for missing in done.get("gaps", {}).values() for gap in missing})
    levels = ", ".join(f"{unit} {level}" for unit, level in graded.items()) or "nothing new"
    return f"Verified: {levels}." + (f" Missing for P1: {', '.join(gaps)}." if gaps else "")


@operator.command()
@click.argument("party")
@click.argument("amount", metavar="YUAN")
@click.option("--reference", required=True, metavar="REF", help="The bank's; it counts once.")
@framed("venue", "me", "data", "acts")
def deposit(frame: Frame, party: str, amount: str, reference: str) -> None:
    """Record cash that came in for PARTY.

    \b
    Example:
      gpubourse operator deposit p-0003 1000000 --reference BANK-7781 --me clerk-1
    """
    caller = Caller(frame)
    minor = amount_minor(amount, caller.venue.get("minor_digits", 2))
    act(
        caller,
        "deposit.new",
        "/v1/deposits",
        {"party": party, "amount_minor": minor, "reference": reference},
        lambda done: f"{done['entry']}: {yuan(caller, minor)} is available to {party}.",
        before=f"{party} receives {yuan(caller, minor)}, by the bank's {reference}.",
    )


@operator.group()
def withdrawal() -> None:
    """Cash that goes out: asked by its owner, confirmed or refused by the cashier."""


@withdrawal.command()
@click.argument("amount", metavar="YUAN")
@click.option("--to", "to_account", default="", metavar="ACCOUNT", help="Where the bank sends it.")
@framed("venue", "me", "data", "acts")
def ask(frame: Frame, amount: str, to_account: str) -> None:
    """Ask for own cash to be paid out. A large amount takes a second signature.

    \b
    Example:
      gpubourse operator withdrawal ask 500000 --to "ICBC 6222 0202" --me seller
    """
    caller = Caller(frame)
    minor = amount_minor(amount, caller.venue.get("minor_digits", 2))
    act(
        caller,
        "withdrawal.new",
        "/v1/withdrawals",
        {"amount_minor": minor, "to_account": to_account},
        lambda done: f"{done['payment']}: {yuan(caller, minor)} waits for the cashier.",
        before=f"{caller.party} withdraws {yuan(caller, minor)}: no longer available from now on.",
    )


@withdrawal.command()
@click.argument("payment")
@click.option("--reference", required=True, metavar="REF", help="The bank's.")
@framed("venue", "me", "data", "acts")
def confirm(frame: Frame, payment: str, reference: str) -> None:
    """Confirm that the bank has paid PAYMENT.

    \b
    Example:
      gpubourse operator withdrawal confirm y-000001 --reference BANK-9 --me clerk-1
    """
    act(
        Caller(frame),
        "withdrawal.confirm",
        path_to("withdrawals", payment, "confirm"),
        {"payer_reference": reference},
        lambda _: f"{payment} is paid.",
        before=f"{payment} has left the bank by {reference}.",
        payment=payment,
    )


@withdrawal.command()
@click.argument("payment")
@click.option("--reason", required=True)
@framed("venue", "me", "data", "acts")
def refuse(frame: Frame, payment: str, reason: str) -> None:
    """Say that PAYMENT was not paid: the cash is available again.

    \b
    Example:
      gpubourse operator withdrawal refuse y-000001 --reason "no such account" --me clerk-1
    """
    act(
        Caller(frame),
        "withdrawal.refuse",
        path_to("withdrawals", payment, "refuse"),
        {"reason": reason},
        lambda _: f"{payment} is refused; the cash is available again.",
        payment=payment,
    )


@operator.command()
@click.argument("market")
@framed("venue", "me", "data", "acts")
def instrument(frame: Frame, market: str) -> None:
    """List MARKET by hand, where the calendar has not done so yet. Takes two.

    \b
    Example:
      gpubourse operator instrument T.H100SXM8.A1.CN-BJ --me clerk-1
    """
    act(
        Caller(frame),
        "instrument.new",
        "/v1/instruments",
        {"market": market},
        lambda _: f"{market} is listed.",
    )


@operator.command()
@click.option("--state", default="waiting", show_default=True, help="waiting, approved, rejected …")
@framed("venue", "me", "data")
def proposals(frame: Frame, state: str) -> None:
    """List what waits for a second signature.

    \b
    Example:
      gpubourse operator proposals --me clerk-2
    """
    caller = Caller(frame)
    caller.must_have_key()
    found = list(caller.rows("/v1/proposals", state=state))
    frame.voice.document({"position": caller.position, "rows": found, "next": None})
    if not found:
        frame.voice.say(f"No proposal is {state}.")
        return
    frame.voice.table(
        ("proposal", "op", "by", "args", "needs", "until"),
        [
            (
                row["proposal"],
                row["op"],
                f"{row['party']} {row['principal']}",
                row["args"],
                ", ".join(row["needs"]),
                when(caller, row["expires_ns"]),
            )
            for row in found
        ],
    )


def _verdict(name: str, help_: str, done: str) -> None:
    """`approve`, `reject` and `withdraw` differ by a word."""

    @operator.command(name, help=help_)
    @click.argument("proposal")
    @framed("venue", "me", "data", "acts")
    def verdict(frame: Frame, proposal: str) -> None:
        act(
            Caller(frame),
            f"proposal.{name}",
            path_to("proposals", proposal, name),
            {},
            lambda result: (
                f"{proposal} still waits for another signature."
                if result.get("state") == "waiting"
                else f"{proposal} is {done}." + _outcome(result.get("outcome"))
            ),
            proposal=proposal,
        )


def _outcome(outcome: dict[str, Any] | None) -> str:
    """What the approved command did, in its result's own members."""
    return "".join(f" {name}: {_plain(value)}." for name, value in (outcome or {}).items())


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(map(_plain, value.values()))
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


_verdict(
    "approve",
    "Sign PROPOSAL as the second person; it is judged and done in the same moment.\n\n\b\n"
    "Example:\n  gpubourse operator approve z-000001 --me clerk-2",
    "approved and done",
)
_verdict(
    "reject",
    "Say no to PROPOSAL.\n\n\b\nExample:\n  gpubourse operator reject z-000001 --me clerk-2",
    "rejected",
)
_verdict(
    "withdraw",
    "Take one's own PROPOSAL back.\n\n\b\nExample:\n"
    "  gpubourse operator withdraw z-000001 --me seller",
    "withdrawn",
)


@operator.command()
@framed("venue", "me", "data")
def status(frame: Frame) -> None:
    """Say what the venue is, and whether it is ready.

    \b
    Example:
      gpubourse operator status
    """
    caller = Caller(frame)
    found = caller.get("/v1/venue")
    frame.voice.document(found)
    venue = found["result"]
    frame.voice.say(
        f"{venue['venue']} ({venue['kind']}, {venue['currency']}, {venue['zone']}) stands at "
        f"position {found['position']:,}, {when(caller, found['at_ns'])}."
    )


def _list(frame: Frame, path: str, members: tuple[str, ...], none: str) -> None:
    caller = Caller(frame)
    caller.must_have_key()
    found = list(caller.rows(path))
    frame.voice.document({"position": caller.position, "rows": found, "next": None})
    if not found:
        frame.voice.say(none)
        return
    frame.voice.table(members, [[_plain(row.get(member)) for member in members] for row in found])
