"""`/latest`: the newest posts, of a topic or of all that is followed here."""

import re
from collections.abc import Sequence

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.resolving import resolve
from bot.commands.topics import complete_topics, topics_by_slug
from bot.commands.wording import headed, in_words, labelled, watching
from bot.domain.following import Interest
from bot.domain.reply import Button, Reply
from bot.domain.typed import listed, unquoted

PAGE = 5
PAGED = re.compile(r"^(.*?)(?:\s*\bpage (\d{1,3}))?$", re.IGNORECASE | re.DOTALL)


async def show_latest(desk: Desk, call: Call) -> Reply:
    """Show the newest posts as cards, the next page behind a button."""
    say, match = call.say, PAGED.match(call.text)
    what, page = (match[1].strip(), max(1, int(match[2] or 1))) if match else (call.text, 1)
    interests, about = await _interests(desk, call, what)
    if isinstance(interests, Reply):
        return interests
    cards = await desk.posts.latest(call.workspace, interests, limit=PAGE + 1, offset=(page - 1) * PAGE)
    if not cards and page > 1:
        return Reply(text=say("There are no more posts {about}.", about=about))
    if not cards:
        none = say("No posts {about} so far.", about=about)
        return Reply(text=f"{none} {watching(say, await desk.feeds.counts(call.workspace))}")
    topics = await topics_by_slug(desk, call.workspace)
    more = Button(label=say("More"), action=f"/latest {what} page {page + 1}".replace("  ", " "))
    return Reply(
        text=headed(say, say("The newest posts {about}", about=about), page),
        posts=labelled(cards[:PAGE], topics, await counted_here(desk, call)),
        buttons=(more,) if len(cards) > PAGE else (),
        replace=call.pressed,
    )


async def counted_here(desk: Desk, call: Call) -> str:
    """Return where clicks on what is listed here are counted; empty where the channel does not want it."""
    return desk.counted_base if (await desk.channels.status(call.channel)).options.views else ""


async def _interests(desk: Desk, call: Call, what: str) -> tuple[Sequence[Interest] | Reply | None, str]:
    """Return what to show posts of and how to call it; a Reply where *what* means nothing."""
    if what:
        findings = await resolve(desk, call, [unquoted(name) for name in listed(what)], "/latest")
        if findings.problems:
            return Reply(text="\n".join(findings.problems), buttons=tuple(findings.buttons)), ""
        return [Interest(follows=one.follows) for one in findings.meant], (
            call.say("about {topic}", topic=in_words(call.say, [one.label for one in findings.meant]))
        )
    here = await desk.subscriptions.of_channel(call.channel)
    if not here:
        return None, call.say("of all blogs (nothing is followed here)")
    interests = [Interest(follows=one.follows, strictness=one.strictness) for one in here]
    return interests, call.say("of what this channel follows")


COMMANDS = (
    Command(
        verb="latest",
        usage="[TOPIC or BLOG]",
        help="Show the newest posts, to you only.",
        run=show_latest,
        complete=complete_topics,
        examples=("/latest", "/latest nlp"),
    ),
)
