"""What fetching and parsing a feed gave: the values that pass between the feed adapter and the poller."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWishes:
    """What the server's headers ask of pollers."""

    #: Do not come back before this much time; None: nothing asked.
    retry_after: timedelta | None = None
    #: The answer stays fresh for this long (Cache-Control, Expires); None: nothing said.
    fresh_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWishes:
    """What the feed itself asks of pollers."""

    ttl: timedelta | None = None
    #: Hours of the day, in UTC, in which nobody is to come.
    skip_hours: frozenset[int] = frozenset()
    #: Monday is 0.
    skip_days: frozenset[int] = frozenset()


NO_SERVER_WISHES = ServerWishes()
NO_FEED_WISHES = FeedWishes()


# What became of one request for a feed. A closed union: match it to `assert_never`.


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A whole answer."""

    body: bytes
    #: Where it came from in the end.
    url: str
    #: The charset of the Content-Type header; None where it named none.
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    #: Where permanent redirects (301, 308) lead; None unless every redirect was permanent.
    moved_to: str | None = None
    #: The WebSub hub and the topic address that the `Link:` headers name.
    hub: str | None = None
    hub_topic: str | None = None
    wishes: ServerWishes = NO_SERVER_WISHES


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304: nothing new."""

    #: The server said 304 though we sent no validator, so the stored ones are worth nothing.
    unasked: bool = False
    #: As in Body.
    moved_to: str | None = None
    wishes: ServerWishes = NO_SERVER_WISHES


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The feed could not be fetched or read; it is tried again later."""

    #: One plain sentence.
    why: str
    wishes: ServerWishes = NO_SERVER_WISHES
    #: The server asked to slow down (429, 503, 403 with rate headers): the whole host is left in peace.
    slow_down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """410: the feed will not come back."""

    why: str


Fetched = Body | NotModified | Failed | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPost:
    """One article as the feed describes it, in plain text."""

    #: The feed's own id for it; None where it gave none.
    guid: str | None
    #: http or https; None where the feed gave none that is safe.
    url: str | None
    #: Never empty: the first words of the text where the feed gave no title.
    title: str
    summary: str
    text: str
    author: str | None = None
    #: As the feed says, aware; not yet judged.
    published: datetime | None = None
    categories: tuple[str, ...] = ()
    image: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed as its document describes it."""

    #: False where every item was known: then only hashes and window say something, the stored rest stands.
    described: bool = True
    title: str | None = None
    site: str | None = None
    #: Only those whose item was not known by its hash; in the document's order.
    posts: tuple[ParsedPost, ...] = ()
    #: 8 bytes for each item of the document, joined; empty where it could not be sliced.
    item_hashes: bytes = b""
    #: How many items the document has.
    window: int = 0
    hub: str | None = None
    hub_topic: str | None = None
    wishes: FeedWishes = NO_FEED_WISHES
    #: One plain sentence where the document was damaged and still read; None otherwise.
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The body is no feed, or one that is refused."""

    #: One plain sentence.
    why: str


Parsed = ParsedFeed | Unreadable
