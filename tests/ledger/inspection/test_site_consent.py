"""Servers at another operator's site wait for a word of theirs, and a wrong site is put right."""

from typing import Any

import pytest
from msgspec.structs import replace

from exchange.acts.records import disagreement
from ledger.caller import Caller
from ledger.commands import ImportInventory
from ledger.durations import DAY_NS, SECOND_NS
from ledger.events import (
    NodeRegistered,
    NodeSiteSet,
    NothingToDo,
    ProposalLapsed,
    ProposalMade,
    TitleIssued,
    TitleTransferred,
)
from ledger.ids import NO_ID, HoldId, NodeId, PartyId, SiteId, ThingId
from ledger.inspection import site_words
from ledger.inspection.imports import preview_import
from ledger.moment import Moment
from ledger.opening import open_venue
from ledger.opening.first_rules import FIRST_RULES
from ledger.refusals import Reason, Refused
from ledger.things.site import must_take_servers
from ledger.views.rows.changes import RowUpdate
from ledger.views.rows.thing_rows import node_site_set
from tests.ledger.hall import Hall, only
from tests.ledger.opened import all_of, digest, kinds
from tests.ledger.things.cards import LATER, l40s
from tests.ledger.things.dumps import dump, real

H100 = "nvidia-smi-q_H100SXMx8.txt"


class Guests:
    """An owner, and an operator at whose site the owner's servers are said to stand."""

    def __init__(self) -> None:
        self.hall = Hall()
        self.owner, self.own_site = self.hall.owner("91-A")
        self.operator, self.site = self.hall.owner("91-B")

    def bring(self, raw: bytes | None = None, *, claim: bool = False) -> dict[str, Any]:
        raw = real(H100) if raw is None else raw
        self.hall.do(self.owner, "import.new", raw, site=self.site, claim=claim)
        return self.hall.answer

    def place(self, caller: Caller, site: str, *nodes: str, **args: Any) -> list[Any]:
        return self.hall.do(caller, "node.site", nodes=list(nodes), site=site, **args)

    def where(self, node: str = "n-0001") -> tuple[str, str, str]:
        found = self.hall.register.nodes[NodeId(node)]
        return found.site, found.operator, found.custodian


def test_a_server_at_anothers_site_stands_nowhere_until_its_operator_agrees() -> None:
    at = Guests()
    told = at.bring()

    assert at.where() == ("", "", "")
    assert (told["waits_for"], told["site_proposal"]) == (at.operator.party, "z-000005")
    thing = at.hall.register.things[ThingId("n-0001")]
    assert (thing.site, thing.delivery_point) == ("", "")

    events = at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])

    assert kinds(events) == ["ProposalApproved", "NodeSiteSet"]
    assert at.where() == (at.site, at.operator.party, at.operator.party)
    assert (thing.site, thing.delivery_point) == (at.site, "CN-BJ")
    assert at.hall.replayed() == at.hall.state()


def test_nothing_of_it_is_titled_before_and_the_words_say_what_it_waits_for() -> None:
    at = Guests()
    told = at.bring(claim=True)

    assert "proposal" not in told
    assert [each["value"] for each in told["warnings"] if each["code"] == "unclaimed"] == [
        "n-0001 no_site"
    ]
    said = at.hall.refused(Reason.wrong_state, at.owner, "title.issue", things=["n-0001"])
    assert "n-0001 stands at no site" in said
    said = at.hall.refused(Reason.wrong_state, at.owner, "unit.inspect", real(H100), unit="n-0001")
    assert "n-0001 stands at no site" in said


def test_with_the_word_comes_the_title_that_was_claimed() -> None:
    at = Guests()
    told = at.bring(claim=True)
    at.hall.papers(at.owner, "n-0001")

    events = at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])

    made = only(ProposalMade, events)
    assert (made.op, made.party, made.args["things"]) == (
        "title.issue", at.owner.party, ["n-0001"],
    )  # fmt: skip
    [issued] = all_of(TitleIssued, at.hall.do(at.hall.clerk, "proposal.approve",
                                              proposal=made.proposal))  # fmt: skip
    assert issued.holder == at.owner.party


