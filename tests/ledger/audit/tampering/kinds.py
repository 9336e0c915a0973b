"""The tamper matrix: each kind of tampering, and who catches it.

`verify`: `audit verify` alone, by the check that the row names. `expect`: only a pair that the
auditor kept, for every local trace was covered. `acts`: a check that ties each act to its command,
which is not here yet; until then a pair, if one was kept behind it. `the log`: nobody who looks at
this database, and has no pair of what was cut off.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, NamedTuple

from exchange.engine.replay import recover, save
from exchange.events import OrderCancelled
from ledger.events import (
    CashPosted,
    Event,
    KycTierSet,
    PrincipalEnrolled,
    RoleGranted,
    RuleSet,
    TitleTransferred,
)
from ledger.journal.checkpoint import Checkpoint, PostgresCheckpoints
from ledger.journal.memory import MemoryJournal
from tests.ledger.audit.tampering.hands import Hands
from tests.signing_keys import public_key

VERIFY, EXPECT, LOG = "verify", "expect", "the log"


class Kind(NamedTuple):
    """One kind of tampering. It returns what a breach must name: a position, or an object."""

    tamper: Callable[[Hands], int | str]
    catcher: str
    check: str = ""  # which of verify's speaks, if it catches

    @property
    def name(self) -> str:
        return self.tamper.__name__


# --- bytes and places, by somebody who does not cover his tracks


def a_flipped_bit(hands: Hands) -> int:
    hands.makes_anew = False
    position = hands.position()
    row = hands.store.rows[position - 1]
    state = bytearray(row.state)
    state[hands.dice.randrange(len(state))] ^= 1
    hands.row(position, state=bytes(state))
    return _end_of_commit(hands, position)


def an_event_deleted(hands: Hands) -> int:
    hands.makes_anew = False
    position = hands.position()
    del hands.store.rows[position - 1]
    return position + 1


def two_events_exchanged(hands: Hands) -> int:
    """Each has the other's place, and the chain is made anew."""
    rows = hands.store.rows
    found = [row.position for row, after in pairwise(rows[1:]) if row.stream == after.stream]
    position = hands.dice.choice(found)
    one, other = rows[position - 1], rows[position]
    hands.row(position, version=other.version, state=other.state, topic=other.topic)
    hands.row(position + 1, version=one.version, state=one.state, topic=one.topic)
    return position


def a_version_skipped(hands: Hands) -> int:
    last = {row.stream: row for row in hands.store.rows}
    row = hands.dice.choice(list(last.values()))
    hands.row(row.position, version=row.version + 1)
    return row.position


def a_time_that_goes_back(hands: Hands) -> int:
    position = _first_of_batch(hands)
    _at(hands, position, 1)
    return position


def another_form_of_the_same(hands: Hands) -> int:
    position = hands.position()
    state = hands.store.rows[position - 1].state
    hands.row(position, state=state.replace(b",", b", ", 1))
    return position


def a_topic_of_nobody(hands: Hands) -> int:
    position = hands.position()
    hands.row(position, topic="banana_ripened")
    return position


def an_event_of_another_batch(hands: Hands) -> int:
    found = [row.position for row in hands.store.rows if b'"cause":' in row.state]
    position = hands.dice.choice(found)
    hands.event(position, cause=hands.read(position)["cause"] + 1)
    return position


# --- commits, the fence, the tail


def a_chain_of_nothing(hands: Hands) -> int:
    hands.makes_anew = False
    number = hands.dice.randrange(len(hands.store.commits))
    commit = hands.store.commits[number]
    hands.store.commits[number] = commit._replace(chain=bytes(32))
    return commit.last_position


def a_commit_deleted(hands: Hands) -> int:
    hands.makes_anew = False
    number = hands.dice.randrange(len(hands.store.commits) - 1)
    return hands.store.commits.pop(number).first_position


def two_commits_made_one(hands: Hands) -> int:
    """The chain is made anew behind it: it is another history, as lawful as the first."""
    number = hands.dice.randrange(2, len(hands.store.commits) - 1)
    after = hands.store.commits.pop(number + 1)
    commit = hands.store.commits[number]
    hands.store.commits[number] = commit._replace(last_position=after.last_position)
    return after.last_position


