"""What a proposal asks for, in a sentence: what would be done, for whom, who has to agree."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from gateway.cli.confirmed_act import in_members, when, yuan
from gateway.cli.exit_codes import VerbFailed
from gateway.cli.figures import counted, ranges
from gateway.cli.offices.lost_entries import in_words
from gateway.cli.venue_caller import VenueCaller

OFFICES: Final = {  # a scope that is waited for -> whose
    "operate": "clerk",
    "comply": "person of compliance",
    "admin": "administrator of the venue",
}
NUMBERS: Final = {1: "one", 2: "two", 3: "three"}
PAPERS: Final = {"opening": "no paper", "invoice": "an invoice", "court": "a court's paper"}


class ProposalWords:
    """The sentences of one verb: parties by their names, where the signer may read them."""

    def __init__(self, caller: VenueCaller) -> None:
        self._caller = caller
        self._names: dict[str, str] | None = None

    def request(self, row: dict[str, Any]) -> str:
        """What would be done: `title to n-0001 for p-0002 (Helan), on no paper`."""
        render = RENDERED.get(row["op"])
        return render(self, row) if render is not None else in_members(row["op"], row["args"])

    def sentence(self, row: dict[str, Any]) -> str:
        """The whole of it, for whoever is to sign."""
        left = f"; waits for {self.due(row['needs'])}" if row["needs"] else ""
        until = when(self._caller, row["expires_ns"])
        who = self.proposer(row)
        return f"{row['proposal']}: {self.request(row)}; {who} asks{left}, until {until}."

    def proposer(self, row: dict[str, Any]) -> str:
        """Who asks: the party and its key."""
        return f"{self.party(row['party'])} by {row['principal']}"

    def due(self, needs: list[str]) -> str:
        """Whose signatures are due: `two clerks`, `a person of p-0002`."""
        words = []
        for need, number in Counter(needs).items():
            kind, _, value = need.partition(":")
            if kind == "party":
                words.append(f"a person of {self.party(value)}")
                continue
            office = OFFICES.get(value, f"person with the scope {value}")
            plural = "s" if number > 1 and office == "clerk" else ""
            words.append(f"{NUMBERS.get(number, number)} {office}{plural}")
        return " and ".join(words)

    def party(self, party: str) -> str:
        """`p-0002 (Ningxia Helan)`; the id alone where its name is not the signer's to read."""
        if self._names is None:
            try:
                rows = self._caller.rows("/v1/parties")
                self._names = {row["party"]: row["legal_name"] for row in rows}
            except VerbFailed:
                self._names = {}
        name = self._names.get(party)
        return f"{party} ({name})" if name else party

    def money(self, minor: int) -> str:
        return yuan(self._caller, minor)

    def time(self, at_ns: int | str) -> str:
        return when(self._caller, at_ns)


_Render = Callable[[ProposalWords, dict[str, Any]], str]


def _title(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    paper = PAPERS.get(args.get("basis") or "opening", args.get("basis"))
    holder = args.get("holder") or row["party"]
    things = args["things"]
    many = f" ({counted(len(things), 'thing')})" if len(things) > 1 else ""
    return f"title to {', '.join(ranges(things))}{many} for {words.party(holder)}, on {paper}"


def _place(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    stand = "stands" if len(args["nodes"]) == 1 else "stand"
    title = ", and title is asked for then" if args.get("claim") else ""
    return f"{', '.join(ranges(args['nodes']))} {stand} at site {args['site']}{title}"


def _reversal(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    return (
        f"{words.money(args['amount_minor'])} are taken back from {words.party(args['party'])}, "
        f"deposited as {args['reference']}: {args['reason']}"
    )


def _withdrawal(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    return f"{words.money(args['amount_minor'])} are paid out to {args['to_account']}"


def _role(gives: str) -> _Render:
    def render(words: ProposalWords, row: dict[str, Any]) -> str:
        args = row["args"]
        basis = f" ({args['basis']})" if args.get("basis") else ""
        return f"{words.party(args['party'])} {gives} the role {args['role']}{basis}"

    return render


def _tier(words: ProposalWords, row: dict[str, Any]) -> str:
    return f"{words.party(row['args']['party'])} gets the KYC tier {row['args']['kyc_tier']}"


def _reinstated(words: ProposalWords, row: dict[str, Any]) -> str:
    return f"{words.party(row['args']['party'])} may act again: {row['args']['reason']}"


def _ownership(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    whole, part = divmod(args["share_bp"], 100)
    control = ", with control" if args.get("control") else ""
    owner, owned = words.party(args["owner"]), words.party(args["owned"])
    return f"{owner} owns {whole}.{part:02d} % of {owned}{control}"


def _enrolled(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    named = f" {args['label']!r}" if args.get("label") else ""
    return f"a key{named} acts for {words.party(args['party'])}: {', '.join(args['scopes'])}"


def _model(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    gib = f"{args['memory_mib'] / 1024:.4g} GiB"
    return f"the model {args['model']} of {args['vendor']} is listed ({gib} a GPU)"


def _adopted(words: ProposalWords, row: dict[str, Any]) -> str:
    return f"the models {', '.join(row['args']['models'])} are listed with the release's figures"


def _rule(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    since = words.time(args["from_ns"]) if args.get("from_ns") else "its approval"
    value = args["value"]
    if isinstance(value, dict):
        value = in_members("", value).strip(" ()")
    elif isinstance(value, bool):
        value = str(value).lower()
    return f"the rule {args['rule']} is {value} from {since} on"


def _log_loss(words: ProposalWords, row: dict[str, Any]) -> str:
    args = row["args"]
    lost = in_words(args)
    return f"the log {args['origin']} ends at {args['size']:,} entries: {args['reason']}. {lost}"


def _listed(words: ProposalWords, row: dict[str, Any]) -> str:
    return f"the market {row['args']['market']} is listed"


RENDERED: Final[dict[str, _Render]] = {
    "title.issue": _title,
    "deposit.reverse": _reversal,
    "node.site": _place,
    "withdrawal.new": _withdrawal,
    "party.grant_role": _role("gets"),
    "party.revoke_role": _role("loses"),
    "party.tier": _tier,
    "party.reinstate": _reinstated,
    "party.declare_ownership": _ownership,
    "principal.enrol": _enrolled,
    "model.new": _model,
    "model.adopt": _adopted,
    "log.accept_loss": _log_loss,
    "rule.new": _rule,
    "instrument.new": _listed,
}