def test_only_the_operator_answers_and_a_no_leaves_it_without_a_site() -> None:
    at = Guests()
    stranger, _ = at.hall.owner("91-C")
    proposal = at.bring()["site_proposal"]

    for other in (stranger, at.owner):
        at.hall.refused(Reason.not_your_party, other, "proposal.approve", proposal=proposal)
    at.hall.do(at.operator, "proposal.reject", proposal=proposal)

    assert at.where() == ("", "", "")
    events = at.place(at.owner, at.own_site, "n-0001")
    assert kinds(events) == ["NodeSiteSet"]
    assert at.where() == (at.own_site, at.owner.party, at.owner.party)


def test_silence_of_a_day_is_no_word_and_the_same_report_asks_again() -> None:
    at = Guests()
    at.bring()
    again = at.hall.do(at.owner, "import.new", real(H100), site=at.site)
    assert kinds(again) == ["NothingToDo"]

    events = at.hall.advance(DAY_NS)
    assert any(isinstance(each, ProposalLapsed) for each in events)
    assert at.where() == ("", "", "")

    told = at.bring()
    at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])
    assert at.where()[0] == at.site


def test_the_same_report_at_an_own_site_places_it_at_once() -> None:
    at = Guests()
    proposal = at.bring()["site_proposal"]
    for op, raw, args in (
        ("import.new", real(H100), {}),
        ("node.site", b"", {"nodes": ["n-0001"]}),
    ):
        said = at.hall.refused(Reason.wrong_state, at.owner, op, raw, **args, site=at.own_site)
        assert proposal in said, "else the word that comes would move it again"
    at.hall.do(at.owner, "proposal.withdraw", proposal=proposal)

    events = at.hall.do(at.owner, "import.new", real(H100), site=at.own_site)

    assert only(NodeSiteSet, events).site == at.own_site
    assert at.where()[0] == at.own_site


def test_a_wrong_site_of_an_untitled_server_is_put_right() -> None:
    at = Guests()
    at.hall.do(at.owner, "import.new", real(H100), site=at.own_site)

    waiting = at.place(at.owner, at.site, "n-0001", claim=True)
    assert only(ProposalMade, waiting).needs == [f"party:{at.operator.party}"]
    assert at.where()[0] == at.own_site, "it stands where it did until the operator agrees"
    at.hall.refused(Reason.wrong_state, at.owner, "node.site", nodes=["n-0001"], site=at.site)

    events = at.hall.do(at.operator, "proposal.approve", proposal=at.hall.answer["proposal"])
    assert kinds(events) == ["ProposalApproved", "NodeSiteSet", "ProposalMade"]
    assert at.where()[0] == at.site


def test_what_has_a_title_moves_by_delivery_alone_also_if_it_was_titled_meanwhile() -> None:
    at = Guests()
    at.hall.do(at.owner, "import.new", real(H100), site=at.own_site, claim=True)
    title = at.hall.answer["proposal"]
    at.place(at.owner, at.site, "n-0001")
    word = at.hall.answer["proposal"]
    at.hall.do(at.hall.clerk, "proposal.approve", proposal=title)
    at.hall.do(at.hall.second, "proposal.approve", proposal=title)
    assert at.hall.register.things[ThingId("n-0001")].owner == at.owner.party

    said = at.hall.refused(Reason.wrong_state, at.operator, "proposal.approve", proposal=word)
    assert "n-0001 has a title holder" in said
    said = at.hall.refused(
        Reason.wrong_state, at.owner, "node.site", nodes=["n-0001"], site=at.own_site
    )
    assert "sell it, and the delivery takes it to the buyer's site" in said
    assert (
        all_of(TitleTransferred, [each for batch in at.hall.batches for each in batch.events]) == []
    )


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"nodes": ["n-0001", "n-0001"]}, Reason.bad_field),
        ({"nodes": ["n-0099"]}, Reason.unknown_node),
        ({"site": "s-0099"}, Reason.unknown_site),
    ],
)
def test_what_names_nothing_is_refused(args: dict[str, Any], reason: Reason) -> None:
    at = Guests()
    at.hall.do(at.owner, "import.new", real(H100), site=at.own_site)
    at.hall.refused(
        reason, at.owner, "node.site", **({"nodes": ["n-0001"], "site": at.own_site} | args)
    )


def test_another_party_may_not_say_where_it_stands() -> None:
    at = Guests()
    at.bring()
    at.hall.refused(Reason.not_the_owner, at.operator, "node.site", nodes=["n-0001"], site=at.site)