def a_commit_beyond_the_head(hands: Hands) -> int:
    hands.makes_anew = False
    head = hands.history.head
    last = hands.store.commits[-1]
    hands.store.commits.append(last._replace(first_position=head + 1, last_position=head + 1))
    return head


def a_writer_who_never_was(hands: Hands) -> int:
    """From some commit on the epoch is higher than the fence ever stood."""
    commits = hands.store.commits
    for number in range(hands.dice.randrange(1, len(commits)), len(commits)):
        commits[number] = commits[number]._replace(epoch=9)
    return hands.history.head


def a_fence_that_went_back(hands: Hands) -> int:
    hands.sql("UPDATE fence SET epoch = 0")
    return hands.history.head


def a_tail_cut_from_its_commands(hands: Hands) -> int:
    """The events and commits go, and the commands that were signed for them stay."""
    commands = hands.store.commands[-1]
    while hands.store.rows[-1].position >= commands.first_position:
        hands.cut(1)
    hands.cut(hands.dice.randrange(1, 40))
    return hands.store.rows[-1].position


def a_tail_cut_from_its_views(hands: Hands) -> int:
    hands.keeps_views = True
    last = hands.cut(hands.dice.randrange(1, 40))
    _forget_commands(hands, last)
    return last


def a_tail_cut_from_its_saved_state(hands: Hands) -> int:
    """All else is covered, and a state is saved of what is no more."""
    last = hands.cut(hands.dice.randrange(1, 40))
    _forget_commands(hands, last)
    _saved(hands)
    return last


def a_tail_cut_with_all_its_traces(hands: Hands) -> int:
    last = hands.cut(hands.dice.randrange(1, 40))
    _forget_commands(hands, last)
    return last


def a_tail_cut_that_no_pair_reaches(hands: Hands) -> int:
    """The last pair that the auditor kept is older than what is gone."""
    return a_tail_cut_with_all_its_traces(hands)


def tables_emptied(hands: Hands) -> str:
    hands.sql("DELETE FROM stored_events", "DELETE FROM commands", "DELETE FROM commits")
    return "nothing to verify"


def commands_emptied(hands: Hands) -> int:
    hands.store.commands.clear()
    return next(row.position for row in hands.store.rows if b'"command_sha256"' in row.state)


# --- saved states


def _saved(hands: Hands, spoil: Callable[[Any], None] = lambda venue: None) -> int:
    """A state saved of what there was, its bytes spoilt where no state hash is over them."""
    whole = MemoryJournal()
    whole.store.rows, whole.store.commands = hands.history.rows, hands.history.commands
    whole.store.commits = hands.history.commits
    found = recover(whole)
    new = save(found.venue, found.versions, hands.history.commits[-1])
    spoil(found.venue)
    blob = save(found.venue, found.versions, hands.history.commits[-1]).blob
    hands.sql("DELETE FROM checkpoints")
    hands.keeps_saved = True
    PostgresCheckpoints(hands.dsn).store(Checkpoint(*new._replace(blob=blob)))
    return new.position


def a_saved_state_forged(hands: Hands) -> int:
    """A bank's reference that was recorded is not known any more: it may be recorded again."""

    def spoil(venue: Any) -> None:
        venue.register.deposits.popitem()

    return _saved(hands, spoil)


def a_saved_state_of_another_balance(hands: Hands) -> int:
    def spoil(venue: Any) -> None:
        accounts = venue.register.accounts
        account = hands.dice.choice([each for each in accounts if each.endswith("/available")])
        accounts[account] += 100

    return _saved(hands, spoil)


# --- commands


def a_command_erased(hands: Hands) -> int:
    number = hands.dice.randrange(len(hands.store.commands))
    return hands.store.commands.pop(number).first_position


def a_signature_forged(hands: Hands) -> int:
    number = _signed(hands)
    signature = bytearray(hands.store.commands[number].signature)
    signature[hands.dice.randrange(64)] ^= 1
    hands.command(number, signature=bytes(signature))
    return hands.store.commands[number].first_position


def a_signature_removed(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, signature=b"")
    return hands.store.commands[number].first_position


