"""The venue's offices: who is admitted and what stands where; the other offices join in here."""

from pathlib import Path
from typing import Any, get_args

import click

from gateway.cli.confirmed_act import act, digest_of, path_to, plain, when
from gateway.cli.exit_codes import UNAVAILABLE
from gateway.cli.nearest import did_you_mean
from gateway.cli.offices.cashier import deposit, reverse_deposit, withdrawal
from gateway.cli.offices.lost_entries import accept_loss
from gateway.cli.offices.models import adopt, model, models
from gateway.cli.offices.node_site import node_site
from gateway.cli.offices.papers import provenance, title
from gateway.cli.offices.proposals import approve, proposals, reject, withdraw
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller
from ledger.words import SiteStatus

KINDS = click.Choice(["company", "public_body"])
STATUSES = click.Choice(get_args(SiteStatus))


@click.group()
def operator() -> None:
    """The venue's offices: parties, sites, titles, papers, cash, and the second signature.

    A seller's own verbs stand here, too: site, node-site, title, provenance file,
    withdrawal ask.
    """


for _verb in (
    *(title, provenance, deposit, reverse_deposit, withdrawal),
    *(proposals, approve, reject, withdraw),
    *(models, model, adopt, node_site, accept_loss),
):
    operator.add_command(_verb)


@operator.command()
@click.argument("name")
@click.option(
    "--registration-no", required=True, metavar="NO", help="In its register of companies."
)
@click.option("--kind", type=KINDS, default="company", show_default=True)
@click.option("--jurisdiction", default="CN", show_default=True, metavar="CN")
@with_context("venue", "me", "data", "acts")
def party(
    context: VerbContext, name: str, registration_no: str, kind: str, jurisdiction: str
) -> None:
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
    act(
        VenueCaller(context),
        "party.new",
        "/v1/parties",
        args,
        lambda done: f"{done['party']} is {name}.",
        then=lambda done: (
            context.line("operator", "tier", done["party"], "2"),
            context.line("operator", "role", done["party"], "ROLE"),
            context.line(
                *("keys", "invite", done["party"], "--holder", "PERSON"),
                *("--scopes", "read,seller,trade"),
            ),
        ),
    )


@operator.command()
@click.argument("settlement")
@click.option("--reason", required=True, help="What was not delivered, or differs.")
@with_context("venue", "me", "data", "acts")
def fail(context: VerbContext, settlement: str, reason: str) -> None:
    """Fail SETTLEMENT: three days to deliver after all, then the buyer's cash goes back.

    \b
    Example:
      gpubourse operator fail x-000031 --reason "one card differs" --me clerk-1
    """
    act(
        VenueCaller(context),
        "settlement.fail",
        path_to("settlements", settlement, "fail"),
        {"reason": reason},
        lambda _: f"{settlement} has failed: the seller may cure it for three days.",
        before=f"{settlement} fails; uncured, the buyer's cash goes back and the title stays.",
        settlement=settlement,
    )


@operator.command()
@with_context("venue", "me", "data")
def parties(context: VerbContext) -> None:
    """List the parties with their tiers and roles.

    \b
    Example:
      gpubourse operator parties --me clerk-1
    """
    _list(
        context,
        "/v1/parties",
        ("party", "legal_name", "kind", "kyc_tier", "roles"),
        "No party is registered yet.",
    )


