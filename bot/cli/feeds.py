"""tidings feeds add|remove|import: the feeds that all workspaces share, or one's own."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import feeds_shown
from bot.cli.common import fail, run, say, settings, store
from bot.cli.feeds_shown import Workspace
from bot.domain.errors import UsageError
from bot.domain.following import FeedList, FoundFeed
from bot.domain.model import SHARED

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.ports.reading import Discovery

cli = typer.Typer(no_args_is_help=True, help="The feeds that are polled.")
feeds_shown.register(cli)
Unchecked = Annotated[bool, typer.Option("--unchecked", help="Add without fetching: as pending.")]
AT_ONCE = 16
PAGE = 500


@cli.command("add")
def add(
    urls: Annotated[list[str] | None, typer.Argument(help="Feeds, sites, or links to OPML lists.")] = None,
    workspace: Workspace = SHARED,
    unchecked: Unchecked = False,
    pack: Annotated[list[str] | None, typer.Option(help="A pack of config/feeds.yaml.")] = None,
) -> None:
    """Add feeds; a site's address is enough."""
    packed = {feed.url: feed for feed in _packed(pack or [])}
    added, failed = run(_add(list(packed), workspace, True, packed)) if packed else ([], [])
    if urls or not packed:
        more = run(_add(urls or [], workspace, unchecked))
        added, failed = [*added, *more[0]], [*failed, *more[1]]
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


def _packed(names: list[str]) -> list[FoundFeed]:
    from bot.app import read_feed_file
    from bot.commands.packs import packs_named

    packs = read_feed_file(settings()) if names else ()
    return [feed for pack in packs_named(packs, ", ".join(names)) for feed in pack.feeds]


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
    found: dict[str, Sequence[FoundFeed]] = {}
    failed: list[str] = []
    places = asyncio.Semaphore(AT_ONCE)
    with _progress() as progress:
        bar = progress.add_task("Reading feeds", total=len(urls))

        async def one(url: str) -> None:
            async with places:
                try:
                    answer = await discovery.discover(url)
                    found[url] = answer.feeds if isinstance(answer, FeedList) else answer[:1]
                except UsageError as error:
                    failed.append(f"{url}: {error}")
                progress.advance(bar)

        await asyncio.gather(*map(one, urls))
    return [feed for url in urls for feed in found.get(url, ())], failed