def words_that_nobody_signed(hands: Hands) -> int:
    number = _signed(hands)
    signed = hands.store.commands[number].signed
    hands.command(number, signed=signed.replace(b'"valid_ms":5000', b'"valid_ms":5001'))
    return hands.store.commands[number].first_position


def a_command_in_anothers_mouth(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, principal="k-0099")
    return hands.store.commands[number].first_position


def a_command_of_another_op(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, op="order.cancel_all")
    return hands.store.commands[number].first_position


def a_body_of_another_command(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, body_sha256=bytes(32))
    return hands.store.commands[number].first_position


def a_key_of_another_command(hands: Hands) -> int:
    number = _signed(hands)
    hands.command(number, key="another")
    return hands.store.commands[number].first_position


def two_commands_exchanged(hands: Hands) -> int:
    number = hands.dice.randrange(len(hands.store.commands) - 1)
    one, other = hands.store.commands[number : number + 2]
    for at, span in ((number, other), (number + 1, one)):
        first, last = span.first_position, span.last_position
        hands.command(at, first_position=first, last_position=last)
    hands.store.commands.sort(key=lambda each: each.first_position)
    return one.first_position


def columns_that_nobody_signs(hands: Hands) -> int:
    number = hands.dice.randrange(len(hands.store.commands))
    command = hands.store.commands[number]
    hands.command(number, label="another", received_ns=command.received_ns + 1)
    return command.first_position


# --- what an event states


def a_seller_who_did_not_sell(hands: Hands) -> int:
    position = hands.find("trade_settled")
    hands.event(position, seller="p-0009")
    return position


def a_giver_who_does_not_own(hands: Hands) -> int:
    position = hands.find("title_transferred")
    hands.event(position, from_party="p-0009")
    return position


def a_deposit_recorded_twice(hands: Hands) -> int:
    """Another reference becomes one that the bank had given already."""
    position = hands.find("cash_posted", _is_deposit)
    first = next(row for row in hands.store.rows if row.topic == "cash_posted")
    while position == first.position:
        position = hands.find("cash_posted", _is_deposit)
    hands.event(position, reference=hands.read(first.position)["reference"])
    return position


def a_trade_at_another_price(hands: Hands) -> int:
    position = hands.find("traded")
    hands.event(position, price_ticks=hands.read(position)["price_ticks"] + 1)
    return position


def an_entry_out_of_balance(hands: Hands) -> int:
    position = hands.find("cash_posted")
    (one, minor), *others = hands.read(position)["postings"]
    hands.event(position, postings=[[one, minor + 1], *others])
    return position


def an_amount_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("cash_posted", _is_deposit)
    rows = [[account, 999 * minor] for account, minor in hands.read(position)["postings"]]
    hands.event(position, postings=rows)
    return position


def a_deposit_for_another_party(hands: Hands) -> int:
    position = hands.find("cash_posted", _is_deposit)
    (bank, out), (account, minor) = hands.read(position)["postings"]
    other = "p-0100" if not account.startswith("p-0100") else "p-0101"
    hands.event(position, postings=[[bank, out], [f"{other}/available", minor]])
    return position


def a_name_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("party_registered", lambda event: event["party"] != "p-0001")
    hands.event(position, legal_name="Somebody Else")
    return position


def a_reference_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("cash_posted", _is_deposit)
    hands.event(position, reference="another")
    return position


def a_tier_that_was_not_signed(hands: Hands) -> int:
    position = hands.find("kyc_tier_set")
    hands.event(position, evidence_sha256="A" * 43)
    return position


def an_approver_who_did_not_sign(hands: Hands) -> int:
    position = hands.find("proposal_approved")
    hands.event(position, principal="k-0007")
    return position


def a_key_that_had_ended(hands: Hands) -> int:
    position = hands.find("principal_enrolled", lambda event: event["valid_to_ns"] > 0)
    hands.event(position, valid_to_ns=hands.read(position)["at_ns"] + 1)
    return position


def a_key_without_its_scopes(hands: Hands) -> int:
    position = hands.find("principal_enrolled", lambda event: "trade" in event["scopes"])
    hands.event(position, scopes=["read"])
    return position


def a_batch_dated_back(hands: Hands) -> int:
    """By one nanosecond: time still goes on, and the attested hashes are over no instant."""
    position = _first_of_batch(hands)
    _at(hands, position, hands.read(position)["at_ns"] - 1)
    return position