def test_nothing_is_placed_at_a_site_that_has_closed() -> None:
    at = Guests()
    proposal = at.bring()["site_proposal"]
    at.hall.do(at.operator, "site.status", site=at.site, status="closed")
    said = at.hall.refused(Reason.wrong_state, at.operator, "proposal.approve", proposal=proposal)
    assert "nothing is placed there" in said


def test_where_it_stands_already_there_is_nothing_to_do() -> None:
    at = Guests()
    at.hall.do(at.owner, "import.new", real(H100), site=at.own_site)
    [event] = at.place(at.owner, at.own_site, "n-0001")
    assert isinstance(event, NothingToDo)
    assert at.hall.answer == {"site": at.own_site, "nodes": ["n-0001"]}


def test_cards_of_one_server_move_together_and_only_what_may_have_title_is_claimed() -> None:
    at = Guests()
    told = at.bring(dump(l40s(1_320_223_000_001, 1), l40s(1_320_223_000_003, 3)), claim=True)
    events = at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])
    assert only(ProposalMade, events).args["things"] == ["u-000001", "u-000002"]
    assert {each.site for each in at.hall.register.things.values()} == {at.site}


def test_a_venue_whose_rules_are_older_places_servers_as_it_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older = {rule: value for rule, value in FIRST_RULES.items() if rule != "site_consent"}
    monkeypatch.setattr(open_venue, "FIRST_RULES", older)  # a copy: their order is kept
    at = Guests()
    told = at.bring(claim=True)
    assert at.where()[0] == at.site
    assert "site_proposal" not in told

    at.hall.two("rule.new", rule="site_consent", value=True, from_ns=0)
    card = dump(l40s(1_320_223_000_001, 1))
    at.hall.do(at.owner, "import.new", card, site=at.site)
    [node] = all_of(NodeRegistered, at.hall.batches[-1].events)
    assert node.site == ""


def test_a_dry_run_says_whose_word_it_would_wait_for() -> None:
    at = Guests()
    caller = replace(at.owner, attachment=real(H100))
    for site, operator in ((at.site, at.operator.party), (at.own_site, None)):
        command = ImportInventory(site=SiteId(site), report_sha256=digest(real(H100)), dry_run=True)
        told = preview_import(at.hall.register, command, caller, Moment(at.hall.writer.at_ns))
        assert told["waits_for"] == operator


def test_what_is_held_is_placed_and_no_title_to_it_is_asked_for() -> None:
    at = Guests()
    told = at.bring(claim=True)
    at.hall.register.things[ThingId("n-0001")].holds[HoldId("h-000001")] = "identity"

    events = at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])

    assert kinds(events) == ["ProposalApproved", "NodeSiteSet"]


def test_a_later_report_of_a_server_that_stands_there_needs_no_second_word() -> None:
    at = Guests()
    card = l40s(1_320_223_000_001, 1)
    told = at.bring(dump(card))
    at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])

    again = at.bring(dump(card, stamp=LATER))

    assert "site_proposal" not in again
    assert at.where()[0] == at.site


def test_while_a_word_is_waited_for_a_later_report_asks_for_no_second_one() -> None:
    at = Guests()
    card = l40s(1_320_223_000_001, 1)
    at.bring(dump(card))

    assert "site_proposal" not in at.bring(dump(card, stamp=LATER))
    assert [each.op for each in at.hall.register.proposals.values()] == ["node.site"]


def test_the_views_say_the_same_of_a_server_as_the_register() -> None:
    at = Guests()
    told = at.bring()
    events = at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])
    [change] = node_site_set(only(NodeSiteSet, events), 1)

    node = at.hall.register.nodes[NodeId("n-0001")]
    assert isinstance(change, RowUpdate)
    assert change.put == {
        "site": node.site,
        "operator": node.operator,
        "custodian": node.custodian,
    }


def test_an_operator_that_does_not_run_the_site_is_a_breach() -> None:
    at = Guests()
    at.bring()
    for party, words in ((at.operator.party, ""), (at.owner.party, "operator is 'p-0002'")):
        fact = NodeSiteSet(NodeId("n-0001"), SiteId(at.site), PartyId(party))
        assert disagreement(at.hall.venue, fact).startswith(words)
        assert bool(disagreement(at.hall.venue, fact)) == bool(words)
    for operator in ("", at.operator.party):  # of a word that is taken back
        fact = NodeSiteSet(NodeId("n-0001"), SiteId(""), PartyId(operator))
        assert bool(disagreement(at.hall.venue, fact)) == bool(operator)


