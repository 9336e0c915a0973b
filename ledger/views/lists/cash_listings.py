"""The lists of cash and of what it is owed for: leases, accounts, postings, withdrawals."""

from ledger.ids import SiteId
from ledger.refusals import Reason
from ledger.views.lists.declaration import Filter, Listing, ListPath, RecordPath, equal, of
from ledger.views.lists.filter_values import ACCOUNT, ACCOUNT_OWNER, id_of, words
from ledger.words import AccountKind, LeaseState, PaymentState, PostingKind

LEASES = Listing(
    columns=of(
        "l",
        "lease lessor lessee node units gpus from_ns to_ns price_minor_per_gpu_hour rent_minor"
        " prepaid_minor deposit_minor payee lessor_fee_bp lessee_fee_bp trade state metered_to_ns"
        " available_gpu_ns down_gpu_ns energy_wh earned_minor fee_minor returned_minor"
        " deposit_returned_minor position at_ns",
    )
    | of("n", "site"),
    source="views.leases l JOIN views.nodes n USING (node)",
    key="l.position",
    since="l.position",
    filters={"party": Filter("%(party)s IN (l.lessor, l.lessee)")}
    | equal(
        {"lease": "l.lease", "state": "l.state", "site": "n.site"},
        state=words(LeaseState),
        site=id_of(SiteId),
    ),
    is_newest_first=True,
    at_ns="l.at_ns",
    served=ListPath("/v1/leases", "Leases", ("state", "site")),
    record=RecordPath("/v1/leases/{lease}", "A lease", Reason.unknown_lease, "lease"),
)

CASH = Listing(
    columns=of("a", "account party kind reference balance_minor position"),
    source="views.accounts a",
    key="a.account",
    since="0",
    filters=equal(
        {"party": "a.party", "kind": "a.kind"}, party=ACCOUNT_OWNER, kind=words(AccountKind)
    ),
    served=ListPath("/v1/cash", "Accounts with a balance", ("kind",)),
)

POSTINGS = Listing(
    columns=of("p", "position line account party amount_minor kind entry at_ns"),
    source="views.postings p",
    key="(p.position * 256 + p.line)",
    since="p.position",
    filters=equal(
        {"party": "p.party", "account": "p.account", "kind": "p.kind"},
        party=ACCOUNT_OWNER,
        account=ACCOUNT,
        kind=words(PostingKind),
    ),
    is_newest_first=True,
    at_ns="p.at_ns",
    served=ListPath("/v1/cash/postings", "Postings, newest first", ("account", "kind")),
)

PAYMENTS = Listing(
    columns=of(
        "y",
        "payment party amount_minor legs payer state payer_reference reason position at_ns",
    ),
    source="views.payments y",
    key="y.position",
    since="y.position",
    filters=equal(
        {"party": "y.party", "payment": "y.payment", "state": "y.state"}, state=words(PaymentState)
    ),
    is_newest_first=True,
    at_ns="y.at_ns",
    served=ListPath("/v1/withdrawals", "Withdrawals", ("state",)),
)

# One row: every account with a balance, and their sum, which is 0.
TRIAL_BALANCE = Listing(
    columns=of("t", "accounts sum_minor"),
    source="""(SELECT coalesce(json_agg(row_to_json(b) ORDER BY b.account), '[]') AS accounts,
                     coalesce(sum(b.balance_minor), 0) AS sum_minor
              FROM (SELECT account, party, kind, reference, balance_minor
                    FROM public.trial_balance) b) t""",
    key="t.sum_minor",  # of one row
    since="0",
    filters={},
)

LISTINGS = (LEASES, CASH, POSTINGS, PAYMENTS)
