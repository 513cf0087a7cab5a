"""`/tidings status`: what became of this channel's messages, counted from the rows."""

from datetime import datetime

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.feed_status import failing_line
from bot.commands.topics import topics_by_slug
from bot.commands.wording import described, state_of
from bot.domain.errors import UsageError
from bot.domain.model import MessageId
from bot.domain.receipt import Receipt, Trouble, show_span, show_speed
from bot.domain.reply import Button, Reply
from bot.domain.typed import count
from bot.domain.wanting import unreadable


async def status(desk: Desk, call: Call) -> Reply:
    """Say what waits, what nobody knows the end of, what failed and why, and how quickly posts come."""
    now = desk.clock.now()
    receipt = await desk.receipts.receipt(call.channel, now)
    lines = [
        state_of(await desk.channels.status(call.channel)) or "Posting here works.",
        f"{count(receipt.sent, 'message')} sent, {_waiting(receipt, now)}.",
        _since(receipt),
        show_speed(receipt),
        *(f"• {_described(trouble)}" for trouble in receipt.troubles),
        *await _unreadable(desk, call),
        await failing_line(desk, call.workspace),
    ]
    buttons = [button for trouble in receipt.troubles[:2] for button in _buttons(trouble)]
    return Reply(text="\n".join(filter(None, lines)), buttons=tuple(buttons), replace=call.pressed)


def _waiting(receipt: Receipt, now: datetime) -> str:
    text = f"{receipt.pending:,} waiting"
    if receipt.oldest_unsent is not None and receipt.oldest_unsent < now:
        text += f" (the oldest for {show_span(now - receipt.oldest_unsent)})"
    if receipt.unknown:
        text += f", {receipt.unknown} of unknown end"
    return f"{text}, {receipt.dead} failed" if receipt.dead else text


def _since(receipt: Receipt) -> str:
    if receipt.since is None:
        return "Nothing was sent here so far."
    return f"{receipt.lost} lost, {receipt.doubled} doubled since {receipt.since:%Y-%m-%d}."


def _described(trouble: Trouble) -> str:
    what = "could not be sent" if trouble.state == "dead" else "may or may not have arrived"
    return f"“{trouble.title[:80]}” {what}: {trouble.why}."


def _buttons(trouble: Trouble) -> tuple[Button, Button]:
    title = trouble.title[:20]
    return (
        Button(label=f"Send again: {title}", action=f"/tidings retry {trouble.message}"),
        Button(label=f"Drop: {title}", action=f"/tidings drop {trouble.message}"),
    )


async def _unreadable(desk: Desk, call: Call) -> list[str]:
    """Name the subscriptions that get nothing, because their query or filter cannot be read any more."""
    topics = await topics_by_slug(desk, call.workspace)
    here = [(one, unreadable(one)) for one in await desk.subscriptions.of_channel(call.channel)]
    return [f"• {described(one, topics)} gets nothing: {fault.splitlines()[0]}" for one, fault in here if fault]


async def retry(desk: Desk, call: Call) -> Reply:
    """Send a message anew that failed or whose end nobody knows."""
    if not await desk.receipts.retry(MessageId(call.text.strip()), call.channel, desk.clock.now()):
        raise UsageError("That message needs no decision any more. `/tidings status` shows what does.")
    return Reply(text="It is sent again within a minute.", replace=call.pressed)


async def drop(desk: Desk, call: Call) -> Reply:
    """Give a message up."""
    if not await desk.receipts.drop(MessageId(call.text.strip()), call.channel, desk.clock.now()):
        raise UsageError("That message needs no decision any more. `/tidings status` shows what does.")
    return Reply(text="Dropped.", replace=call.pressed)


COMMANDS = (
    Command(verb="status", help="Show what waits, what failed and why, and how quickly posts come.", run=status),
    Command(verb="retry", help="Send a failed message again.", who=Who.CHANNEL, run=retry, hidden=True),
    Command(verb="drop", help="Give a failed message up.", who=Who.CHANNEL, run=drop, hidden=True),
)
