"""`/topics`: what there is to follow."""

from collections.abc import Mapping, Sequence

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.domain.language import Language
from bot.domain.model import Channel, FollowsTopic, TopicName, workspace_of
from bot.domain.reply import Button, Choice, Reply


async def show_topics(desk: Desk, call: Call) -> Reply:
    """List every topic below its parent, those followed here marked."""
    say, topics = call.say, await desk.topics.all(call.workspace)
    if call.text:
        topics = [topic for topic in topics if _speaks_of(topic, call.text)]
        if not topics:
            return Reply(text=say("No topic speaks of {word}. `/topics` lists them all.", word=call.text))
    subscriptions = await desk.subscriptions.of_channel(call.channel)
    here = {s.follows.slug for s in subscriptions if isinstance(s.follows, FollowsTopic)}
    lines = [_line(say, topic, depth, topic.slug in here) for topic, depth in in_order(topics)]
    new = [topic for topic, depth in in_order(topics) if depth == 0 and topic.slug not in here][:3]
    return Reply(
        text="\n".join([say("Topics to follow; `/subscribe TOPIC` brings their posts here."), *lines]),
        buttons=tuple(
            Button(label=say("Follow {topic}", topic=topic.label), action=f"/subscribe {topic.slug}") for topic in new
        ),
    )


async def topics_by_slug(desk: Desk, workspace: str) -> Mapping[str, TopicName]:
    """Return what a workspace calls its topics."""
    return {topic.slug: topic for topic in await desk.topics.all(workspace)}


def in_order(topics: Sequence[TopicName]) -> list[tuple[TopicName, int]]:
    """Return topics by label, each followed by its children, with how deep it stands."""
    known = {topic.slug for topic in topics}
    children: dict[str | None, list[TopicName]] = {}
    for topic in sorted(topics, key=lambda topic: topic.label.casefold()):
        children.setdefault(topic.parent if topic.parent in known else None, []).append(topic)
    return _below(None, children, 0)


def _below(
    parent: str | None, children: Mapping[str | None, Sequence[TopicName]], depth: int
) -> list[tuple[TopicName, int]]:
    found = []
    for topic in children.get(parent, ()):
        found += [(topic, depth), *_below(topic.slug, children, depth + 1)]
    return found


def _line(say: Language, topic: TopicName, depth: int, here: bool) -> str:
    name = f"`{topic.slug}`: {topic.label}" if topic.label.casefold() != topic.slug else f"`{topic.slug}`"
    return f"{'   ' * depth}• {say('{what} (followed here)', what=name) if here else name}"


def _speaks_of(topic: TopicName, text: str) -> bool:
    return any(text.casefold() in name.casefold() for name in (topic.slug, topic.label, *topic.aliases))


async def complete_topics(desk: Desk, channel: Channel, text: str) -> Sequence[Choice]:
    """Offer topics whose name starts with the last thing typed, then those that contain it."""
    before, comma, last = text.rpartition(",")
    last = last.strip().casefold()
    topics = [t for t in await desk.topics.all(workspace_of(channel)) if _speaks_of(t, last)]
    topics.sort(key=lambda topic: (not topic.slug.startswith(last), not topic.label.casefold().startswith(last)))
    return [
        Choice(value=f"{before}{comma} {topic.slug}".strip(), label=f"{before}{comma} {topic.label}".strip())
        for topic in topics
    ]


COMMANDS = (
    Command(
        verb="topics",
        usage="[WORD]",
        help="List the topics to follow.",
        run=show_topics,
        complete=complete_topics,
        examples=("/topics", "/topics security"),
    ),
)
