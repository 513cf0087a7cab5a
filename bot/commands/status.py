"""`/tidings status`: what became of this channel's messages, counted from the rows."""

from collections.abc import Iterator
from datetime import datetime

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.feed_status import failing_line
from bot.commands.topics import topics_by_slug
from bot.commands.wording import described, state_of
from bot.domain.errors import UsageError
from bot.domain.language import Language
from bot.domain.model import MessageId
from bot.domain.receipt import Receipt, Trouble, show_span, show_speed
from bot.domain.reply import Button, Reply
from bot.domain.wanting import unreadable


async def status(desk: Desk, call: Call) -> Reply:
    """Say what waits, what nobody knows the end of, what failed and why, and how quickly posts come."""
    say, now = call.say, desk.clock.now()
    receipt = await desk.receipts.receipt(call.channel, now)
    lines = [
        state_of(say, await desk.channels.status(call.channel)) or say("Posting here works."),
        f"{', '.join(_counted(say, receipt, now))}.",
        _since(say, receipt),
        show_speed(say, receipt),
        *(f"• {_described(say, trouble)}" for trouble in receipt.troubles),
        *await _unreadable(desk, call),
        await failing_line(desk, call),
    ]
    buttons = [button for trouble in receipt.troubles[:2] for button in _buttons(say, trouble)]
    return Reply(text="\n".join(filter(None, lines)), buttons=tuple(buttons), replace=call.pressed)


def _counted(say: Language, receipt: Receipt, now: datetime) -> Iterator[str]:
    yield say.plural("{number} message sent", "{number} messages sent", receipt.sent)
    waiting = say.plural("{number} waiting", "{number} waiting", receipt.pending)
    if receipt.oldest_unsent is not None and receipt.oldest_unsent < now:
        waiting = say(
            "{waiting} (the oldest for {span})", waiting=waiting, span=show_span(say, now - receipt.oldest_unsent)
        )
    yield waiting
    if receipt.unknown:
        yield say("{number} of unknown end", number=receipt.unknown)
    if receipt.dead:
        yield say("{number} failed", number=receipt.dead)


def _since(say: Language, receipt: Receipt) -> str:
    if receipt.since is None:
        return say("Nothing was sent here so far.")
    return say(
        "{lost} lost, {doubled} doubled since {day}.",
        lost=receipt.lost,
        doubled=receipt.doubled,
        day=say.day(receipt.since),
    )


def _described(say: Language, trouble: Trouble) -> str:
    title, why = trouble.title[:80], say.again(trouble.why)
    if trouble.state == "dead":
        return say("“{title}” could not be sent: {why}.", title=title, why=why)
    return say("“{title}” may or may not have arrived: {why}.", title=title, why=why)


def _buttons(say: Language, trouble: Trouble) -> tuple[Button, Button]:
    title = trouble.title[:20]
    return (
        Button(label=say("Send again: {title}", title=title), action=f"/tidings retry {trouble.message}"),
        Button(label=say("Drop: {title}", title=title), action=f"/tidings drop {trouble.message}"),
    )


async def _unreadable(desk: Desk, call: Call) -> list[str]:
    """Name the subscriptions that get nothing, because their query or filter cannot be read any more."""
    say, topics = call.say, await topics_by_slug(desk, call.workspace)
    here = [(one, unreadable(one)) for one in await desk.subscriptions.of_channel(call.channel)]
    return [
        say("• {what} gets nothing: {why}", what=described(say, one, topics), why=say(fault).splitlines()[0])
        for one, fault in here
        if fault
    ]


async def retry(desk: Desk, call: Call) -> Reply:
    """Send a message anew that failed or whose end nobody knows."""
    if not await desk.receipts.retry(MessageId(call.text.strip()), call.channel, desk.clock.now()):
        raise UsageError("That message needs no decision any more. `/tidings status` shows what does.")
    return Reply(text=call.say("It is sent again within a minute."), replace=call.pressed)


async def drop(desk: Desk, call: Call) -> Reply:
    """Give a message up."""
    if not await desk.receipts.drop(MessageId(call.text.strip()), call.channel, desk.clock.now()):
        raise UsageError("That message needs no decision any more. `/tidings status` shows what does.")
    return Reply(text=call.say("Dropped."), replace=call.pressed)


COMMANDS = (
    Command(verb="status", help="Show what waits, what failed and why, and how quickly posts come.", run=status),
    Command(verb="retry", help="Send a failed message again.", who=Who.CHANNEL, run=retry, hidden=True),
    Command(verb="drop", help="Give a failed message up.", who=Who.CHANNEL, run=drop, hidden=True),
)
