"""`/subscribe`: follow topics and blogs in this channel, or change how they are followed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.resolving import Findings, Meant, resolve
from bot.commands.topics import complete_topics, topics_by_slug
from bot.commands.wording import DAYS, described, in_words, label_of, labelled, state_of, volume, watching
from bot.domain.asking import Asking, read_asking
from bot.domain.channels import ChannelStatus
from bot.domain.errors import UsageError
from bot.domain.following import Ask, Interest, Subscribed
from bot.domain.language import Language
from bot.domain.message import Announcement
from bot.domain.model import FollowsTopic, Strictness, Subscription, TopicName
from bot.domain.previewing import is_seldom
from bot.domain.reply import Button, Choice, Field, Form, Reply
from bot.domain.schedules import ZoneMissing

SHOWN = 3


async def subscribe(desk: Desk, call: Call) -> Reply:
    """Make or change subscriptions, and say what happens next."""
    text = _typed(call)
    if not text:
        return await _form(desk, call)
    status = await desk.channels.status(call.channel)
    try:
        asking = read_asking(text, status.options.zone)
    except ZoneMissing as missing:
        label = call.say("Use {zone}", zone=desk.timezone)
        use = Button(label=label, action=f"/subscribe {text} {desk.timezone}")
        return Reply(text=call.say(missing.told), buttons=(use,), done=False)
    if not asking.names:
        raise UsageError("Say what to follow: `/subscribe nlp`, or `/subscribe` with a blog's address.")
    findings = await resolve(desk, call, asking.names, "/subscribe")
    if not findings.meant:
        return Reply(text="\n".join(findings.problems), buttons=tuple(findings.buttons), done=False)
    made = await desk.subscriptions.subscribe(
        call.channel,
        [_ask(meant, asking) for meant in findings.meant],
        by=call.person.id,
        now=desk.clock.now(),
        limit=desk.limits.subscriptions,
        channel_name=call.channel_name,
    )
    return await _told(desk, call, status, findings, made)


def _typed(call: Call) -> str:
    """Return what was typed, or what a form's fields say."""
    if not call.values:
        return call.text
    parts = [call.values.get("topics", ""), call.values.get("blog", "")]
    names = ", ".join(part.strip() for part in parts if part.strip())
    return f"{names} {call.values.get('how', '')}".strip() if names else ""


def _ask(meant: Meant, asking: Asking) -> Ask:
    return Ask(
        follows=meant.follows,
        mode=asking.mode,
        strictness=asking.strictness,
        filters=asking.filters,
        mention=asking.mention,
    )


async def _told(desk: Desk, call: Call, status: ChannelStatus, findings: Findings, made: Sequence[Subscribed]) -> Reply:
    say, topics = call.say, await topics_by_slug(desk, call.workspace)
    new = [one for one in made if one.before is None]
    lines = [_changed(say, one, topics) for one in made if one.before is not None]
    cards: Sequence[Announcement] = ()
    if new:
        what = in_words(say, [described(say, one.subscription, topics) for one in new])
        lines.insert(0, say("Following {what} here.", what=what))
        lines += _aliases(say, findings.meant)
        lines.append(await _numbers(desk, call, new, topics))
        if status.options.backfill:
            lines.append(await _backfilled(desk, call, status.options.backfill, new, topics))
        else:
            interests = [_interest(one) for one in new]
            cards = await desk.posts.latest(call.workspace, interests, limit=SHOWN)
            lines.append(say("The newest so far, shown to you only:") if cards else "")
    lines += [*findings.problems, state_of(say, status)]
    return Reply(
        text="\n".join(filter(None, lines)),
        posts=labelled(cards, topics),
        buttons=(*findings.buttons, *_next(say, findings.meant, new)),
        public=status.options.announce_subscriptions and bool(new),
        replace=call.pressed,
        done=not findings.problems,
    )


def _interest(one: Subscribed) -> Interest:
    return Interest(follows=one.subscription.follows, strictness=one.subscription.strictness)


async def _backfilled(
    desk: Desk, call: Call, most: int, new: Sequence[Subscribed], topics: Mapping[str, TopicName]
) -> str:
    """Post the newest matches into the channel, oldest first, and say how many."""
    posted: set[str] = set()
    for one in new:
        cards = labelled(await desk.posts.latest(call.workspace, [_interest(one)], limit=most), topics)
        await desk.backfill.post(call.channel, cards[::-1], one.subscription.id, desk.clock.now())
        posted.update(card.story for card in cards)
    if not posted:
        return ""
    return call.say.plural(
        "{number} post from before will be posted here now.",
        "{number} posts from before will be posted here now.",
        len(posted),
    )


