"""The tamper matrix: each kind of tampering, and who catches it.

Who does it owns the database, and covers his tracks (`hands.py`). The last of them runs the venue.
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from tests.ledger.audit.tampering import (
    beside,
    commands,
    commits,
    definitions,
    invented,
    publications,
    riders,
    roots,
    rows,
    statements,
)
from tests.ledger.audit.tampering.hands import Hands

Catcher = Literal["verify", "redecide", "expect", "log", "witness"]
VERIFY: Final = "verify"  # `audit verify` alone, by the check that the row names
REDECIDE: Final = "redecide"  # `audit redecide` alone: who signed it asked for something else
EXPECT: Final = "expect"  # only a pair that was kept behind it: every trace was covered
LOG: Final = "log"  # only the published log: the last pair that was kept is older
ROOTS: Final = "form 2 roots"  # the check that takes the venue's salt key
WITNESS: Final = "witness"  # only a cosignature: database and log agree, and both are others


class Kind(NamedTuple):
    """One kind of tampering. It returns what a breach must name: a position, or an object."""

    tamper: Callable[[Hands], int | str]
    catcher: Catcher
    check: str = ""  # which of verify's speaks, if it catches
    in_log: bool = False  # whether `audit verify-log --journal` tells it, too: events did change

    @property
    def name(self) -> str:
        return self.tamper.__name__


KINDS: Final = (
    Kind(rows.a_flipped_bit, VERIFY, "chain", in_log=True),
    Kind(rows.an_event_deleted, VERIFY, "positions", in_log=True),
    Kind(rows.two_events_exchanged, VERIFY, "versions", in_log=True),
    Kind(rows.a_version_skipped, VERIFY, "versions", in_log=True),
    Kind(rows.a_time_that_goes_back, VERIFY, "stamps", in_log=True),
    Kind(rows.another_form_of_the_same, VERIFY, "bytes", in_log=True),
    Kind(rows.a_topic_of_nobody, VERIFY, "bytes", in_log=True),
    Kind(rows.an_event_of_another_batch, VERIFY, "stamps", in_log=True),
    Kind(rows.a_batch_dated_back, EXPECT, in_log=True),
    Kind(commits.a_chain_of_nothing, VERIFY, "chain"),
    Kind(commits.a_commit_deleted, VERIFY, "chain"),
    Kind(commits.two_commits_made_one, EXPECT),
    Kind(commits.a_commit_beyond_the_head, VERIFY, "chain"),
    Kind(commits.a_writer_who_never_was, VERIFY, "fence"),
    Kind(commits.a_fence_that_went_back, VERIFY, "fence"),
    Kind(commits.a_tail_cut_from_its_commands, VERIFY, "I16 commands", in_log=True),
    Kind(commits.a_tail_cut_from_its_views, VERIFY, "view rows", in_log=True),
    Kind(commits.a_tail_cut_from_its_saved_state, VERIFY, "saved states", in_log=True),
    Kind(commits.a_tail_cut_with_all_its_traces, EXPECT, in_log=True),
    Kind(commits.a_tail_cut_that_no_pair_reaches, LOG, in_log=True),
    Kind(commits.tables_emptied, VERIFY, "judged", in_log=True),
    Kind(commits.commands_emptied, VERIFY, "I16 commands"),
    Kind(commits.a_saved_state_forged, VERIFY, "saved states"),
    Kind(commits.a_saved_state_of_another_balance, VERIFY, "saved states"),
    Kind(commands.a_command_erased, VERIFY, "I16 commands"),
    Kind(commands.a_signature_forged, VERIFY, "signatures"),
    Kind(commands.a_signature_removed, VERIFY, "signatures"),
    Kind(commands.words_that_nobody_signed, VERIFY, "signatures"),
    Kind(commands.a_command_in_anothers_mouth, VERIFY, "signed documents"),
    Kind(commands.a_command_of_another_op, VERIFY, "signed documents"),
    Kind(commands.a_body_of_another_command, VERIFY, "signed documents"),
    Kind(commands.a_key_of_another_command, VERIFY, "signed documents"),
    Kind(commands.two_commands_exchanged, VERIFY, "signed documents"),
    Kind(commands.columns_that_nobody_signs, EXPECT),
    Kind(riders.a_bid_that_rode_at_another_price, EXPECT, in_log=True),
    Kind(riders.a_bid_that_rode_erased, EXPECT, in_log=True),
    Kind(riders.two_bids_that_rode_exchanged, EXPECT, in_log=True),
    Kind(riders.a_bid_that_nobody_sent, EXPECT, in_log=True),
    Kind(riders.a_log_on_erased, VERIFY, "log-ons"),
    Kind(riders.a_log_on_of_other_bytes, VERIFY, "log-ons"),
    Kind(riders.a_log_on_that_never_was, VERIFY, "unsigned commands"),
    Kind(riders.a_ride_past_its_log_ons_end, VERIFY, "unsigned commands"),
    Kind(statements.a_seller_who_did_not_sell, VERIFY, "I7", in_log=True),
    Kind(statements.a_giver_who_does_not_own, VERIFY, "I1", in_log=True),
    Kind(statements.a_deposit_recorded_twice, VERIFY, "I4", in_log=True),
    Kind(statements.a_trade_at_another_price, VERIFY, "I15", in_log=True),
    Kind(statements.an_entry_out_of_balance, VERIFY, "postings", in_log=True),
    Kind(statements.an_amount_that_was_not_signed, VERIFY, "signed args", in_log=True),
    Kind(statements.a_deposit_for_another_party, VERIFY, "signed args", in_log=True),
    Kind(statements.a_deposit_turned_round, VERIFY, "money at the bank", in_log=True),
    Kind(statements.a_name_that_was_not_signed, VERIFY, "signed args", in_log=True),
    Kind(statements.a_reference_that_was_not_signed, VERIFY, "signed args", in_log=True),
    Kind(statements.a_tier_that_was_not_signed, VERIFY, "signed args", in_log=True),
    Kind(statements.an_approver_who_did_not_sign, VERIFY, "signed args", in_log=True),
    Kind(statements.a_key_that_had_ended, VERIFY, "signed args", in_log=True),
    Kind(statements.a_key_without_its_scopes, VERIFY, "signed args", in_log=True),
    Kind(statements.a_key_that_is_no_point, VERIFY, "public keys", in_log=True),
    Kind(statements.a_payment_of_nobody, VERIFY, "replay", in_log=True),
    Kind(statements.a_hash_of_another_state, VERIFY, "I14 state hashes", in_log=True),
    Kind(statements.a_grade_that_no_report_gives, REDECIDE, in_log=True),
    Kind(
        invented.appended("a_deposit_without_a_command", invented.deposit),
        VERIFY,
        "acts",
        in_log=True,
    ),
    Kind(
        invented.appended("a_transfer_without_a_command", invented.transfer),
        VERIFY,
        "acts",
        in_log=True,
    ),
    Kind(invented.appended("a_tier_without_a_command", invented.tier), VERIFY, "acts", in_log=True),
    Kind(invented.appended("a_role_without_a_command", invented.role), VERIFY, "acts", in_log=True),
    Kind(invented.appended("a_rule_without_a_command", invented.rule), VERIFY, "acts", in_log=True),
    Kind(
        invented.appended("a_cancel_without_a_command", invented.cancel),
        VERIFY,
        "acts",
        in_log=True,
    ),
    Kind(
        invented.appended("an_enrolment_without_a_command", invented.enrolment),
        VERIFY,
        "acts",
        in_log=True,
    ),
    Kind(
        invented.appended("a_cancel_by_a_line_that_never_was", invented.cancel_of_a_line),
        VERIFY,
        "records",
        in_log=True,
    ),
    Kind(
        invented.appended("time_that_passes_elsewhere", invented.time), VERIFY, "times", in_log=True
    ),
    Kind(invented.a_deposit_by_a_trader, VERIFY, "rights", in_log=True),
    Kind(invented.a_role_by_one_clerk, VERIFY, "rights", in_log=True),
    Kind(invented.a_command_sent_twice, VERIFY, "signed documents", in_log=True),
    Kind(beside.a_chain_of_title_rewritten, VERIFY, "view rows"),
    Kind(beside.a_balance_rewritten, VERIFY, "view rows"),
    Kind(beside.a_posting_missing, VERIFY, "view rows"),
    Kind(beside.a_trade_doubled, VERIFY, "view rows"),
    Kind(beside.a_party_of_nobody, VERIFY, "view rows"),
    Kind(beside.a_row_of_any_view_deleted, VERIFY, "view rows"),
    Kind(beside.views_beyond_the_head, VERIFY, "views"),
    Kind(beside.a_view_emptied, VERIFY, "view rows"),
    Kind(definitions.a_trigger_dropped, VERIFY, "definitions"),
    Kind(definitions.a_trigger_disabled, VERIFY, "definitions"),
    Kind(definitions.a_trigger_of_another, VERIFY, "definitions"),
    Kind(definitions.a_constraint_dropped, VERIFY, "definitions"),
    Kind(definitions.a_column_that_may_be_empty, VERIFY, "definitions"),
    Kind(definitions.a_rule_that_puts_aside, VERIFY, "definitions"),
    Kind(definitions.rows_hidden_from_the_auditor, VERIFY, "definitions"),
    Kind(definitions.a_grant_widened, VERIFY, "definitions"),
    Kind(definitions.a_table_given_away, VERIFY, "definitions"),
    Kind(definitions.a_function_replaced, VERIFY, "definitions"),
    Kind(definitions.a_function_with_its_owners_rights, VERIFY, "definitions"),
    Kind(definitions.a_face_that_hides, VERIFY, "definitions"),
    Kind(beside.a_report_replaced, VERIFY, "raw reports"),
    Kind(beside.a_report_deleted, VERIFY, "raw reports"),
    Kind(beside.a_name_of_nobody, VERIFY, "names"),
    Kind(roots.a_root_forged, VERIFY, ROOTS, in_log=True),
    Kind(roots.a_root_where_no_day_was_closed, VERIFY, ROOTS, in_log=True),
    Kind(roots.a_root_attested_twice, VERIFY, ROOTS),
    Kind(publications.an_entry_of_the_log_changed, LOG, in_log=True),
    Kind(publications.a_tile_of_the_log_changed, LOG, in_log=True),
    Kind(publications.a_head_that_nobody_signed, LOG, in_log=True),
    Kind(publications.a_part_of_the_log_withheld, LOG, in_log=True),
    Kind(publications.another_log_of_another_history, WITNESS),
    Kind(publications.another_log_of_a_cut_tail, WITNESS),
)
