"""One's own lists: orders, fills, cash and what moved it, leases, holdings, sites."""

from typing import Any, Final

import click

from exchange.words import OrderState, Side
from gateway.cli.confirmed_act import when, yuan
from gateway.cli.figures import some
from gateway.cli.options import VerbContext
from gateway.cli.seller.inventory import stands_in
from gateway.cli.trader.empty_lists import EmptyList
from gateway.cli.trader.list_frame import (
    MARKET,
    NONE,
    SITE,
    account_of,
    choice,
    own_list,
    own_rows,
    price,
    specs_by_market,
    write_list,
)
from gateway.contract.page_words import in_page_words
from ledger.words import AccountKind, LeaseState, PaymentState, PostingKind, SiteStatus

NO_ORDERS: Final = EmptyList("orders", "none was placed yet", ("orders",), ("markets",))
NO_FILLS: Final = EmptyList("fills", "no order has traded yet", ("fills",), ("orders",))
NO_CASH: Final = EmptyList(
    "cash", "nothing was paid in yet; a clerk records what came to the bank", ("cash",)
)
NO_POSTINGS: Final = EmptyList("postings", "no cash has moved yet", ("postings",), ("cash",))
NO_WITHDRAWALS: Final = EmptyList(
    "withdrawals", "no cash was asked to be paid out yet", ("withdrawals",), ("cash",)
)
NO_LEASES: Final = EmptyList(
    "leases", "nothing was let or hired yet", ("leases",), ("markets", "--kind", "lease")
)
NO_HOLDINGS: Final = EmptyList(
    "holdings", "no title was issued or bought yet", ("holdings",), ("inventory",)
)
NO_SITES: Final = EmptyList(
    "sites",
    "none is run by this party yet, and --all lists those of others",
    ("sites",),
    ("operator", "site", "NAME", "--point", "CN-BJ"),
)
NO_SITES_AT_ALL: Final = EmptyList("sites", "none is registered yet", ("sites", "--all"))


@click.command()
@MARKET
@click.option("--state", type=choice(OrderState), help="In that state alone.")
@click.option("--side", type=choice(Side), help="Of that side alone.")
@click.option("--label", default="", help="With that label alone.")
@own_list()
def orders(context: VerbContext, most: int, **terms: Any) -> None:
    """List your orders, newest first: what of each stands, at which price, since when.

    \b
    Example:
      gpubourse orders --me trader
      gpubourse orders --state open --from {day} --me trader
    """
    caller, found = own_rows(context, "/v1/orders", most, terms)
    specs = specs_by_market(caller) if found.rows else {}

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        state = row["state"]
        if row["cause"]:
            state += f" ({in_page_words('cause', row['cause'])})"
        return (
            row["order"],
            row["market"],
            row["side"],
            price(caller, specs, row),
            f"{row['lots']:,}",
            f"{row['open_lots']:,}",
            f"{row['filled_lots']:,}",
            state,
            row["time_in_force"],
            when(caller, row["expires_ns"]) if int(row["expires_ns"]) else NONE,
            yuan(caller, row["held_minor"]) if row["held_minor"] else NONE,
            when(caller, row["at_ns"]),
            row["label"],
        )

    headings = (
        *("order", "market", "side", "price>", "lots>", "open>", "filled>", "state"),
        *("in force", "until", "on hold>", "since", "label"),
    )
    write_list(caller, found, headings, cells, NO_ORDERS, terms)


@click.command()
@click.option("--order", default="", metavar="ORDER", help="Of that order alone.")
@MARKET
@own_list()
def fills(context: VerbContext, most: int, **terms: Any) -> None:
    """List what your orders traded, newest first, with the fee and what each led to.

    \b
    Example:
      gpubourse fills --me trader
      gpubourse fills --market T.H100SXM8.A1.CN-BJ --from {day} --me trader
    """
    caller, found = own_rows(context, "/v1/fills", most, terms)
    specs = specs_by_market(caller) if found.rows else {}

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        return (
            row["trade"],
            row["order"],
            row["market"],
            row["side"],
            f"{row['lots']:,}",
            price(caller, specs, row),
            yuan(caller, row["notional_minor"]),
            yuan(caller, row["fee_minor"]),
            row["role"],
            row["settlement"] or NONE,
            when(caller, row["at_ns"]),
        )

    headings = (
        *("trade", "order", "market", "side", "lots>", "price>", "amount>", "fee>"),
        *("role", "settlement", "at"),
    )
    write_list(caller, found, headings, cells, NO_FILLS, terms)


@click.command()
@click.option("--kind", type=choice(AccountKind), help="Of that kind alone.")
@own_list(is_dated=False)
def cash(context: VerbContext, most: int, **terms: Any) -> None:
    """List your accounts: what is available, on hold, in escrow, and for what.

    \b
    Example:
      gpubourse cash --me trader
    """
    caller, found = own_rows(context, "/v1/cash", most, terms)
    write_list(
        caller,
        found,
        ("cash", "for", "balance>"),
        lambda row: (
            in_page_words("account", row["kind"]),
            row["reference"] or NONE,
            yuan(caller, row["balance_minor"]),
        ),
        NO_CASH,
        terms,
    )


