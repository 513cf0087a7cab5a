"""Lists of posts for pages, feeds and searches: what is asked for, and what is shown."""

import re
from dataclasses import dataclass

from bot.domain.message import Announcement
from bot.domain.model import SHARED, FeedId

PAGE_SIZE = 50
#: Counting goes no further; beyond it, lists say "more than".
COUNTED = 1000
LAST_PAGE = COUNTED // PAGE_SIZE
LONGEST_SEARCH = 200
MOST_WORDS = 12
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which posts a list shows: all of those conditions hold."""

    #: A built-in topic's slug; None: posts of any topic and of none.
    topic: str | None = None
    feed: FeedId | None = None
    #: Each must occur in the title or the summary; empty: no search.
    words: tuple[str, ...] = ()
    #: Who looks: a workspace sees its own feeds too, '' only the shared ones.
    workspace: str = SHARED


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One story in a list."""

    card: Announcement
    #: The words that made the post belong to the topic, the strongest first.
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of a list, newest first, each story once."""

    posts: tuple[Shown, ...]
    #: How many there are in all; `COUNTED` where there are that many or more.
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """A feed as a list's filter offers it, and as OPML names it."""

    feed: FeedId
    name: str
    url: str
    site: str | None = None


def search_words(text: str) -> tuple[str, ...]:
    """Return the words to look for: letters and digits only, so that no search engine's own signs are left."""
    return tuple(dict.fromkeys(WORD.findall(text[:LONGEST_SEARCH].casefold())))[:MOST_WORDS]
