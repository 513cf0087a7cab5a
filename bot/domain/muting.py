"""What a channel or a workspace never wants to see again, whoever subscribed to it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.model import Channel, FeedId, workspace_of
from bot.domain.seen import Seen
from bot.domain.terms import Term
from bot.domain.vocabulary import own_slug

MuteKind = Literal["feed", "topic", "word"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A blog, a topic or a word that is kept out."""

    #: 0 before it is stored.
    id: int = 0
    #: "slack:T1".
    workspace: str
    #: None: everywhere in the workspace.
    channel: Channel | None
    kind: MuteKind
    #: A feed's number, a topic's slug, or a term.
    target: str
    #: A blog's name, for people; empty where nobody asked for it.
    label: str = ""
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Scopes:
    """Where a post is muted, and by which mute."""

    by_channel: dict[Channel, Mute]
    by_workspace: dict[str, Mute]

    def __bool__(self) -> bool:
        return bool(self.by_channel or self.by_workspace)

    def of(self, channel: Channel) -> Mute | None:
        """Return the mute that keeps the post out of a channel."""
        return self.by_channel.get(channel) or self.by_workspace.get(workspace_of(channel))


class Mutes:
    """All mutes, to look up by what a post is and says."""

    def __init__(self, mutes: Iterable[Mute] = ()) -> None:
        self._by_target: dict[tuple[MuteKind, str], list[Mute]] = {}
        #: Words by their first word, so that a post's words find them.
        self._words: dict[str, dict[str, None]] = {}
        for mute in mutes:
            self._by_target.setdefault((mute.kind, mute.target), []).append(mute)
            if mute.kind == "word":
                for words in Term(mute.target).spellings():
                    self._words.setdefault(words[0].lower(), {})[mute.target] = None

    def __bool__(self) -> bool:
        return bool(self._by_target)

    def scopes(self, seen: Seen, topics: Iterable[str], known: Container[str] = ()) -> Scopes:
        """Return where a post with these topics is muted; *known* are all topics, workspaces' own ones included."""
        scopes = Scopes({}, {})
        for mute in self._of(seen, topics, known):
            if mute.channel is None:
                scopes.by_workspace.setdefault(mute.workspace, mute)
            else:
                scopes.by_channel.setdefault(mute.channel, mute)
        return scopes

    def _of(self, seen: Seen, topics: Iterable[str], known: Container[str]) -> Iterable[Mute]:
        yield from self._by_target.get(("feed", feed_target(seen.blog.id)), ())
        for slug in topics:
            name = slug.rpartition("/")[2]
            for mute in self._by_target.get(("topic", name), ()):
                # A workspace means its own topic by a name, where it has one.
                own = own_slug(mute.workspace, name)
                if slug == (own if own in known else name):
                    yield mute
        for word in seen.words.folded & self._words.keys() if self._words else ():
            for target in self._words[word]:
                if seen.words.has(Term(target)):
                    yield from self._by_target["word", target]


def feed_target(feed: FeedId) -> str:
    """Return a feed as a mute names it."""
    return str(feed)