# --- what nobody asked for


def _appended(name: str, make: Callable[[Hands], Event]) -> Callable[[Hands], int]:
    def tamper(hands: Hands) -> int:
        return hands.append(make(hands))

    tamper.__name__ = f"{name}_without_a_command"
    return tamper


def _deposit(hands: Hands) -> Event:
    rows = [("cn-1/external", -99_900_000_000), ("p-0100/available", 99_900_000_000)]
    return CashPosted("cn-1", "j-009999", "deposit", "bank-x", rows, 0)


def _transfer(hands: Hands) -> Event:
    """Of a thing in no sale, which nobody offers; its leases go with it."""
    things = recover(hands.journal).venue.register.things.values()
    free = [each for each in things if each.owner and not (each.settlement or each.order)]
    thing = hands.dice.choice([t for t in free if not any(w.order for w in t.windows)])
    return TitleTransferred(
        node=thing.node,
        from_party=thing.owner,
        to_party="p-0009",  # type: ignore[arg-type]
        settlement="",  # type: ignore[arg-type]
        basis="transfer",
        price_minor=0,
        subject_to=[window.lease for window in thing.windows],
        effective_ns=1_731_600_000_000_000_000,
    )


def _enrolment(hands: Hands) -> Event:
    return PrincipalEnrolled(
        party="p-0100",  # type: ignore[arg-type]
        principal="k-9999",  # type: ignore[arg-type]
        holder_sha256="A" * 43,
        public_key=public_key("forger"),
        scopes=["read", "trade"],
        ip_allow=[],
        signing="every",
        label="",
        valid_to_ns=0,
        public_key_rule=1,
    )


def _cancel(hands: Hands) -> Event:
    """Of an ask: it frees a thing, and no cash."""
    venue = recover(hands.journal).venue
    asks = [order for order in venue.orders.values() if order.side == "ask"]
    order = hands.dice.choice(asks)
    return OrderCancelled(
        market=order.market,
        order=order.order,
        lots=order.open_lots,
        reason="user",
        party=order.party,
        hold="",  # type: ignore[arg-type]
        freed_minor=0,
        freed_nodes=order.nodes,
        total_lots=order.lots,
        price_ticks=order.price_ticks,
    )


def _tier(hands: Hands) -> Event:
    return KycTierSet("p-0100", 1, "A" * 43, 0)  # type: ignore[arg-type]


def _role(hands: Hands) -> Event:
    return RoleGranted("p-0100", "inspector", "none")  # type: ignore[arg-type]


def _rule(hands: Hands) -> Event:
    return RuleSet("grade_valid", 31, hands.read(hands.history.head)["at_ns"] + 2_000, "none")


# --- views, and what they are made of


def _shown(name: str, where: str, *statements: str) -> Callable[[Hands], str]:
    def tamper(hands: Hands) -> str:
        hands.sql(*statements)
        return where

    tamper.__name__ = name
    return tamper


def a_chain_of_title_rewritten(hands: Hands) -> str:
    position = hands.find("title_issued")
    hands.sql(f"UPDATE views.chain SET to_party = 'p-0666' WHERE position = {position}")
    return f"chain {position}: to_party shows p-0666"


def a_balance_rewritten(hands: Hands) -> str:
    position = hands.find("cash_posted", _is_deposit)
    account = hands.read(position)["postings"][1][0]
    hands.sql(f"UPDATE views.accounts SET balance_minor = 1 WHERE account = '{account}'")
    return f"accounts {account}: balance_minor shows 1"


def a_posting_missing(hands: Hands) -> str:
    position = hands.find("cash_posted")
    hands.sql(f"DELETE FROM views.postings WHERE position = {position} AND line = 1")
    return f"postings {position}, 1: the row is missing"


def a_trade_doubled(hands: Hands) -> str:
    trade = hands.read(hands.find("traded"))["trade"]
    hands.sql(
        "ALTER TABLE views.trades DROP CONSTRAINT trades_pkey",
        f"INSERT INTO views.trades SELECT * FROM views.trades WHERE trade = '{trade}'",
    )
    return f"trades {trade}: the row stands there 2 times"


