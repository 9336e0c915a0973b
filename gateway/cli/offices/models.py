"""The models that a venue lists: which of this release's it lacks, and how one more is listed."""

from typing import Any

import click

from gateway.cli.confirmed_act import CLERKS, act
from gateway.cli.exit_codes import NOT_FOUND, VerbFailed
from gateway.cli.figures import counted
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller
from ledger.things.gpu_models import CATALOGUE, FORMS, GIB

UNKNOWN = "not known"


@click.command()
@click.option("--lacking", is_flag=True, help="Only what this release knows and the venue lacks.")
@with_context("venue", "me", "data")
def models(context: VerbContext, lacking: bool) -> None:
    """List the models that the venue knows, and those that this release knows besides.

    A venue adopts its release's models when it opens. What a later release knows, a clerk adopts by
    `gpubourse operator adopt`; any other model a clerk lists by `gpubourse operator model`.

    \b
    Example:
      gpubourse operator models
    """
    caller = VenueCaller(context)
    rows = list(caller.rows("/v1/models"))
    missing = missing_models({row["model"] for row in rows})
    context.output.document(
        {"position": caller.position, "rows": rows, "lacking": missing, "next": None}
    )
    if not lacking:
        context.output.table(
            ("model", "maker", "form", "gpus>", "memory>", "tdp>", "tpp>", "names"),
            [_line(row) for row in rows],
        )
    if not missing:
        context.output.write("This release knows no other model.")
    else:
        context.output.write(
            f"This release knows {counted(len(missing), 'model')} more: {', '.join(missing)}.\n"
            "A clerk adopts them, and another approves: "
            + context.line("operator", "adopt", me=CLERKS[0])
        )
    context.output.write(
        "Any other is listed with its figures: gpubourse operator model CODE --help"
    )


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE…]")
@with_context("venue", "me", "data", "acts")
def adopt(context: VerbContext, codes: tuple[str, ...]) -> None:
    """List models that this release knows and the venue lacks: those of CODE, or all. Takes two.

    \b
    Example:
      gpubourse operator adopt --me clerk-1
      gpubourse operator adopt H100SXM4 L20 --me clerk-1
    """
    caller = VenueCaller(context)
    wanted = [code.upper() for code in codes]
    if not wanted:
        wanted = missing_models({row["model"] for row in caller.rows("/v1/models")})
    if not wanted:
        raise VerbFailed(
            NOT_FOUND,
            "The venue lists every model that this release knows.",
            "List another with its figures: gpubourse operator model CODE --help.",
        )
    act(
        caller,
        "model.adopt",
        "/v1/models/adopt",
        {"models": wanted},
        lambda done: f"Listed: {', '.join(done['models'])}.",
    )


@click.command()
@click.argument("code")
@click.option("--vendor", required=True, metavar="MAKER", help="As a CSV names it: huawei.")
@click.option("--form", type=click.Choice(FORMS), default="pcie", show_default=True)
@click.option(
    "--gpus", type=click.IntRange(1, 64), default=1, show_default=True, help="A lot: 1, or a board."
)
@click.option("--memory", required=True, type=click.IntRange(1), metavar="GB", help="Of one GPU.")
@click.option("--name", "names", multiple=True, required=True, help="As reports print it; again.")
@click.option("--tdp", type=click.IntRange(0), default=0, metavar="W", help="0: not known.")
@click.option("--tpp", type=click.IntRange(0), default=0, help="0: not known.")
@click.option("--ecc/--no-ecc", default=True, show_default=True, help="Its memory corrects errors.")
@click.option("--mig/--no-mig", default=False, show_default=True, help="It can be split.")
@with_context("venue", "me", "data", "acts")
def model(
    context: VerbContext,
    code: str,
    vendor: str,
    form: str,
    gpus: int,
    memory: int,
    names: tuple[str, ...],
    tdp: int,
    tpp: int,
    ecc: bool,
    mig: bool,
) -> None:
    """List the model CODE with its figures. Takes two.

    Of a board list two models of the same names: the GPU with --gpus 1, and the board with the
    number of its GPUs. Cards of a maker whose reports are not read are then registered by a CSV.

    \b
    Example:
      gpubourse operator model ASCEND910B --vendor huawei --memory 64 --name 910B --me clerk-1
    """
    args: dict[str, Any] = {
        "model": code.upper(),
        "vendor": vendor,
        "form": form,
        "gpus_per_lot": gpus,
        "memory_mib": memory * GIB,
        "tdp_w": tdp,
        "tpp": tpp,
        "has_ecc": ecc,
        "has_mig": mig,
        "names": list(names),
    }
    act(
        VenueCaller(context),
        "model.new",
        "/v1/models",
        args,
        lambda done: f"{done['model']} is listed.",
    )


def missing_models(listed: set[str]) -> list[str]:
    """The codes that this release knows and a venue does not list, boards among them."""
    known = [code for each in CATALOGUE for code in dict.fromkeys((each.code, *each.lot_codes))]
    return [code for code in known if code not in listed]


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["model"],
        row["vendor"],
        row["form"],
        row["gpus_per_lot"],
        f"{row['memory_mib'] // GIB} GiB",
        f"{row['tdp_w']} W" if row["tdp_w"] else UNKNOWN,
        f"{row['tpp']:,}" if row["tpp"] else UNKNOWN,
        ", ".join(row["names"]),
    )