def test_where_a_server_is_said_to_stand_is_held_against_the_register() -> None:
    at = Guests()
    at.bring()
    [known] = all_of(NodeRegistered, at.hall.batches[-1].events)
    known = replace(known, at_ns=at.hall.writer.at_ns)
    for site, operator, words in (
        ("", "", ""),
        (at.own_site, at.owner.party, ""),
        (at.own_site, at.operator.party, "operator is 'p-0003'"),
        (at.site, at.operator.party, "it stands at s-0002 without a word of p-0003"),
    ):
        fact = replace(known, site=SiteId(site), operator=PartyId(operator))
        assert disagreement(at.hall.venue, fact)[: len(words) or None] == words


def test_title_is_issued_once_to_what_stands_somewhere_and_moves_by_no_word() -> None:
    at = Guests()
    told = at.bring(claim=True)
    node = NodeId("n-0001")
    title = TitleIssued(
        node=node, unit=NO_ID, holder=PartyId(at.owner.party), basis="opening",
        document_sha256="", effective_ns=0,
    )  # fmt: skip
    assert "it stands at no site" in disagreement(at.hall.venue, title)

    at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])
    assert disagreement(at.hall.venue, title) == ""
    for clerk in (at.hall.clerk, at.hall.second):
        at.hall.do(clerk, "proposal.approve", proposal=list(at.hall.register.proposals)[-1])
    assert "holder is" in disagreement(at.hall.venue, title)
    moved = NodeSiteSet(node, SiteId(at.own_site), at.owner.party)
    assert "n-0001 has a title holder" in disagreement(at.hall.venue, moved)


def test_a_word_is_asked_of_the_sites_operator_for_servers_of_ones_own() -> None:
    at = Guests()
    at.bring()
    made = only(ProposalMade, at.hall.batches[-1].events)
    assert disagreement(at.hall.venue, made) == ""
    clerk = replace(made, needs=["scope:operate"])
    assert "needs is ['scope:operate']" in disagreement(at.hall.venue, clerk)
    assert "party is 'p-0003'" in disagreement(
        at.hall.venue, replace(made, party=at.operator.party)
    )


def test_while_a_move_waits_reports_come_in_where_it_stands() -> None:
    at = Guests()
    card = l40s(1_320_223_000_001, 1)
    at.hall.do(at.owner, "import.new", dump(card), site=at.own_site)
    at.place(at.owner, at.site, "n-0001")

    events = at.hall.do(at.owner, "import.new", dump(card, stamp=LATER), site=at.own_site)

    assert "UnitInspected" in kinds(events)
    assert at.where()[0] == at.own_site


def test_a_dry_run_refuses_another_site_while_a_word_waits() -> None:
    at = Guests()
    at.bring()
    caller = replace(at.owner, attachment=real(H100))
    command = ImportInventory(site=SiteId(at.own_site), report_sha256=digest(real(H100)))
    with pytest.raises(Refused, match="waits for a word already"):
        preview_import(at.hall.register, command, caller, Moment(at.hall.writer.at_ns))


def test_a_claim_that_came_too_late_for_the_word_is_said_so_and_may_come_again() -> None:
    at = Guests()
    card = l40s(1_320_223_000_001, 1)
    proposal = at.bring(dump(card))["site_proposal"]
    told = at.bring(dump(card, stamp=LATER), claim=True)
    assert [each["value"] for each in told["warnings"] if each["code"] == "unclaimed"] == [
        "u-000001 site_unclaimed"
    ]
    at.hall.do(at.operator, "proposal.approve", proposal=proposal)

    events = at.place(at.owner, at.site, "n-0001", claim=True)
    assert only(ProposalMade, events).op in ("title.issue", "node.site")


def test_no_carrier_brings_a_thing_to_a_site_that_has_closed() -> None:
    at = Guests()
    at.hall.do(at.operator, "site.status", site=at.site, status="closed")
    with pytest.raises(Refused, match="nothing is placed there"):
        must_take_servers(at.hall.register.sites[SiteId(at.site)])


# --- how many words, how often, and back again


