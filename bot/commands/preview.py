"""`/tidings preview`: what a subscription would have sent, or how a template looks."""

import re
from collections.abc import Mapping
from datetime import timedelta

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.resolving import resolve
from bot.commands.settings import show_template
from bot.commands.topics import complete_topics, topics_by_slug
from bot.commands.wording import in_words, labelled
from bot.domain.asking import Asking, read_asking
from bot.domain.errors import UsageError
from bot.domain.following import Interest
from bot.domain.language import Language
from bot.domain.model import FollowsTopic, Strictness, TopicName
from bot.domain.previewing import is_seldom, summed_up
from bot.domain.reply import Button, Reply

SHOWN = 5
DAYS = 30
LONGEST = 365
_SPAN = re.compile(r"\s(\d{1,3})\s?d(?:ays?)?$", re.IGNORECASE)


async def preview(desk: Desk, call: Call) -> Reply:
    """Say how many posts would have come, on which days, from which blogs, and show the newest."""
    say = call.say
    if "{" in call.text:
        return await show_template(desk, call)
    text, days = _span(call.text)
    if not text:
        raise UsageError("Say what to preview: `/tidings preview nlp`, or a blog's address, and how far back: `30d`.")
    asking = read_asking(text, None)
    findings = await resolve(desk, call, asking.names, "/tidings preview")
    if findings.problems or not findings.meant:
        return Reply(text="\n".join(findings.problems), buttons=tuple(findings.buttons), done=False)
    strictness = asking.strictness or Strictness.NORMAL
    interests = [Interest(follows=one.follows, strictness=strictness) for one in findings.meant]
    now = desk.clock.now()
    found = await desk.posts.dated(call.workspace, interests, now - timedelta(days=days))
    cards = await desk.posts.latest(call.workspace, interests, limit=SHOWN)
    topics = await topics_by_slug(desk, call.workspace)
    lines = [f"{in_words(say, [one.label for one in findings.meant])}:", *summed_up(say, found, now, days)]
    buttons = [Button(label=say("Follow here"), action=f"/subscribe {text}")]
    if is_seldom(len(found), days):
        slugs = [one.follows.slug for one in findings.meant if isinstance(one.follows, FollowsTopic)]
        wider = _wider(say, asking, slugs[0] if len(slugs) == 1 else "", topics)
        lines.append(say("That is less than one a week. Something wider would bring more:"))
        buttons += wider
    lines.append(say("The newest:") if cards else "")
    return Reply(
        text="\n".join(filter(None, lines)), posts=labelled(cards, topics), buttons=tuple(buttons), replace=call.pressed
    )


def _span(text: str) -> tuple[str, int]:
    found = _SPAN.search(text)
    if found is None:
        return text.strip(), DAYS
    return text[: found.start()].strip(), max(1, min(LONGEST, int(found[1])))


def _wider(say: Language, asking: Asking, slug: str, topics: Mapping[str, TopicName]) -> list[Button]:
    """Offer less strictness, the topic above, and more blogs."""
    buttons = []
    if slug and asking.strictness is not Strictness.WIDE:
        label = say("{topic}, wide", topic=topics[slug].label)
        buttons.append(Button(label=label, action=f"/tidings preview {slug} wide"))
    parent = topics[slug].parent if slug in topics else None
    if parent is not None and parent in topics:
        buttons.append(Button(label=topics[parent].label, action=f"/tidings preview {parent}"))
    return [*buttons, Button(label=say("Packs of blogs"), action="/tidings feeds packs")]


COMMANDS = (
    Command(
        verb="preview",
        usage="TOPIC or BLOG [strict|wide] [30d], or a {template}",
        help="Show what following something would have brought, or how a template looks.",
        run=preview,
        complete=complete_topics,
        examples=(
            "/tidings preview nlp",
            "/tidings preview rust strict 90d",
            "/tidings preview {title} by {author|somebody}",
        ),
    ),
)
