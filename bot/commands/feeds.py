"""`/tidings feeds remove|list`: the blogs in which a workspace's topics are found."""

from collections.abc import Sequence

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.packs import named_packs
from bot.commands.resolving import MOST_CHOICES, is_at
from bot.commands.wording import in_words, watching
from bot.domain.errors import UsageError
from bot.domain.following import KnownFeed
from bot.domain.language import Language
from bot.domain.links import without_secrets
from bot.domain.model import Channel, FeedId, workspace_of
from bot.domain.reply import Button, Choice, Reply
from bot.domain.typed import as_url, folded, listed, unquoted

PAGE = 20


async def remove_feeds(desk: Desk, call: Call) -> Reply:
    """Take blogs out of the workspace's pool."""
    say, pool = call.say, await desk.feeds.pool(call.workspace)
    if not pool:
        return Reply(text=say("This workspace has added no blogs. The shared ones stay; a channel can mute them."))
    if not call.text:
        return Reply(text=say("Which blog shall go?"), buttons=_remove_buttons(pool[:10]))
    chosen: dict[FeedId, KnownFeed] = {}
    if packs := named_packs(desk, call.text):
        urls = {feed.url for pack in packs for feed in pack.feeds}
        chosen = {feed.id: feed for feed in pool if feed.url in urls}
        if not chosen:
            raise UsageError("This workspace has added no blog of that pack.")
    for name in [] if packs else listed(call.text):
        meant = meant_in(pool, unquoted(name))
        if len(meant) > 1:
            buttons = _remove_buttons(meant[:MOST_CHOICES])
            text = say.plural(
                "{number} blog could be meant by {name}. Which one?",
                "{number} blogs could be meant by {name}. Which one?",
                len(meant),
                name=name,
            )
            return Reply(text=text, buttons=buttons)
        if not meant:
            raise UsageError("This workspace has not added {name}. `/tidings feeds list` shows what it has.", name=name)
        chosen[meant[0].id] = meant[0]
    await desk.feeds.remove(call.workspace, list(chosen), desk.clock.now())
    names = in_words(say, [feed.name for feed in chosen.values()])
    undo = Button(label=say("Undo"), action=f"/tidings feeds add {', '.join(feed.url for feed in chosen.values())}")
    text = f"{say('Removed {names}.', names=names)} {watching(say, await desk.feeds.counts(call.workspace))}"
    return Reply(text=text, buttons=(undo,), replace=call.pressed)


def _remove_buttons(feeds: Sequence[KnownFeed]) -> tuple[Button, ...]:
    return tuple(Button(label=feed.name[:70], action=f"/tidings feeds remove {feed.url}") for feed in feeds)


def meant_in(pool: Sequence[KnownFeed], name: str) -> list[KnownFeed]:
    """Return the feeds of *pool* at this address, of this name, or else whose name contains it."""
    url, wanted = as_url(name), folded(name)
    exact = [feed for feed in pool if folded(feed.name) == wanted or (url and is_at(feed, url))]
    return exact or [feed for feed in pool if wanted in folded(feed.name)]


async def list_feeds(desk: Desk, call: Call) -> Reply:
    """List the blogs this workspace added."""
    say, pool = call.say, await desk.feeds.pool(call.workspace)
    page = max(1, int(call.text)) if call.text.isascii() and call.text.isdigit() else 1
    shown = pool[(page - 1) * PAGE : page * PAGE]
    counts = await desk.feeds.counts(call.workspace)
    added = say.plural("This workspace has added {number} blog", "This workspace has added {number} blogs", len(pool))
    lines = [f"{added}{':' if shown else '.'}" if pool else say("This workspace has added no blogs.")]
    lines += [_line(say, feed) for feed in shown]
    shared = say.plural(
        "{number} of them is shared by all.", "{number} of them are shared by all.", counts.watched - counts.own
    )
    lines.append(f"{watching(say, counts)} {shared}")
    more = Button(label=say("More"), action=f"/tidings feeds list {page + 1}")
    add = Button(label=say("Add blogs"), action="/tidings feeds add")
    buttons = (more, add) if len(pool) > page * PAGE else (add,)
    return Reply(text="\n".join(lines), buttons=buttons, replace=call.pressed)


def _line(say: Language, feed: KnownFeed) -> str:
    posts = say.plural("{number} post", "{number} posts", feed.posts)
    wrong = feed.paused_why or feed.error
    return f"• {feed.name}: {posts}{f' ({say.again(wrong)})' if wrong else ''}"


async def complete_pool(desk: Desk, channel: Channel, text: str) -> Sequence[Choice]:
    """Offer the blogs that this workspace added."""
    pool = await desk.feeds.pool(workspace_of(channel))
    found = [f for f in pool if folded(text) in folded(f"{f.name} {without_secrets(f.url)}")]
    # A choice is put into the line that a person types: no place for a password.
    return [Choice(value=f.url if without_secrets(f.url) == f.url else f.name, label=f.name) for f in found]


COMMANDS = (
    Command(
        verb="feeds remove",
        usage="BLOG or URL, … or pack NAME",
        help="Take blogs out of this workspace.",
        who=Who.WORKSPACE,
        run=remove_feeds,
        complete=complete_pool,
        examples=("/tidings feeds remove vgel.me", "/tidings feeds remove pack rust"),
    ),
    Command(
        verb="feeds list",
        usage="[PAGE]",
        help="List the blogs that this workspace added.",
        run=list_feeds,
    ),
)