def test_a_no_stands_for_a_day_whichever_site_of_the_operator_is_named() -> None:
    at = Guests()
    card = l40s(1_320_223_000_001, 1)
    told = at.bring(dump(card), claim=True)
    other = at.hall.do(at.operator, "site.new", name="Hall 2", delivery_point="CN-BJ")[0]
    at.hall.do(at.operator, "proposal.reject", proposal=told["site_proposal"])
    refused_ns = at.hall.writer.at_ns

    at.hall.do(at.owner, "import.new", dump(card), site=at.site, claim=True)  # the same report
    assert at.hall.register.proposals == {}
    again = at.bring(dump(card, stamp=LATER), claim=True)  # a fresh one is inspected
    assert "site_proposal" not in again
    assert [note["value"] for note in again["warnings"]][-1:] == ["u-000001 site_refused"]
    for site in (at.site, other.site):  # type: ignore[attr-defined]
        said = at.hall.refused(
            Reason.wrong_state, at.owner, "node.site", nodes=["n-0001"], site=site
        )
        assert f"{at.operator.party} said no to n-0001" in said
    preview = preview_import(
        at.hall.register,
        ImportInventory(site=SiteId(at.site), report_sha256=digest(dump(card)), dry_run=True),
        replace(at.owner, attachment=dump(card)),
        Moment(at.hall.writer.at_ns),
    )
    assert preview["waits_for"] is None

    at.hall.advance(refused_ns + DAY_NS - at.hall.writer.at_ns - 2 * SECOND_NS)
    at.hall.refused(Reason.wrong_state, at.owner, "node.site", nodes=["n-0001"], site=at.site)
    at.hall.advance(SECOND_NS)
    events = at.place(at.owner, at.site, "n-0001")  # a second later: a day has passed
    assert kinds(events) == ["ProposalMade"]


def test_a_word_is_taken_back_until_there_is_a_title_and_counts_as_a_no() -> None:
    at = Guests()
    told = at.bring(claim=True)
    events = at.hall.do(at.operator, "proposal.approve", proposal=told["site_proposal"])
    title = only(ProposalMade, events).proposal

    said = at.hall.refused(Reason.not_your_party, at.owner, "node.site", nodes=["n-0001"], site="")
    assert f"stands at a site of {at.operator.party}" in said
    at.hall.refused(
        Reason.bad_combination, at.operator, "node.site", nodes=["n-0001"], site="", claim=True
    )
    assert kinds(at.place(at.operator, "", "n-0001")) == ["NodeSiteSet"]
    assert at.where() == (NO_ID, NO_ID, NO_ID)
    assert at.hall.register.things[ThingId("n-0001")].delivery_point == ""
    at.hall.refused(Reason.wrong_state, at.operator, "node.site", nodes=["n-0001"], site="")
    at.hall.refused(Reason.wrong_state, at.owner, "node.site", nodes=["n-0001"], site=at.site)

    # the title that waits is not issued to what stands nowhere; at an own site it is
    at.hall.do(at.hall.clerk, "proposal.approve", proposal=title)
    at.hall.refused(Reason.wrong_state, at.hall.second, "proposal.approve", proposal=title)
    at.place(at.owner, at.own_site, "n-0001")
    at.hall.do(at.hall.second, "proposal.approve", proposal=title)
    assert at.hall.register.things[ThingId("n-0001")].owner == at.owner.party
    at.hall.refused(Reason.wrong_state, at.owner, "node.site", nodes=["n-0001"], site="")


def test_who_said_no_may_say_yes_after_all_without_being_asked_again() -> None:
    at = Guests()
    stranger, other_site = at.hall.owner("91-C")
    proposal = at.bring(claim=True)["site_proposal"]
    at.hall.refused(Reason.not_the_owner, at.operator, "node.site", nodes=["n-0001"], site=at.site)
    at.hall.do(at.operator, "proposal.reject", proposal=proposal)

    # neither somebody else, nor at somebody else's site, nor with a title that is not theirs to ask
    at.hall.refused(Reason.not_the_owner, stranger, "node.site", nodes=["n-0001"], site=other_site)
    at.hall.refused(
        Reason.not_the_owner, at.operator, "node.site", nodes=["n-0001"], site=other_site
    )
    at.hall.refused(
        Reason.bad_combination, at.operator, "node.site", nodes=["n-0001"], site=at.site, claim=True
    )
    assert kinds(at.place(at.operator, at.site, "n-0001")) == ["NodeSiteSet"]

    assert at.where() == (at.site, at.operator.party, at.operator.party)
    assert at.hall.register.parties[at.operator.party].refused_servers == {}
    at.hall.do(at.owner, "title.issue", things=["n-0001"])  # by who registered it
    assert at.hall.replayed() == at.hall.state()
    # and a word that was taken back by mistake comes back the same way
    assert kinds(at.place(at.operator, "", "n-0001")) == ["NodeSiteSet"]
    assert kinds(at.place(at.operator, at.site, "n-0001")) == ["NodeSiteSet"]


