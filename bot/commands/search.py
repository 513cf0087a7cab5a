"""`/tidings search`: posts by words in their titles and summaries, newest first."""

import re
from functools import reduce

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.latest import counted_here
from bot.commands.topics import topics_by_slug
from bot.commands.wording import headed, labelled
from bot.domain.errors import UsageError
from bot.domain.pages import LONGEST_SEARCH, Wanted, search_words
from bot.domain.reply import Button, Reply

PAGE = 5
MOST_PAGES = 100
PAGED = re.compile(r"^(.*?)(?:\s*\bpage (\d{1,3}))?$", re.IGNORECASE | re.DOTALL)


async def search(desk: Desk, call: Call) -> Reply:
    """Show what is found as cards, the next page behind a button."""
    say, match = call.say, PAGED.match(call.text)
    typed, page = (match[1].strip(), max(1, int(match[2] or 1))) if match else (call.text, 1)
    if len(typed) > LONGEST_SEARCH:
        raise UsageError("A search has up to {most} characters.", most=LONGEST_SEARCH)
    words = search_words(typed)
    if not words:
        raise UsageError("Say what to look for: `/tidings search attention`.")
    wanted = Wanted(words=words, workspace=call.workspace)
    found = await desk.library.find(wanted, min(page, MOST_PAGES), PAGE)
    about = say("with {words}", words=reduce(lambda one, other: say("{one} and {other}", one=one, other=other), words))
    if not found.posts and page > 1:
        return Reply(text=say("There are no more posts {about}.", about=about))
    if not found.posts:
        return Reply(text=say("No posts {about}. Fewer words find more.", about=about))
    topics = await topics_by_slug(desk, call.workspace)
    more = Button(label=say("More"), action=f"/tidings search {' '.join(words)} page {page + 1}")
    return Reply(
        text=headed(say, say("Posts {about}", about=about), page),
        posts=labelled([shown.card for shown in found.posts], topics, await counted_here(desk, call)),
        buttons=(more,) if found.total > page * PAGE and page < MOST_PAGES else (),
        replace=call.pressed,
    )


COMMANDS = (
    Command(
        verb="search",
        usage="WORDS",
        help="Find posts by words in their titles and summaries.",
        run=search,
        examples=("/tidings search attention", "/tidings search sparse attention"),
    ),
)
