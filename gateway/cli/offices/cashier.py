"""Cash that comes in and goes out: the bank's word, as the cashier records it."""

import click

from gateway.cli.confirmed_act import act, path_to, yuan
from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import amount_minor
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller


@click.command()
@click.argument("party")
@click.argument("amount", metavar="YUAN")
@click.option("--reference", required=True, metavar="REF", help="The bank's; it counts once.")
@with_context("venue", "me", "data", "acts")
def deposit(context: VerbContext, party: str, amount: str, reference: str) -> None:
    """Record cash that came in for PARTY.

    \b
    Example:
      gpubourse operator deposit p-0003 1000000 --reference BANK-7781 --me clerk-1
    """
    caller = VenueCaller(context)
    minor = amount_minor(amount, caller.venue.get("minor_digits", 2))
    act(
        caller,
        "deposit.new",
        "/v1/deposits",
        {"party": party, "amount_minor": minor, "reference": reference},
        lambda done: f"{done['entry']}: {yuan(caller, minor)} is available to {party}.",
        before=f"{party} receives {yuan(caller, minor)}, by the bank's {reference}.",
    )


@click.command("reverse-deposit")
@click.argument("party")
@click.argument("amount", metavar="YUAN")
@click.option("--reference", required=True, metavar="REF", help="The bank's, as recorded.")
@click.option("--reason", required=True, help="What was wrong.")
@with_context("venue", "me", "data", "acts")
def reverse_deposit(
    context: VerbContext, party: str, amount: str, reference: str, reason: str
) -> None:
    """Take back what was credited to PARTY by mistake, whole. Takes two.

    From then on the bank's reference can be recorded anew: for the right party, or the right sum.

    \b
    Example:
      gpubourse operator reverse-deposit p-0003 500 --reference B-77 --reason twice --me clerk-1
    """
    caller = VenueCaller(context)
    minor = amount_minor(amount, caller.venue.get("minor_digits", 2))
    act(
        caller,
        "deposit.reverse",
        "/v1/deposits/reverse",
        {"party": party, "amount_minor": minor, "reference": reference, "reason": reason},
        lambda done: f"{done['entry']}: {yuan(caller, minor)} is no longer {party}'s.",
        before=f"{party} loses {yuan(caller, minor)}, which the bank's {reference} brought.",
    )


@click.group()
def withdrawal() -> None:
    """Cash that goes out: asked by its owner, confirmed or refused by the cashier."""


@withdrawal.command("ask")
@click.argument("amount", metavar="YUAN")
@click.option(
    "--to", "to_account", required=True, metavar="ACCOUNT", help="Where the bank sends it."
)
@with_context("venue", "me", "data", "acts")
def request_withdrawal(context: VerbContext, amount: str, to_account: str) -> None:
    """Ask for own cash to be paid out. A large amount takes a second signature.

    \b
    Example:
      gpubourse operator withdrawal ask 500000 --to "ICBC 6222 0202" --me seller
    """
    if not to_account.strip():
        raise VerbFailed(USAGE, "--to names no account.", 'Say --to "ICBC 6222 0202".')
    caller = VenueCaller(context)
    minor = amount_minor(amount, caller.venue.get("minor_digits", 2))
    act(
        caller,
        "withdrawal.new",
        "/v1/withdrawals",
        {"amount_minor": minor, "to_account": to_account},
        lambda done: f"{done['payment']}: {yuan(caller, minor)} is on its way to {to_account}.",
        then=lambda _: (context.line("withdrawals"),),
        turn=lambda _: "It is the cashier's turn: they say when the bank has paid it.",
        before=(
            f"{caller.party} withdraws {yuan(caller, minor)} to {to_account}: from then on it is "
            "no longer available."
        ),
    )


@withdrawal.command()
@click.argument("payment")
@click.option("--reference", required=True, metavar="REF", help="The bank's.")
@with_context("venue", "me", "data", "acts")
def confirm(context: VerbContext, payment: str, reference: str) -> None:
    """Confirm that the bank has paid PAYMENT.

    \b
    Example:
      gpubourse operator withdrawal confirm y-000001 --reference BANK-9 --me clerk-1
    """
    act(
        VenueCaller(context),
        "withdrawal.confirm",
        path_to("withdrawals", payment, "confirm"),
        {"payer_reference": reference},
        lambda _: f"{payment} is paid.",
        before=f"{payment} is recorded as paid: it has left the bank by {reference}.",
        payment=payment,
    )


@withdrawal.command()
@click.argument("payment")
@click.option("--reason", required=True)
@with_context("venue", "me", "data", "acts")
def refuse(context: VerbContext, payment: str, reason: str) -> None:
    """Say that PAYMENT was not paid: the cash is available again.

    \b
    Example:
      gpubourse operator withdrawal refuse y-000001 --reason "no such account" --me clerk-1
    """
    act(
        VenueCaller(context),
        "withdrawal.refuse",
        path_to("withdrawals", payment, "refuse"),
        {"reason": reason},
        lambda _: f"{payment} is refused; the cash is available again.",
        payment=payment,
    )
