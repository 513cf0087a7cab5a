"""poll, posts, status: one look at the work, and at what came of it."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.common import AsJson, fail, run, settings, show_json, show_table, store

if TYPE_CHECKING:
    from bot.polling.poller import PollReport


def register(cli: typer.Typer) -> None:
    cli.command("poll")(poll)
    cli.command("posts")(posts)
    cli.command("status")(status)


def poll(
    once: Annotated[
        bool, typer.Option("--once", help="Poll what is due and end; `tidings run` polls for ever.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Poll every feed, due or not.")] = False,
    as_json: AsJson = False,
) -> None:
    """Poll feeds once, while no bot runs on the same SQLite file. Messages wait for `tidings run`."""
    if not once:
        fail("Say --once; `tidings run` polls for ever.")
        raise typer.Exit(2)
    wall, cpu = time.perf_counter(), _cpu()
    report = run(_poll(everything))
    counted: dict[str, object] = {
        "feeds": report.feeds,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "deferred": report.deferred,
        "new_posts": report.posts,
        "wall_seconds": round(time.perf_counter() - wall, 3),
        "cpu_seconds": round(_cpu() - cpu, 3),
    }
    if as_json:
        show_json(counted)
    else:
        show_table("Polled", ("what", "how many"), counted.items())


def _cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    import os

    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


async def _poll(everything: bool) -> "PollReport":
    from collections.abc import Mapping
    from datetime import datetime

    from bot.app import make_poller, open_intake, open_store, sole_owner
    from bot.domain.model import Channel

    async def announced(_: Mapping[Channel, datetime]) -> None:
        """Do nothing: the rows are in the outbox, and `tidings run` sends them."""

    chosen = settings()
    with sole_owner(chosen):
        async with open_store(chosen) as database, open_intake(chosen, database) as intake:
            return await make_poller(chosen, database, intake, announced).poll_due(everything=everything)


def posts(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    topic: Annotated[str, typer.Option(help="Of this topic only.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the newest posts of the feeds that all share."""
    rows = run(_posts(limit, topic))
    if as_json:
        show_json({"posts": rows})
        return
    columns = ("published", "blog", "title", "topics")
    shown = [(r["published"], r["blog"], r["title"], " ".join(map(str, r["topics"]))) for r in rows]  # type: ignore[call-overload]
    show_table("Posts", columns, shown)


async def _posts(limit: int, topic: str) -> list[dict[str, object]]:
    from bot.domain.following import Interest
    from bot.domain.model import SHARED, FollowsTopic
    from bot.store.shown_posts import SqlPosts

    interests = [Interest(follows=FollowsTopic(slug=topic))] if topic else None
    async with store() as database:
        cards = await SqlPosts(database).latest(SHARED, interests, limit=limit)
    return [
        {
            "id": card.post.id,
            "title": card.post.title,
            "url": card.post.url,
            "blog": card.blog,
            "author": card.post.author,
            "topics": list(card.topics),
            "summary": card.post.summary,
            "published": card.post.published,
            "first_seen": card.post.first_seen,
        }
        for card in cards
    ]


def status(as_json: AsJson = False) -> None:
    """Show counts of feeds, posts, channels and messages, and what waits."""
    counted = run(_counted())
    if as_json:
        show_json(counted)
        return
    messages = counted.pop("messages")
    rows = [(name.replace("_", " "), value) for name, value in counted.items() if value is not None]
    show_table("Status", ("what", "how many"), [*rows, *((f"messages {state}", n) for state, n in messages.items())])


async def _counted() -> dict[str, Any]:
    from bot.domain.receipt import figures
    from bot.store.receipts import SqlReceipts
    from bot.store.standing import SqlStanding

    async with store() as database:
        standing = await SqlStanding(database).now()
        receipt = await SqlReceipts(database).receipt(None, datetime.now(UTC))
    return {**asdict(standing), **figures(receipt)}
