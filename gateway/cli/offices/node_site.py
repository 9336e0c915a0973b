"""Where an untitled server stands: the site's operator agrees, or its registrant names another."""

import click

from gateway.cli.confirmed_act import act
from gateway.cli.figures import ranges
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import VenueCaller

SITES_PATH = "/v1/nodes/site"


@click.command("node-site")
@click.argument("nodes", nargs=-1, required=True, metavar="NODE…")
@click.option("--site", required=True, metavar="SITE", help="Where they stand: s-0001.")
@click.option(
    "--claim", "wants_title", is_flag=True, help="Ask for title, too, as soon as they stand there."
)
@with_context("venue", "me", "data", "acts")
def node_site(context: VerbContext, nodes: tuple[str, ...], site: str, wants_title: bool) -> None:
    """Say that NODE, which you registered and which has no title yet, stands at SITE.

    At another operator's site it waits for a word of theirs, as an import there does.

    \b
    Example:
      gpubourse operator node-site n-0001 --site s-0001 --me seller
    """
    args = {"nodes": list(nodes), "site": site, "claim": wants_title}
    named = ", ".join(ranges(nodes))
    act(
        VenueCaller(context),
        "node.site",
        SITES_PATH,
        args,
        lambda _: f"{named} {'stands' if len(nodes) == 1 else 'stand'} at {site}.",
        before=f"The site of {named} is to be {site}"
        + (", and title is asked for." if wants_title else "."),
        then=lambda _: ["inventory"],
    )
