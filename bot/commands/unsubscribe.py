"""`/unsubscribe` and `/subscriptions`: what is followed here, and its end."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import reduce

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.resolving import is_at
from bot.commands.topics import topics_by_slug
from bot.commands.wording import described, in_words, label_of, name_of, state_of, watching
from bot.domain.asking import show_asking
from bot.domain.errors import UsageError
from bot.domain.following import Interest
from bot.domain.language import Language
from bot.domain.model import Channel, FollowsFeed, FollowsTopic, Strictness, Subscription, TopicName, workspace_of
from bot.domain.reply import Button, Choice, Reply
from bot.domain.typed import as_url, folded, listed, unquoted
from bot.domain.wanting import unreadable

MOST_BUTTONS = 10
#: A subscription that brought nothing for so long is explained.
SILENT = timedelta(days=21)


async def unsubscribe(desk: Desk, call: Call) -> Reply:
    """End subscriptions, cancel what only they wanted, and offer to undo it."""
    say, here = call.say, await desk.subscriptions.of_channel(call.channel)
    topics = await topics_by_slug(desk, call.workspace)
    if not here:
        return Reply(text=say("Nothing is followed here. `/subscribe nlp` starts it."), replace=call.pressed)
    if not call.text:
        return Reply(
            text=say("What shall end here? `/unsubscribe all` ends everything."),
            buttons=tuple(_end(one, topics) for one in here[:MOST_BUTTONS]),
        )
    chosen = await _chosen(desk, call, here)
    again = await _again(desk, call, chosen)
    cancelled = await desk.subscriptions.unsubscribe(call.channel, [one.id for one in chosen], desk.clock.now())
    what = in_words(say, [label_of(one.follows, topics) for one in chosen])
    parts = [say("No longer following {what} here.", what=what), *_left(say, cancelled, len(here) - len(chosen))]
    return Reply(text=" ".join(parts), buttons=again, replace=call.pressed)


def _left(say: Language, cancelled: int, left: int) -> Iterator[str]:
    if cancelled:
        yield say.plural(
            "{number} announcement on the way was cancelled.",
            "{number} announcements on the way were cancelled.",
            cancelled,
        )
    if left:
        yield say.plural("{number} subscription goes on.", "{number} subscriptions go on.", left)
    else:
        yield say("Nothing else is followed here.")


async def _chosen(desk: Desk, call: Call, here: Sequence[Subscription]) -> list[Subscription]:
    if call.text.lower() == "all":
        return list(here)
    by_name = {name_of(one.follows).casefold(): one for one in here}
    if whole := by_name.get(call.text.casefold()):
        return [whole]
    chosen = []
    for name in listed(call.text):
        one = by_name.get(name.casefold()) or await _meant(desk, call, unquoted(name), here)
        if one is None:
            raise UsageError(
                "{name} is not followed here. `/subscriptions` lists what is; nothing was changed.", name=name
            )
        chosen.append(one)
    return list({one.id: one for one in chosen}.values())


async def _meant(desk: Desk, call: Call, name: str, here: Sequence[Subscription]) -> Subscription | None:
    """Return the subscription that a topic's alias, a blog's name or its address means."""
    if topic := await desk.topics.find(call.workspace, name):
        return next((one for one in here if one.follows == FollowsTopic(slug=topic.slug)), None)
    followed = {one.follows.feed_id: one for one in here if isinstance(one.follows, FollowsFeed)}
    for one in followed.values():
        if isinstance(one.follows, FollowsFeed) and folded(one.follows.label) == folded(name):
            return one
    if url := as_url(name):
        known = [feed.id for feed in await desk.feeds.followed(call.channel) if is_at(feed, url)]
        return followed[known[0]] if known else None
    return None


async def _again(desk: Desk, call: Call, ended: Sequence[Subscription]) -> tuple[Button, ...]:
    """Offer to undo the end of one subscription. A feed is named by its address: a number would open any feed."""
    if len(ended) != 1:
        return ()
    (one,) = ended
    name = name_of(one.follows)
    if isinstance(one.follows, FollowsFeed):
        feed = one.follows.feed_id
        name = next(known.url for known in await desk.feeds.followed(call.channel) if known.id == feed)
    return (Button(label=call.say("Undo"), action=f"/subscribe {show_asking(name, one)}"),)


def _end(one: Subscription, topics: Mapping[str, TopicName]) -> Button:
    return Button(label=label_of(one.follows, topics)[:70], action=f"/unsubscribe {name_of(one.follows)}")


async def show_subscriptions(desk: Desk, call: Call) -> Reply:
    """List what is followed here, and how."""
    say, here = call.say, await desk.subscriptions.of_channel(call.channel)
    if not here:
        return Reply(
            text=say("Nothing is followed here. `/subscribe nlp` starts it; `/topics` lists the topics."),
            buttons=(Button(label=say("Topics"), action="/topics"),),
        )
    topics = await topics_by_slug(desk, call.workspace)
    status = await desk.channels.status(call.channel)
    lines = [
        say.plural("{number} subscription here:", "{number} subscriptions here:", len(here)),
        *[f"• {described(say, one, topics)}{await _silence(desk, call, one)}" for one in here],
        watching(say, await desk.feeds.counts(call.workspace)),
        state_of(say, status),
    ]
    return Reply(
        text="\n".join(filter(None, lines)),
        buttons=(Button(label=say("Add"), action="/subscribe"), Button(label=say("End one"), action="/unsubscribe")),
    )


async def _silence(desk: Desk, call: Call, one: Subscription) -> str:
    """Say why nothing has come of a subscription for three weeks; empty where something did, or it is younger."""
    say, since = call.say, desk.clock.now() - SILENT
    if one.created_at > since:
        return ""
    if fault := unreadable(one):
        return f": {say('gets nothing, {why}', why=say(fault).splitlines()[0])}"
    interest = Interest(follows=one.follows, strictness=one.strictness)
    if await desk.posts.dated(call.workspace, [interest], since):
        return ""
    return f": {_silent(say, one)}"


def _silent(say: Language, one: Subscription) -> str:
    days = SILENT.days
    if isinstance(one.follows, FollowsFeed):
        return say("silent for {days} days, the blog brought no post (`/tidings feeds list`)", days=days)
    ways = ["`/tidings feeds add`"]
    if one.strictness is not Strictness.WIDE and isinstance(one.follows, FollowsTopic):
        ways.insert(0, f"`/subscribe {name_of(one.follows)} wide`")
    return say(
        "silent for {days} days, no blog watched here wrote such a post; {ways} may help",
        days=days,
        ways=reduce(lambda one, other: say("{one} or {other}", one=one, other=other), ways),
    )


async def complete_subscriptions(desk: Desk, channel: Channel, text: str) -> Sequence[Choice]:
    """Offer what is followed here and contains what is typed."""
    topics = await topics_by_slug(desk, workspace_of(channel))
    here = await desk.subscriptions.of_channel(channel)
    found = [(name_of(one.follows), label_of(one.follows, topics)) for one in here]
    return [Choice(value=n, label=label) for n, label in found if folded(text) in folded(f"{n} {label}")]


COMMANDS = (
    Command(
        verb="unsubscribe",
        usage="[TOPIC or BLOG, … | all]",
        help="Stop following something in this channel.",
        who=Who.CHANNEL,
        run=unsubscribe,
        complete=complete_subscriptions,
        examples=("/unsubscribe", "/unsubscribe nlp", "/unsubscribe all"),
    ),
    Command(
        verb="subscriptions",
        help="List what this channel follows.",
        run=show_subscriptions,
    ),
)