def test_a_late_yes_takes_no_server_that_found_another_place_or_waits_for_one() -> None:
    at = Guests()
    third, third_site = at.hall.owner("91-C")
    at.hall.do(at.operator, "proposal.reject", proposal=at.bring()["site_proposal"])
    waits = only(ProposalMade, at.place(at.owner, third_site, "n-0001")).proposal

    said = at.hall.refused(
        Reason.wrong_state, at.operator, "node.site", nodes=["n-0001"], site=at.site
    )
    assert f"waits for a word already, in {waits}" in said
    at.hall.do(third, "proposal.approve", proposal=waits)
    at.hall.refused(Reason.not_the_owner, at.operator, "node.site", nodes=["n-0001"], site=at.site)
    assert at.where()[0] == third_site


def test_a_late_yes_lasts_as_long_as_the_no() -> None:
    at = Guests()
    at.hall.do(at.operator, "proposal.reject", proposal=at.bring()["site_proposal"])
    refused_ns = at.hall.writer.at_ns

    at.hall.advance(refused_ns + DAY_NS - at.hall.writer.at_ns - SECOND_NS)
    at.hall.refused(Reason.not_the_owner, at.operator, "node.site", nodes=["n-0001"], site=at.site)
    assert kinds(at.place(at.owner, at.site, "n-0001")) == ["ProposalMade"]


def test_an_operators_list_has_an_end_for_one_guest_and_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site_words, "SERVERS_OF_ONE_MOST", 2)
    monkeypatch.setattr(site_words, "SERVERS_MOST", 3)
    at = Guests()
    other, _ = at.hall.owner("91-C")

    def card(number: int) -> bytes:
        return dump(l40s(1_320_223_000_000 + number, number))

    first = at.bring(card(1))["site_proposal"]
    at.bring(card(2))
    said = at.hall.refused(Reason.waiting_limit, at.owner, "import.new", card(3), site=at.site)
    assert "3 servers of yours" in said
    assert "at most 2" in said
    at.bring(card(2))  # what waits already is no new word
    at.hall.do(at.owner, "import.new", card(3), site=at.own_site)
    at.hall.refused(Reason.waiting_limit, at.owner, "node.site", nodes=["n-0003"], site=at.site)

    at.hall.do(other, "import.new", card(4), site=at.site)
    said = at.hall.refused(Reason.waiting_limit, other, "import.new", card(5), site=at.site)
    assert "4 servers that wait" in said
    assert "at most 3" in said

    # a no makes room for others, and none for the one that got it
    at.hall.do(at.operator, "proposal.reject", proposal=first)
    at.hall.do(other, "import.new", card(5), site=at.site)
    at.hall.refused(Reason.waiting_limit, at.owner, "import.new", card(6), site=at.site)


def test_whose_yes_a_title_waits_for_is_held_against_its_papers() -> None:
    at = Guests()
    at.hall.do(at.owner, "import.new", real(H100), site=at.own_site, claim=True)
    asked = only(ProposalMade, at.hall.batches[-1].events)
    clerk = "scope:operate"

    assert asked.needs == [clerk, clerk]
    assert disagreement(at.hall.venue, asked) == ""
    for forged in ([clerk], [], ["party:p-0002"], [clerk] * 3):
        assert disagreement(at.hall.venue, replace(asked, needs=forged)).startswith("needs is")
    for unit in at.hall.register.things[ThingId("n-0001")].units:
        at.hall.register.units[unit].provenance = "P2"
    at.hall.register.things[ThingId("n-0001")].provenance = "P2"
    assert disagreement(at.hall.venue, replace(asked, needs=[clerk])) == ""
