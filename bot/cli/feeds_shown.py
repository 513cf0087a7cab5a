"""tidings feeds list|status|packs|export: what is polled, and how it is."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from bot.cli.common import AsJson, fail, run, say, settings, show_json, show_table, store
from bot.domain.feed_health import health_of
from bot.domain.following import KnownFeed
from bot.domain.language import IN_ENGLISH
from bot.domain.model import SHARED

Workspace = Annotated[str, typer.Option(help="Whose: slack:TEAM, discord:GUILD, room:NAME. Empty: shared by all.")]
MOST = 100_000


def register(cli: typer.Typer) -> None:
    cli.command("list")(list_)
    cli.command("status")(status)
    cli.command("packs")(packs)
    cli.command("export")(export)


def list_(workspace: Workspace = SHARED, as_json: AsJson = False) -> None:
    """List the feeds with their health."""
    feeds = run(_pool(workspace))
    if as_json:
        show_json({"feeds": [_as_json(feed) for feed in feeds]})
        return
    rows = [(f.name, f.url, f.posts, f.last_good_poll, f.next_poll_at, f.paused_why or f.error) for f in feeds]
    show_table("Feeds", ("blog", "feed", "posts", "last read", "next poll", "what is wrong"), rows)


def status(workspace: Workspace = SHARED, as_json: AsJson = False) -> None:
    """Show which feeds cannot be read, why, and when they are tried again."""
    from bot.engine.clock import SystemClock

    feeds, now = run(_ailing(workspace)), SystemClock().now()
    if as_json:
        show_json({"feeds": [_as_json(feed) | {"health": health_of(IN_ENGLISH, feed, now)} for feed in feeds]})
        return
    if not feeds:
        say("Every blog could be read.")
    for feed in feeds:
        say(f"{feed.name} ({feed.url}): {health_of(IN_ENGLISH, feed, now)}")


def packs(name: Annotated[str, typer.Argument(help="Show the blogs of this one.")] = "") -> None:
    """List the packs of config/feeds.yaml; `tidings feeds add --pack NAME` adds one."""
    from bot.app import read_feed_file
    from bot.commands.packs import packs_named

    found = read_feed_file(settings())
    if not name:
        show_table("Packs", ("pack", "about", "blogs"), [(pack.name, pack.about, len(pack.feeds)) for pack in found])
        return
    for pack in packs_named(found, name):
        show_table(pack.name, ("blog", "feed"), [(feed.title, feed.url) for feed in pack.feeds])


def export(
    workspace: Workspace = SHARED,
    secrets: Annotated[bool, typer.Option("--secrets", help="With feeds behind a password, and it.")] = False,
) -> None:
    """Print the feeds as OPML; feeds behind a password are left out unless asked for."""
    from bot.domain.links import has_secret
    from bot.feeds.opml import write_opml

    feeds, real = run(_pool(workspace)), run(_addresses()) if secrets else {}
    named = [(real.get(feed.url, feed.url), feed.title, feed.site) for feed in feeds]
    shown = [one for one in named if secrets or not has_secret(one[0])]
    say(write_opml(shown).rstrip("\n"))
    if left_out := len(named) - len(shown):
        are = "1 feed has" if left_out == 1 else f"{left_out:,} feeds have"
        fail(f"{are} a password in the address and is not in this list; `--secrets` puts it there.")


def _as_json(feed: KnownFeed) -> dict[str, object]:
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "site": feed.site,
        "posts": feed.posts,
        "last_good_poll": feed.last_good_poll,
        "next_poll": feed.next_poll_at,
        "error": feed.error,
        "paused": feed.paused_why,
    }


async def _addresses() -> Mapping[str, str]:
    from bot.store.sealing import addresses

    async with store() as database:
        return await addresses(database)


async def _pool(workspace: str) -> Sequence[KnownFeed]:
    from bot.store.known_feeds import SqlFeeds

    async with store() as database:
        return await SqlFeeds(database).pool(workspace)


async def _ailing(workspace: str) -> Sequence[KnownFeed]:
    from bot.store.known_feeds import SqlFeeds

    async with store() as database:
        found, _ = await SqlFeeds(database).ailing(workspace, None, limit=MOST)
        return found
