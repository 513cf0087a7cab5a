"""`/tidings feeds status`: which blogs cannot be read, why, and when they are tried again."""

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.wording import watching
from bot.domain.feed_health import health_of
from bot.domain.reply import Button, Reply
from bot.domain.typed import count

PAGE = 10


async def feed_status(desk: Desk, call: Call) -> Reply:
    """Say what is wrong with the blogs of this workspace and of this channel, one sentence each."""
    page = max(1, int(call.text)) if call.text.isascii() and call.text.isdigit() and len(call.text) < 6 else 1
    found, total = await desk.feeds.ailing(call.workspace, call.channel, limit=PAGE, offset=(page - 1) * PAGE)
    now = desk.clock.now()
    here = {feed.id for feed in await desk.feeds.followed(call.channel)}
    lines = [f"• {feed.name}{' (followed here)' if feed.id in here else ''}: {health_of(feed, now)}" for feed in found]
    head = f"Something is wrong with {count(total, 'blog')}:" if total else "Every blog could be read."
    if total and not found:
        head = f"There is no page {page}; something is wrong with {count(total, 'blog')}."
    buttons = [Button(label="More", action=f"/tidings feeds status {page + 1}")] if total > page * PAGE else []
    pages = [f"Page {page} of {-(-total // PAGE)}."] if total > PAGE and found else []
    text = "\n".join([head, *lines, *pages, watching(await desk.feeds.counts(call.workspace))])
    return Reply(text=text, buttons=tuple(buttons), replace=call.pressed)


async def failing_line(desk: Desk, workspace: str) -> str:
    """Say how many blogs cannot be read; empty where all can."""
    failing = (await desk.feeds.counts(workspace)).failing
    return f"{count(failing, 'blog')} cannot be read at the moment: `/tidings feeds status`." if failing else ""


COMMANDS = (
    Command(
        verb="feeds status",
        usage="[PAGE]",
        help="Show which blogs cannot be read, why, and when they are tried again.",
        run=feed_status,
    ),
)