def _changed(say: Language, one: Subscribed, topics: Mapping[str, TopicName]) -> str:
    assert one.before is not None  # noqa: S101 (its caller chose those)
    before, after = described(say, one.before, topics), described(say, one.subscription, topics)
    if before == after:
        return say("{what} was followed here already; nothing changed.", what=after)
    return say("Changed: {after} (it was: {before}).", after=after, before=before)


def _aliases(say: Language, meant: Sequence[Meant]) -> list[str]:
    return [
        say("{alias} is {topic}.", alias=one.typed, topic=one.label)
        for one in meant
        if isinstance(one.follows, FollowsTopic)
        and one.typed.casefold() not in {one.follows.slug, one.label.casefold()}
    ]


async def _numbers(desk: Desk, call: Call, new: Sequence[Subscribed], topics: Mapping[str, TopicName]) -> str:
    """Say what is watched and how much comes of it, as counted in the store."""
    say, since = call.say, desk.clock.now() - timedelta(days=DAYS)
    parts = []
    if any(isinstance(one.subscription.follows, FollowsTopic) for one in new):
        parts.append(watching(say, await desk.feeds.counts(call.workspace)))
    for one in new[:SHOWN]:
        subscription = one.subscription
        number = await desk.posts.count(call.workspace, [_interest(one)], since)
        parts.append(volume(say, number, subscription.follows, label_of(subscription.follows, topics)))
        if isinstance(subscription.follows, FollowsTopic) and is_seldom(number, DAYS):
            parts.append(_wider(say, subscription, subscription.follows.slug, topics))
    return " ".join([*parts, say("The next ones appear here.")])


def _wider(say: Language, subscription: Subscription, slug: str, topics: Mapping[str, TopicName]) -> str:
    """Say what would bring more than this topic does."""
    parent = topics[slug].parent if slug in topics else None
    ways = [] if subscription.strictness is Strictness.WIDE else [f"`/subscribe {slug} wide`"]
    ways += [f"`/subscribe {parent}`"] if parent else []
    if not ways:
        return say("More comes by a pack of blogs: `/tidings feeds packs`.")
    return say("More comes by {ways}, or by a pack of blogs: `/tidings feeds packs`.", ways=", ".join(ways))


def _next(say: Language, meant: Sequence[Meant], new: Sequence[Subscribed]) -> list[Button]:
    """Offer to undo, and to let a blog's posts reach topics, too."""
    made = {one.subscription.follows for one in new}
    buttons = [
        Button(label=say("Let topics use {blog}", blog=one.label)[:70], action=f"/tidings feeds add {one.url}")
        for one in meant
        if one.url and not one.pooled
    ][:2]
    fresh = [one for one in meant if one.follows in made]
    if len(fresh) == 1:
        follows = fresh[0].follows
        name = follows.slug if isinstance(follows, FollowsTopic) else fresh[0].url or fresh[0].label
        buttons.append(Button(label=say("Undo"), action=f"/unsubscribe {name}"))
    return buttons


async def _form(desk: Desk, call: Call) -> Reply:
    """Offer the topics to pick from."""
    say, topics = call.say, await desk.topics.all(call.workspace)
    form = Form(
        title=say("Follow in this channel"),
        action="/subscribe",
        submit=say("Follow"),
        fields=(
            Field(
                name="topics",
                label=say("Topics"),
                choices=tuple(Choice(value=topic.slug, label=topic.label) for topic in topics),
                many=True,
            ),
            Field(name="blog", label=say("A blog"), hint=say("Its address, such as simonwillison.net")),
            Field(name="how", label=say("When"), value="each", choices=_times(say, desk.timezone)),
        ),
    )
    text = say(
        "Say what to follow: `/subscribe nlp`, or `/subscribe` with a blog's address. `/topics` lists the topics."
    )
    return Reply(text=text, form=form, buttons=(Button(label=say("Topics"), action="/topics"),))


def _times(say: Language, zone: str) -> tuple[Choice, ...]:
    return (
        Choice(value="each", label=say("Each post at once")),
        Choice(value="digest hourly", label=say("One digest an hour")),
        Choice(value=f"digest daily at 09:00 {zone}", label=say("Daily at 09:00 {zone}", zone=zone)),
        Choice(value=f"digest weekly mon at 09:00 {zone}", label=say("Mondays at 09:00")),
    )


COMMANDS = (
    Command(
        verb="subscribe",
        usage="TOPIC, URL or query: …, [strict|wide] [digest daily at 09:00 ZONE] [-word]",
        help="Follow topics or blogs in this channel.",
        who=Who.CHANNEL,
        run=subscribe,
        complete=complete_topics,
        examples=(
            "/subscribe nlp",
            "/subscribe nlp, rust strict",
            "/subscribe simonwillison.net",
            "/subscribe nlp digest daily at 09:00 Europe/Berlin",
            '/subscribe nlp "vector search" -jobs lang:en',
            "/subscribe query: postgres AND (vacuum OR autovacuum) NOT title:beta",
        ),
    ),
)