@operator.command()
@click.argument("party")
@click.argument("role")
@click.option("--basis", default="admission", show_default=True, help="Why: a paper, a decision.")
@click.option("--revoke", is_flag=True, help="Take the role away.")
@with_context("venue", "me", "data", "acts")
def role(context: VerbContext, party: str, role: str, basis: str, revoke: bool) -> None:
    """Grant PARTY a ROLE: owner, operator, lessee, inspector, custodian, auditor … Takes two.

    \b
    Example:
      gpubourse operator role p-0002 owner --me clerk-1
    """
    verb = "revoke_role" if revoke else "grant_role"
    act(
        VenueCaller(context),
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
@with_context("venue", "me", "data", "acts")
def tier(context: VerbContext, party: str, kyc_tier: int, evidence: Path | None) -> None:
    """Set how well PARTY is known: TIER 0 to 3. 2 may trade title; 3 takes two.

    \b
    Example:
      gpubourse operator tier p-0002 2 --evidence licence.pdf --me clerk-1
    """
    args: dict[str, Any] = {"kyc_tier": kyc_tier}
    if evidence:
        args["evidence_sha256"] = digest_of(evidence)
    act(
        VenueCaller(context),
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
@click.option("--status", type=STATUSES, default="live", show_default=True)
@with_context("venue", "me", "data", "acts")
def site(context: VerbContext, name: str, point: str, party: str, status: str) -> None:
    """Register a data centre under its NAME.

    A delivery point has markets of its own. One at which no data centre stands yet, or a name that
    one has already, is asked about first: `sites --all` lists those that there are.

    \b
    Example:
      gpubourse operator site "Beijing West Hall" --point CN-BJ --operator p-0002 --me clerk-1
    """
    args = {"name": name, "delivery_point": point, "status": status}
    if party:
        args["operator"] = party
    caller = VenueCaller(context)
    act(
        caller,
        "site.new",
        "/v1/sites",
        args,
        lambda done: f"{done['site']} is {name}, at {point}.",
        before=_new_site_words(caller, name, point),
        turn=lambda done: (
            "Whoever owns servers there registers them: "
            + context.line("import", "FILE", "--site", done["site"], me="OWNER")
        ),
    )


def _new_site_words(caller: VenueCaller, name: str, point: str) -> str:
    """What a slip in a name or a delivery point would found beside what is there; "" if nothing."""
    caller.must_have_key_file()
    there = list(caller.rows("/v1/site_directory"))
    words = [
        f"{row['site']} at {row['delivery_point']} is called {row['name']} already"
        for row in there
        if str(row["name"]).casefold() == name.casefold()
    ][:1]
    points = sorted({str(row["delivery_point"]) for row in there})
    if points and point not in points:
        words.append(
            f"no data centre stands at {point} yet: it begins with markets of its own. The points "
            f"so far: {', '.join(points)}. {did_you_mean(point, points)}".strip()
        )
    return "; ".join(words) and f"a data centre {name} at {point}; {'; '.join(words)}"


@operator.command()
@click.argument("market")
@with_context("venue", "me", "data", "acts")
def instrument(context: VerbContext, market: str) -> None:
    """List MARKET by hand, where the calendar has not done so yet. Takes two.

    \b
    Example:
      gpubourse operator instrument T.H100SXM8.A1.CN-BJ --me clerk-1
    """
    act(
        VenueCaller(context),
        "instrument.new",
        "/v1/instruments",
        {"market": market},
        lambda _: f"{market} is listed.",
    )


@operator.command()
@with_context("venue", "me", "data")
def status(context: VerbContext) -> None:
    """Say what the venue is, and whether it is ready; ends 5 if it is not.

    \b
    Example:
      gpubourse operator status
    """
    caller = VenueCaller(context)
    found = caller.get("/v1/venue")
    context.output.document(found)
    venue = found["result"]
    context.output.write(
        f"{venue['venue']} ({venue['kind']}, {venue['currency']}, {venue['zone']}) stands at "
        f"position {found['position']:,}, {when(caller, found['at_ns'])}."
    )
    ready = caller.probe("/readyz")
    lag = "unknown" if ready["views_lag"] is None else f"{ready['views_lag']:,} positions"
    stand = "ready" if ready["ready"] else f"NOT ready ({ready['reason']})"
    context.output.write(f"{stand}; its views lag by {lag}.")
    if (ready["log"] or {}).get("lost"):
        line = context.line("operator", "accept-loss", "--reason", "TEXT")
        context.output.write(
            "Its log is not signed any more: the journal lost what it has. Bring that back, or "
            f"have two people accept it: {line}"
        )
    if not ready["ready"]:
        raise SystemExit(UNAVAILABLE)


def _list(context: VerbContext, path: str, members: tuple[str, ...], none: str) -> None:
    caller = VenueCaller(context)
    caller.must_have_key_file()
    found = list(caller.rows(path))
    context.output.document({"position": caller.position, "rows": found, "next": None})
    if not found:
        context.output.write(none)
        return
    context.output.table(members, [[plain(row.get(member)) for member in members] for row in found])
