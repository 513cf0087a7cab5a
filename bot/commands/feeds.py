"""`/tidings feeds add|remove|list`: the blogs in which a workspace's topics are found."""

from collections.abc import Sequence

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.resolving import ANYWAY, MOST_CHOICES, Findings, is_at, look_up
from bot.commands.wording import are, in_words, watching
from bot.domain.errors import UsageError
from bot.domain.following import KnownFeed
from bot.domain.links import without_secrets
from bot.domain.model import Channel, FeedId, FollowsFeed, workspace_of
from bot.domain.reply import Button, Choice, Field, Form, Reply
from bot.domain.typed import as_url, count, folded, listed, unquoted

PAGE = 20


async def add_feeds(desk: Desk, call: Call) -> Reply:
    """Put blogs into the workspace's pool."""
    text = call.values.get("blogs", "").replace("\n", ", ") or call.text
    if not text:
        return _form()
    findings = Findings()
    anyway = text.startswith(ANYWAY)
    for name in (part for piece in listed(text.removeprefix(ANYWAY)) for part in piece.split()):
        await _find(desk, call, name, findings, anyway=anyway)
    lines = []
    found = {one.follows.feed_id: one for one in findings.meant if isinstance(one.follows, FollowsFeed)}
    if found:
        new = await desk.feeds.add(
            call.workspace, list(found), by=call.person.id, now=desk.clock.now(), limit=desk.limits.feeds
        )
        lines += _added([one.label for feed, one in found.items() if feed in new])
        if known := [one.label for feed, one in found.items() if feed not in new]:
            lines.append(f"Known already: {in_words(known)}.")
        lines.append(watching(await desk.feeds.counts(call.workspace)))
        if len(found) == 1:
            (one,) = found.values()
            findings.buttons.append(Button(label="Post every article here", action=f"/subscribe {one.url}"))
    return Reply(text="\n".join([*lines, *findings.problems]), buttons=tuple(findings.buttons), replace=call.pressed)


async def _find(desk: Desk, call: Call, name: str, findings: Findings, *, anyway: bool) -> None:
    url = as_url(unquoted(name))
    if url is None:
        findings.problems.append(f"{name} is not an address such as simonwillison.net.")
        return
    try:
        await look_up(desk, call, url, "/tidings feeds add", findings, anyway=anyway)
    except UsageError as error:
        findings.problems.append(str(error))


def _added(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    whose = "its" if len(names) == 1 else "their"
    return [f"Added {in_words(names)}; from now on {whose} posts reach the topics of this workspace."]


def _form() -> Reply:
    hint = "One or several: simonwillison.net, https://…/feed.xml"
    field = Field(name="blogs", label="Addresses", hint=hint, required=True)
    return Reply(
        text="Say which blog: `/tidings feeds add simonwillison.net`. Its posts then reach the topics here.",
        form=Form(title="Add blogs", action="/tidings feeds add", submit="Add", fields=(field,)),
    )


async def remove_feeds(desk: Desk, call: Call) -> Reply:
    """Take blogs out of the workspace's pool."""
    pool = await desk.feeds.pool(call.workspace)
    if not pool:
        return Reply(text="This workspace has added no blogs. The shared ones stay; a channel can mute them.")
    if not call.text:
        buttons = _remove_buttons(pool[:10])
        return Reply(text="Which blog shall go?", buttons=buttons)
    chosen: dict[FeedId, KnownFeed] = {}
    for name in listed(call.text):
        meant = meant_in(pool, unquoted(name))
        if len(meant) > 1:
            buttons = _remove_buttons(meant[:MOST_CHOICES])
            return Reply(text=f"{count(len(meant), 'blog')} could be meant by {name}. Which one?", buttons=buttons)
        if not meant:
            raise UsageError(f"This workspace has not added {name}. `/tidings feeds list` shows what it has.")
        chosen[meant[0].id] = meant[0]
    await desk.feeds.remove(call.workspace, list(chosen), desk.clock.now())
    names = in_words([feed.name for feed in chosen.values()])
    undo = Button(label="Undo", action=f"/tidings feeds add {', '.join(feed.url for feed in chosen.values())}")
    text = f"Removed {names}. {watching(await desk.feeds.counts(call.workspace))}"
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
    pool = await desk.feeds.pool(call.workspace)
    page = max(1, int(call.text)) if call.text.isascii() and call.text.isdigit() else 1
    shown = pool[(page - 1) * PAGE : page * PAGE]
    counts = await desk.feeds.counts(call.workspace)
    lines = [f"This workspace has added {count(len(pool), 'blog') if pool else 'no blogs'}{':' if shown else '.'}"]
    lines += [_line(feed) for feed in shown]
    shared = counts.watched - counts.own
    lines.append(f"{watching(counts)} {shared:,} of them {are(shared)} shared by all.")
    more = Button(label="More", action=f"/tidings feeds list {page + 1}")
    add = Button(label="Add blogs", action="/tidings feeds add")
    buttons = (more, add) if len(pool) > page * PAGE else (add,)
    return Reply(text="\n".join(lines), buttons=buttons, replace=call.pressed)


def _line(feed: KnownFeed) -> str:
    wrong = feed.paused_why or feed.error
    return f"• {feed.name}: {count(feed.posts, 'post')}{f' ({wrong})' if wrong else ''}"


async def complete_pool(desk: Desk, channel: Channel, text: str) -> Sequence[Choice]:
    """Offer the blogs that this workspace added."""
    pool = await desk.feeds.pool(workspace_of(channel))
    found = [f for f in pool if folded(text) in folded(f"{f.name} {without_secrets(f.url)}")]
    # A choice is put into the line that a person types: no place for a password.
    return [Choice(value=f.url if without_secrets(f.url) == f.url else f.name, label=f.name) for f in found]


COMMANDS = (
    Command(
        verb="feeds add",
        usage="URL, …",
        help="Add blogs whose posts reach the topics of this workspace.",
        who=Who.WORKSPACE,
        run=add_feeds,
        examples=("/tidings feeds add simonwillison.net", "/tidings feeds add https://antirez.com/rss, vgel.me"),
    ),
    Command(
        verb="feeds remove",
        usage="BLOG or URL, …",
        help="Take blogs out of this workspace.",
        who=Who.WORKSPACE,
        run=remove_feeds,
        complete=complete_pool,
        examples=("/tidings feeds remove vgel.me",),
    ),
    Command(
        verb="feeds list",
        usage="[PAGE]",
        help="List the blogs that this workspace added.",
        run=list_feeds,
    ),
)