def a_party_of_nobody(hands: Hands) -> str:
    hands.sql(
        'INSERT INTO views.parties (party, legal_name, position, "group")'
        " VALUES ('p-7777', 'x', 1, 'p-7777')"
    )
    return "parties p-7777: no event makes this row"


def views_beyond_the_head(hands: Hands) -> str:
    hands.sql(f"UPDATE views.progress SET position = {hands.history.head + 1}")
    return "beyond the last one"


# --- what lies beside


def a_report_replaced(hands: Hands) -> str:
    hands.sql(
        "ALTER TABLE reports DROP CONSTRAINT reports_check",
        "UPDATE reports SET raw = 'another' WHERE report_sha256 ="
        " (SELECT min(report_sha256) FROM reports)",
        "ALTER TABLE reports ADD CONSTRAINT reports_check CHECK (report_sha256 = sha256(raw))"
        " NOT VALID",
    )
    return "is kept with the hash"


def a_report_deleted(hands: Hands) -> int:
    position = hands.find("report_filed")
    report = hands.read(position)["report_sha256"]
    padded = report.replace("-", "+").replace("_", "/") + "="
    hands.sql(f"DELETE FROM reports WHERE report_sha256 = decode('{padded}', 'base64')")
    return position


def a_name_of_nobody(hands: Hands) -> str:
    hands.sql(
        "INSERT INTO personal (subject, salt, name, compared) VALUES"
        " ('k-7777', '0123456789abcdef', 'Mallory', 'mallory')"
    )
    return "a name is noted for k-7777"


def _first_of_batch(hands: Hands) -> int:
    found = [
        row.position
        for row in hands.store.rows
        if b'"cause":' not in row.state and row.position > 2 and row.topic != "state_attested"
    ]
    return hands.dice.choice(found)


def _at(hands: Hands, position: int, at_ns: int) -> None:
    """Another instant for a whole batch."""
    hands.event(position, at_ns=at_ns)
    for row in hands.store.rows[position:]:
        if b'"cause":%d' % position not in row.state:
            return
        hands.event(row.position, at_ns=at_ns)


def _end_of_commit(hands: Hands, position: int) -> int:
    return next(c.last_position for c in hands.store.commits if c.last_position >= position)


def _forget_commands(hands: Hands, last: int) -> None:
    hands.store.commands[:] = [c for c in hands.store.commands if c.last_position <= last]


def _signed(hands: Hands) -> int:
    found = [n for n, each in enumerate(hands.store.commands) if each.signature]
    return hands.dice.choice(found)


def _is_deposit(event: dict[str, Any]) -> bool:
    return bool(event["kind"] == "deposit")


REPLACED = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RETURN NULL; END'"
)
HIDING = (
    "CREATE OR REPLACE VIEW trial_balance AS SELECT account, party, kind, reference,"
    " balance_minor FROM views.accounts WHERE party <> 'p-0001'"
)

