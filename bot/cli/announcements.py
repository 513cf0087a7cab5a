"""announcements list, retry, drop: messages that need a person."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, fail, run, say, show_json, show_table, store

if TYPE_CHECKING:
    from bot.domain.model import Channel
    from bot.domain.receipt import Trouble

cli = typer.Typer(help="Messages that failed, or of which nobody knows whether they arrived.", no_args_is_help=True)
MessageIds = Annotated[list[str], typer.Argument(help="Ids that `list` shows.")]


@cli.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List messages that need a person, and why."""
    found = run(_troubled(limit))
    if as_json:
        show_json([{"channel": str(channel), **asdict(trouble)} for channel, trouble in found])
        return
    columns = ("id", "channel", "state", "title", "why")
    show_table("Announcements", columns, [(t.message, c, t.state, t.title, t.why) for c, t in found])


async def _troubled(limit: int) -> "list[tuple[Channel, Trouble]]":
    from bot.store.receipts import SqlReceipts

    async with store() as database:
        return await SqlReceipts(database).troubled(limit)


@cli.command("retry")
def retry(messages: MessageIds) -> None:
    """Send messages again; one of unknown end may then be there twice."""
    _decide(messages, again=True)


@cli.command("drop")
def drop(messages: MessageIds) -> None:
    """Give messages up; one that waits is cancelled, too."""
    _decide(messages, again=False)


def _decide(messages: list[str], *, again: bool) -> None:
    done = run(_decided(messages, again=again))
    for message in done:
        say(f"{message} {'is sent again' if again else 'is dropped'}")
    if refused := [message for message in messages if message not in done]:
        fail(*(f"{message} needs no decision: `tidings announcements list` shows what does." for message in refused))
        raise typer.Exit(1)


async def _decided(messages: list[str], *, again: bool) -> list[str]:
    from bot.domain.model import MessageId
    from bot.store.receipts import SqlReceipts

    async with store() as database:
        receipts = SqlReceipts(database)
        decide = receipts.retry if again else receipts.drop
        return [message for message in messages if await decide(MessageId(message), None, datetime.now(UTC))]
