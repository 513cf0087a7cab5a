"""`/why`: which topics a post has and by which words, and which subscription sent or withheld it."""

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.topics import topics_by_slug
from bot.commands.wording import label_of
from bot.domain.explaining import Case, explain, why_topic
from bot.domain.model import AnnouncementId
from bot.domain.reply import Reply
from bot.domain.typed import as_url, words

MOST_TOPICS = 6


async def why(desk: Desk, call: Call) -> Reply:
    """Explain the newest post shown here, the post at a link, or the one whose menu was used."""
    case = await _case(desk, call)
    if case is None:
        return Reply(text=_unknown(call), done=not call.text)
    return Reply(text="\n".join(await _explained(desk, call, case)))


async def _case(desk: Desk, call: Call) -> Case | None:
    typed = next(iter(words(call.text)), "")
    if not typed:
        return await desk.reasons.newest(call.channel)
    if url := as_url(typed):
        return await desk.reasons.linked(url, call.channel)
    return await desk.reasons.announced(AnnouncementId(typed), call.channel)


def _unknown(call: Call) -> str:
    if not call.text:
        return call.say("Nothing was posted here so far. `/why LINK` explains any post of the blogs that are watched.")
    return call.say("No blog that is watched here has brought that post. `/tidings feeds add URL` adds its blog.")


async def _explained(desk: Desk, call: Call, case: Case) -> list[str]:
    say, subscriptions = call.say, await desk.subscriptions.of_channel(call.channel)
    topics = await topics_by_slug(desk, call.workspace)
    labels = {one.id: label_of(one.follows, topics) for one in subscriptions}
    found = [
        why_topic(say, m, topics[m.topic].label if m.topic in topics else m.topic, case.revisions.get(m.topic, ""))
        for m in case.matches[:MOST_TOPICS]
    ]
    blog = f" ({case.blog.title or case.blog.host})"
    return [
        f"{case.post.title}{blog}",
        *(f"• {line}" for line in found or [say("No topic: not enough words of any.")]),
        *explain(say, case, call.channel, subscriptions, await desk.mutes.of_channel(call.channel), labels=labels),
    ]


COMMANDS = (
    Command(
        verb="why",
        usage="[LINK]",
        help="Say why a post came here, or why not.",
        run=why,
        examples=("/why", "/why https://example.com/post"),
    ),
)