KINDS: Final = (
    Kind(a_flipped_bit, VERIFY, "chain"),
    Kind(an_event_deleted, VERIFY, "positions"),
    Kind(two_events_exchanged, VERIFY, "versions"),
    Kind(a_version_skipped, VERIFY, "versions"),
    Kind(a_time_that_goes_back, VERIFY, "stamps"),
    Kind(another_form_of_the_same, VERIFY, "bytes"),
    Kind(a_topic_of_nobody, VERIFY, "bytes"),
    Kind(an_event_of_another_batch, VERIFY, "stamps"),
    Kind(a_chain_of_nothing, VERIFY, "chain"),
    Kind(a_commit_deleted, VERIFY, "chain"),
    Kind(two_commits_made_one, EXPECT),
    Kind(a_commit_beyond_the_head, VERIFY, "chain"),
    Kind(a_writer_who_never_was, VERIFY, "fence"),
    Kind(a_fence_that_went_back, VERIFY, "fence"),
    Kind(a_tail_cut_from_its_commands, VERIFY, "I16 commands"),
    Kind(a_tail_cut_from_its_views, VERIFY, "view rows"),
    Kind(a_tail_cut_from_its_saved_state, VERIFY, "saved states"),
    Kind(a_tail_cut_with_all_its_traces, EXPECT),
    Kind(a_tail_cut_that_no_pair_reaches, LOG),
    Kind(tables_emptied, VERIFY, "judged"),
    Kind(commands_emptied, VERIFY, "I16 commands"),
    Kind(a_saved_state_forged, VERIFY, "saved states"),
    Kind(a_saved_state_of_another_balance, VERIFY, "saved states"),
    Kind(a_command_erased, VERIFY, "I16 commands"),
    Kind(a_signature_forged, VERIFY, "signatures"),
    Kind(a_signature_removed, VERIFY, "signatures"),
    Kind(words_that_nobody_signed, VERIFY, "signatures"),
    Kind(a_command_in_anothers_mouth, VERIFY, "signed documents"),
    Kind(a_command_of_another_op, VERIFY, "signed documents"),
    Kind(a_body_of_another_command, VERIFY, "signed documents"),
    Kind(a_key_of_another_command, VERIFY, "signed documents"),
    Kind(two_commands_exchanged, VERIFY, "signed documents"),
    Kind(columns_that_nobody_signs, EXPECT),
    Kind(a_seller_who_did_not_sell, VERIFY, "I7"),
    Kind(a_giver_who_does_not_own, VERIFY, "I1"),
    Kind(a_deposit_recorded_twice, VERIFY, "I4"),
    Kind(a_trade_at_another_price, VERIFY, "I15"),
    Kind(an_entry_out_of_balance, VERIFY, "postings"),
    Kind(an_amount_that_was_not_signed, VERIFY, "signed args"),
    Kind(a_deposit_for_another_party, VERIFY, "signed args"),
    Kind(a_name_that_was_not_signed, VERIFY, "signed args"),
    Kind(a_reference_that_was_not_signed, VERIFY, "signed args"),
    Kind(a_tier_that_was_not_signed, VERIFY, "signed args"),
    Kind(an_approver_who_did_not_sign, VERIFY, "signed args"),
    Kind(a_key_that_had_ended, VERIFY, "signed args"),
    Kind(a_key_without_its_scopes, VERIFY, "signed args"),
    Kind(a_batch_dated_back, EXPECT),
    Kind(_appended("a_deposit", _deposit), VERIFY, "acts"),
    Kind(_appended("a_transfer", _transfer), VERIFY, "acts"),
    Kind(_appended("a_tier", _tier), VERIFY, "acts"),
    Kind(_appended("a_role", _role), VERIFY, "acts"),
    Kind(_appended("a_rule", _rule), VERIFY, "acts"),
    Kind(_appended("a_cancel", _cancel), VERIFY, "acts"),
    Kind(_appended("an_enrolment", _enrolment), VERIFY, "acts"),
    Kind(a_chain_of_title_rewritten, VERIFY, "view rows"),
    Kind(a_balance_rewritten, VERIFY, "view rows"),
    Kind(a_posting_missing, VERIFY, "view rows"),
    Kind(a_trade_doubled, VERIFY, "view rows"),
    Kind(a_party_of_nobody, VERIFY, "view rows"),
    Kind(views_beyond_the_head, VERIFY, "view rows"),
    Kind(
        _shown("views_emptied", "the row is missing", "TRUNCATE views.chain, views.titles"),
        VERIFY,
        "view rows",
    ),
    Kind(
        _shown("a_trigger_dropped", "append_only", "DROP TRIGGER append_only ON commands"),
        VERIFY,
        "definitions",
    ),
    Kind(
        _shown(
            "a_constraint_dropped",
            "commits_chain_check",
            "ALTER TABLE commits DROP CONSTRAINT commits_chain_check",
        ),
        VERIFY,
        "definitions",
    ),
    Kind(
        _shown("a_grant_widened", "to engine", "GRANT UPDATE ON stored_events TO engine"),
        VERIFY,
        "definitions",
    ),
    Kind(_shown("a_function_replaced", "refuse_change()", REPLACED), VERIFY, "definitions"),
    Kind(_shown("a_face_that_hides", "trial_balance", HIDING), VERIFY, "definitions"),
    Kind(a_report_replaced, VERIFY, "raw reports"),
    Kind(a_report_deleted, VERIFY, "raw reports"),
    Kind(a_name_of_nobody, VERIFY, "names"),
)
