"""`/tidings feeds status`: which blogs cannot be read, why, and when they are tried again."""

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.wording import watching
from bot.domain.feed_health import health_of
from bot.domain.following import KnownFeed
from bot.domain.language import Language
from bot.domain.reply import Button, Reply

PAGE = 10


async def feed_status(desk: Desk, call: Call) -> Reply:
    """Say what is wrong with the blogs of this workspace and of this channel, one sentence each."""
    page = max(1, int(call.text)) if call.text.isascii() and call.text.isdigit() and len(call.text) < 6 else 1
    found, total = await desk.feeds.ailing(call.workspace, call.channel, limit=PAGE, offset=(page - 1) * PAGE)
    say, now = call.say, desk.clock.now()
    here = {feed.id for feed in await desk.feeds.followed(call.channel)}
    lines = [f"• {_named(say, feed, followed=feed.id in here)}: {health_of(say, feed, now)}" for feed in found]
    head = _head(say, total) if found or not total else _no_such_page(say, page, total)
    buttons = [Button(label=say("More"), action=f"/tidings feeds status {page + 1}")] if total > page * PAGE else []
    pages = [say("Page {page} of {pages}.", page=page, pages=-(-total // PAGE))] if total > PAGE and found else []
    text = "\n".join([head, *lines, *pages, watching(say, await desk.feeds.counts(call.workspace))])
    return Reply(text=text, buttons=tuple(buttons), replace=call.pressed)


def _named(say: Language, feed: KnownFeed, *, followed: bool) -> str:
    return say("{what} (followed here)", what=feed.name) if followed else feed.name


def _head(say: Language, total: int) -> str:
    if not total:
        return say("Every blog could be read.")
    return say.plural("Something is wrong with {number} blog:", "Something is wrong with {number} blogs:", total)


def _no_such_page(say: Language, page: int, total: int) -> str:
    return say.plural(
        "There is no page {page}; something is wrong with {number} blog.",
        "There is no page {page}; something is wrong with {number} blogs.",
        total,
        page=page,
    )


async def failing_line(desk: Desk, call: Call) -> str:
    """Say how many blogs cannot be read; empty where all can."""
    failing = (await desk.feeds.counts(call.workspace)).failing
    if not failing:
        return ""
    return call.say.plural(
        "{number} blog cannot be read at the moment: `/tidings feeds status`.",
        "{number} blogs cannot be read at the moment: `/tidings feeds status`.",
        failing,
    )


COMMANDS = (
    Command(
        verb="feeds status",
        usage="[PAGE]",
        help="Show which blogs cannot be read, why, and when they are tried again.",
        run=feed_status,
    ),
)