def _account_in_words(account: str) -> str:
    """`p-0118/withdrawing/y-000238` as `p-0118, on its way out, y-000238`."""
    party, *parts = account.split("/")
    return ", ".join([party, *(in_page_words("account", part) for part in parts)])


@click.command()
@click.option("--account", default="", help="Of that account alone: p-0002/available.")
@click.option("--kind", type=choice(PostingKind), help="Of that kind alone.")
@own_list()
def postings(context: VerbContext, most: int, **terms: Any) -> None:
    """List what moved your cash, newest first.

    \b
    Example:
      gpubourse postings --from {day} --me trader
    """
    caller, found = own_rows(context, "/v1/cash/postings", most, terms)
    write_list(
        caller,
        found,
        ("position>", "at", "account", "why", "amount>"),
        lambda row: (
            f"{row['position']:,}",
            when(caller, row["at_ns"]),
            _account_in_words(row["account"]),
            row["kind"].replace("_", " "),
            yuan(caller, row["amount_minor"]),
        ),
        NO_POSTINGS,
        terms,
    )


@click.command()
@click.option("--state", type=choice(PaymentState), help="In that state alone.")
@own_list()
def withdrawals(context: VerbContext, most: int, **terms: Any) -> None:
    """List the cash that you asked to be paid out, newest first, and what became of it.

    \b
    Example:
      gpubourse withdrawals --me seller
    """
    caller, found = own_rows(context, "/v1/withdrawals", most, terms)
    write_list(
        caller,
        found,
        ("payment", "asked for", "amount>", "to", "state", "the bank's reference", "reason"),
        lambda row: (
            row["payment"],
            when(caller, row["at_ns"]),
            yuan(caller, row["amount_minor"]),
            account_of(row) or NONE,
            "on its way out" if row["state"] == "instructed" else row["state"],
            row["payer_reference"] or NONE,
            row["reason"] or NONE,
        ),
        NO_WITHDRAWALS,
        terms,
    )


@click.command()
@click.option("--state", type=choice(LeaseState), help="In that state alone.")
@SITE
@own_list()
def leases(context: VerbContext, most: int, **terms: Any) -> None:
    """List what you let or hire: of what, from when to when, for how much.

    \b
    Example:
      gpubourse leases --me trader
    """
    caller, found = own_rows(context, "/v1/leases", most, terms)
    me = str(terms.get("party") or caller.party)
    write_list(
        caller,
        found,
        ("lease", "state", "thing", "gpus>", "site", "you", "with", "from", "to", "rent>"),
        lambda row: (
            row["lease"],
            row["state"],
            ", ".join(row["units"]) or row["node"],
            row["gpus"],
            row["site"],
            "let" if row["lessor"] == me else "hire",
            row["lessee"] if row["lessor"] == me else row["lessor"],
            when(caller, row["from_ns"]),
            when(caller, row["to_ns"]),
            yuan(caller, row["rent_minor"]),
        ),
        NO_LEASES,
        terms,
    )


@click.command()
@SITE
@own_list(is_dated=False)
def holdings(context: VerbContext, most: int, **terms: Any) -> None:
    """List what you have title to, and whether it is offered, sold or let.

    \b
    Example:
      gpubourse holdings --me seller
    """
    caller, found = own_rows(context, "/v1/holdings", most, terms)
    write_list(
        caller,
        found,
        ("thing", "class", "gpus>", "site", "since", "offered", "sold", "let"),
        lambda row: (
            row["thing"],
            row["asset_class"],
            row["gpus"],
            f"{row['site']} {row['delivery_point'] or ''}".strip(),
            when(caller, row["at_ns"]),
            *(some(names) or NONE for names in stands_in(row).values()),
        ),
        NO_HOLDINGS,
        terms,
    )


@click.command()
@click.option("--state", type=choice(SiteStatus), help="In that state alone.")
@click.option("--all", "is_all", is_flag=True, help="Everybody's: where your servers may stand.")
@own_list(is_dated=False)
def sites(context: VerbContext, most: int, *, is_all: bool, **terms: Any) -> None:
    """List the data centres that you run; with --all everybody's, whom an import there asks.

    \b
    Example:
      gpubourse sites --me seller
      gpubourse sites --all --me seller
    """
    if is_all:
        terms.pop("party")
    caller, found = own_rows(context, "/v1/site_directory" if is_all else "/v1/sites", most, terms)
    write_list(
        caller,
        found,
        ("site", "name", "delivery point", "state", "run by"),
        lambda row: (
            row["site"],
            row["name"],
            row["delivery_point"],
            row["status"],
            row["operator"],
        ),
        NO_SITES_AT_ALL if is_all else NO_SITES,
        terms,
    )
