"""What a poll hands to the store: the feed as it is from now on, and what it brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.identity import Fate
from bot.domain.model import Channel, Feed, FeedId, Match, Post, Want
from bot.domain.revising import Returned
from bot.domain.story import Face


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A feed that is ours to poll until the lease ends."""

    feed: Feed
    #: Of the feed's address.
    host: str
    #: The fence: what is written without it is not written.
    token: str
    #: Subscriptions to this very feed; what its author would like to know.
    readers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the store knows of feeds that have brought something."""

    #: The keys asked about that each feed has brought before.
    seen: Mapping[FeedId, frozenset[bytes]] = field(default_factory=dict)
    #: Who sees each feed; '' is everybody.
    workspaces: Mapping[FeedId, frozenset[str]] = field(default_factory=dict)
    #: Of each feed's newest posts, ten at most.
    dates: Mapping[FeedId, Sequence[datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A topic a post belongs to, in one workspace's vocabulary ('' for the built-in one)."""

    workspace: str
    match: Match
    #: The revision of the topic's rules that decided.
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Where a post belongs and who wants it."""

    topics: tuple[Filed, ...] = ()
    wants: tuple[Want, ...] = ()


NOBODY = Judged()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A post to be stored."""

    post: Post
    fate: Fate
    face: Face
    judged: Judged = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One finished poll."""

    token: str
    #: As it is from now on.
    feed: Feed
    #: More of it changed than its times: everything is written.
    changed: bool = True
    #: A hub brought it, a part of the feed: of the feed's row, only how long it pushes is written.
    pushed: bool = False
    posts: tuple[NewPost, ...] = ()
    #: Posts that the feed changed since it first brought them.
    returned: tuple[Returned, ...] = ()
    #: Keys to remember.
    keys: frozenset[bytes] = frozenset()
    #: One sentence for channels subscribed to this very feed; None: nothing to say.
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a batch of polls."""

    #: When each channel has the first of its new messages due.
    due: Mapping[Channel, datetime] = field(default_factory=dict)
    posts: int = 0
    #: Polls whose lease somebody else has by now; nothing of them was written.
    lost: int = 0
