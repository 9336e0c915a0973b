"""Where an untitled server stands: the site's operator agrees, or its registrant names another."""

import click

from gateway.cli.confirmed_act import act
from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import ranges
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller

SITES_PATH = "/v1/nodes/site"


@click.command("node-site")
@click.argument("nodes", nargs=-1, required=True, metavar="NODE…")
@click.option("--site", default="", metavar="SITE", help="Where they stand: s-0001.")
@click.option(
    "--not-here", is_flag=True, help="Take back your word that they stand at a site of yours."
)
@click.option(
    "--claim", "wants_title", is_flag=True, help="Ask for title, too, as soon as they stand there."
)
@with_context("venue", "me", "data", "acts")
def node_site(
    context: VerbContext, nodes: tuple[str, ...], site: str, not_here: bool, wants_title: bool
) -> None:
    """Say that NODE, which you registered and which has no title yet, stands at SITE.

    At another operator's site it waits for a word of theirs, as an import there does. Who runs the
    site where it stands says --not-here: until it has a title their word can be taken back. Who
    said no may say yes after all, for a day: they name their own site.

    \b
    Example:
      gpubourse operator node-site n-0001 --site s-0001 --me seller
      gpubourse operator node-site n-0001 --not-here --me operator
    """
    if not_here == bool(site):
        raise VerbFailed(
            USAGE,
            "Where do they stand?",
            f"Say --site SITE (`{context.line('sites')}`), or --not-here.",
        )
    args = {"nodes": list(nodes), "site": site, "claim": wants_title}
    named, stand = ", ".join(ranges(nodes)), "stands" if len(nodes) == 1 else "stand"
    before = f"{named} {stand} at {site} from now on, if whoever runs it agrees"
    before += "; title is asked for, too." if wants_title else "."
    if not_here:
        before = f"{named} {stand} nowhere from now on, and you are not asked again within a day; "
        before += "until then --site takes it back."
    act(
        VenueCaller(context),
        "node.site",
        SITES_PATH,
        args,
        lambda _: f"{named} {stand} {f'at {site}' if site else 'nowhere'}.",
        before=before,
        then=lambda _: (context.line("inventory"),),
    )
