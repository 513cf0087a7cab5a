"""tidings feeds add|list|remove|import|export: the feeds that all workspaces share, or one's own."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, fail, run, say, settings, show_json, show_table, store
from bot.domain.errors import UsageError
from bot.domain.following import FoundFeed, KnownFeed
from bot.domain.model import SHARED

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.ports.reading import Discovery

cli = typer.Typer(no_args_is_help=True, help="The feeds that are polled.")
Workspace = Annotated[str, typer.Option(help="Whose: slack:TEAM, discord:GUILD, room:NAME. Empty: shared by all.")]
Unchecked = Annotated[bool, typer.Option("--unchecked", help="Add without fetching: as pending.")]
AT_ONCE = 16
PAGE = 500


@cli.command("add")
def add(
    urls: Annotated[list[str], typer.Argument(help="Feeds or sites.")],
    workspace: Workspace = SHARED,
    unchecked: Unchecked = False,
) -> None:
    """Add feeds; a site's address is enough."""
    added, failed = run(_add(urls, workspace, unchecked))
    for line in added:
        say(line)
    fail(*failed)
    if failed:
        raise typer.Exit(1)


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file.", exists=True, dir_okay=False)],
    workspace: Workspace = SHARED,
    check: Annotated[bool, typer.Option(help="Fetch each feed first, and leave out what fails.")] = False,
) -> None:
    """Add the feeds of an OPML list, with a line for each."""
    from bot.feeds.opml import read_opml

    outlines = read_opml(file.read_bytes())
    broken = [f"{one.written}: not an address that can be fetched" for one in outlines if one.url is None]
    found = {one.url: FoundFeed(url=one.url, title=one.title, site=one.site) for one in outlines if one.url}
    added, failed = run(_add(list(found), workspace, not check, found))
    for line in added:
        say(line)
    fail(*broken, *failed)
    say(f"{len(found) - len(failed)} of {len(outlines)} feeds of {file.name} are in.")


@cli.command("export")
def export(workspace: Workspace = SHARED) -> None:
    """Print the feeds as OPML."""
    from bot.feeds.opml import write_opml

    say(write_opml((feed.url, feed.title, feed.site) for feed in run(_pool(workspace))).rstrip("\n"))


@cli.command("list")
def list_(workspace: Workspace = SHARED, as_json: AsJson = False) -> None:
    """List the feeds with their health."""
    feeds = run(_pool(workspace))
    if as_json:
        show_json({"feeds": [_as_json(feed) for feed in feeds]})
        return
    rows = [(f.name, f.url, f.posts, f.last_good_poll, f.next_poll_at, f.paused_why or f.error) for f in feeds]
    show_table("Feeds", ("blog", "feed", "posts", "last read", "next poll", "what is wrong"), rows)


@cli.command("remove")
def remove(
    urls: Annotated[list[str], typer.Argument(help="Feeds, sites or names.")], workspace: Workspace = SHARED
) -> None:
    """Take feeds out; their posts stay."""
    names, missing = run(_remove(urls, workspace))
    for name in names:
        say(f"Removed {name}.")
    fail(*(f"{url} is not among them; `tidings feeds list` shows what is." for url in missing))
    if missing:
        raise typer.Exit(1)


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


async def _pool(workspace: str) -> list[KnownFeed]:
    from bot.store.known_feeds import SqlFeeds

    async with store() as database:
        return list(await SqlFeeds(database).pool(workspace))


async def _remove(urls: list[str], workspace: str) -> tuple[list[str], list[str]]:
    from bot.commands.feeds import meant_in
    from bot.engine.clock import SystemClock
    from bot.store.known_feeds import SqlFeeds

    async with store() as database:
        feeds = SqlFeeds(database)
        pool = await feeds.pool(workspace)
        chosen = {url: meant for url in urls if len(meant := meant_in(pool, url)) == 1}
        await feeds.remove(workspace, [meant[0].id for meant in chosen.values()], SystemClock().now())
    return [meant[0].name for meant in chosen.values()], [url for url in urls if url not in chosen]


async def _add(
    urls: list[str], workspace: str, unchecked: bool, known: dict[str, FoundFeed] | None = None
) -> tuple[list[str], list[str]]:
    """Add what is found at *urls*; return a line for each that was added, and for each that failed."""
    from bot.app import open_intake, open_store
    from bot.domain.typed import as_url
    from bot.engine.clock import SystemClock
    from bot.store.known_feeds import SqlFeeds

    chosen = settings()
    async with open_store(chosen) as database:
        if unchecked:
            found = [(known or {}).get(url) or FoundFeed(url=at) for url in urls if (at := as_url(url))]
            failed = [f"{url}: That is not a web address." for url in urls if not as_url(url)]
        else:
            async with open_intake(chosen, database) as intake:
                found, failed = await _look_up(urls, intake.finder)
        feeds, now = SqlFeeds(database), SystemClock().now()
        lines: list[str] = []
        with _progress() as progress:
            for page in progress.track(list(batched(found, PAGE)), description="Adding feeds"):
                made = await feeds.know(page, now)
                new = await feeds.add(workspace, [feed.id for feed in made], by="operator", now=now)
                lines += [f"{'Added' if f.id in new else 'Known already:'} {f.name} ({f.url})" for f in made]
    return lines, failed


def _progress() -> "Progress":
    """Return a bar that shows how far long work is; nothing where nobody looks at a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def batched(found: Sequence[FoundFeed], size: int) -> Iterator[Sequence[FoundFeed]]:
    """Cut a list into pages: one statement takes some ten thousand values at most."""
    for start in range(0, len(found), size):
        yield found[start : start + size]


async def _look_up(urls: list[str], discovery: "Discovery") -> tuple[list[FoundFeed], list[str]]:
    """Look feeds up, some at a time, with a bar that shows how far it is."""
    found: dict[str, FoundFeed] = {}
    failed: list[str] = []
    places = asyncio.Semaphore(AT_ONCE)
    with _progress() as progress:
        bar = progress.add_task("Reading feeds", total=len(urls))

        async def one(url: str) -> None:
            async with places:
                try:
                    found[url] = (await discovery.discover(url))[0]
                except UsageError as error:
                    failed.append(f"{url}: {error}")
                progress.advance(bar)

        await asyncio.gather(*map(one, urls))
    return [found[url] for url in urls if url in found], failed
