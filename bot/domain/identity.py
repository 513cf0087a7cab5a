"""Whether a post is new to its feed, and what to do with it: announce, roll into a digest, or only know it.

A feed changes guids, links, titles, dates, order and hosts, and none of that is news. So a post has several
keys, and it is known when any of them is. Keys outlive the feed's window: posts vanish from feeds and return.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from bot.domain.fetched import ParsedPost
from bot.domain.links import canonical_url, is_front_page
from bot.domain.revising import Returned

#: A post dated longer ago than this when its feed could last have shown it is a backfill, not news.
AGE_LIMIT = timedelta(days=7)
#: A date further ahead than clocks and time zones explain is no date.
_AHEAD = timedelta(hours=26)
#: What looks like so much news at once may be the old posts under new names.
_FLOOD = 5
_FLOOD_SHARE = 0.5
_REISSUED_SHARE = 0.8
_SIZE = 11


class Fate(StrEnum):
    """What becomes of a post that is new to us."""

    ANNOUNCE = "announce"
    #: Missed during an outage: announced, but rolled into a digest.
    LATE = "late"
    #: Stored and findable, never announced: a first poll, a backfill, a feed re-issued.
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The names under which one post may come back; None where the feed gives nothing to make one of."""

    guid: bytes | None
    link: bytes | None
    #: Title and date together.
    dated: bytes | None
    #: Title and text: counts only where there is nothing better.
    content: bytes
    #: Too weak to know a post by; tells a re-used guid or link, and a re-issued feed.
    title: bytes | None
    #: Says that a guid or link of this post is shared by others, which makes it no key for good.
    marks: frozenset[bytes] = frozenset()

    def strong(self) -> set[bytes]:
        """The keys any of which makes a post known."""
        return {key for key in (self.guid, self.link, self.dated) if key} or {self.content}

    def all(self) -> set[bytes]:
        return self.strong() | {self.title} if self.title else self.strong()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post that is new to us, and its fate."""

    post: ParsedPost
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one document brought."""

    found: tuple[Found, ...]
    #: To be remembered: the keys of every post, of those already known too (a guid that changed is now known).
    keys: frozenset[bytes]
    #: How many posts came back under new names.
    reissued: int = 0
    #: Posts known by their guid whose title or link their feed never had before.
    returned: tuple[Returned, ...] = ()


def keys_of(posts: Sequence[ParsedPost]) -> list[Keys]:
    """Return the keys of each post; what several posts of one document share is no key of any."""
    all_keys = [_keys(post) for post in posts]
    # A post that stands in the document twice does not make its own keys shared.
    distinct = {(keys.guid, keys.link, keys.title): keys for keys in all_keys}
    times = Counter(key for keys in distinct.values() for key in keys.all() - {keys.content})
    shared = {key for key, count in times.items() if count > 1}
    return [_without(keys, shared) for keys in all_keys] if shared else all_keys


def offered(keys: Iterable[Keys]) -> set[bytes]:
    """Return every key that `judge` needs looked up."""
    return {name for own in keys for key in own.all() for name in (key, _mark(key))}


def judge(
    posts: Sequence[ParsedPost],
    keys: Sequence[Keys],
    *,
    seen: Collection[bytes],
    window: int,
    last_good_poll: datetime | None,
    now: datetime,
) -> Verdict:
    """Decide which posts are new, and what becomes of each. *last_good_poll*: None at the first poll."""
    marked = {key for own in keys for key in own.all() if _mark(key) in seen}
    fresh: list[tuple[ParsedPost, Keys]] = []
    returned: list[Returned] = []
    remembered: set[bytes] = set()
    for post, whole in zip(posts, keys, strict=True):
        own = _without(whole, marked) if marked else whole
        if _known(own, seen):
            returned += _changed(post, own, seen)
        elif not own.strong() & remembered:
            fresh.append((post, own))
        remembered |= own.all() | whole.marks
    if last_good_poll is not None and _is_reissue(fresh, seen, window):
        news = [(post, own) for post, own in fresh if own.title not in seen]
    else:
        news = fresh
    found = tuple(Found(post=post, fate=_fate(post, last_good_poll, now)) for post, _ in news)
    return Verdict(found=found, keys=frozenset(remembered), reissued=len(fresh) - len(news), returned=tuple(returned))


def believed_date(published: datetime | None, now: datetime) -> datetime | None:
    """Return the date a post is shown with; None where it lies in the future or before the web."""
    if published is None or published.year < 1990 or published > now + _AHEAD:
        return None
    return min(published, now)


def _known(keys: Keys, seen: Collection[bytes]) -> bool:
    return any(key in seen for key in keys.strong()) and not _reused(keys, seen)


def _changed(post: ParsedPost, keys: Keys, seen: Collection[bytes]) -> Iterable[Returned]:
    if keys.guid in seen and keys.title is not None:
        retitled = keys.title not in seen
        if retitled or (keys.link is not None and keys.link not in seen):
            yield Returned(title=post.title, url=post.url if keys.link else None, retitled=retitled)


def _reused(keys: Keys, seen: Collection[bytes]) -> bool:
    """Whether a guid or a link is back for another article: nothing else of this one was ever there."""
    if keys.title is None or keys.title in seen or keys.dated in seen or keys.guid == keys.link:
        return False
    if keys.guid in seen:
        return keys.link is not None and keys.link not in seen
    return keys.guid is not None


def _is_reissue(fresh: Sequence[tuple[ParsedPost, Keys]], seen: Collection[bytes], window: int) -> bool:
    if len(fresh) <= max(_FLOOD, window * _FLOOD_SHARE):
        return False
    return sum(keys.title in seen for _, keys in fresh) >= len(fresh) * _REISSUED_SHARE


def _fate(post: ParsedPost, last_good_poll: datetime | None, now: datetime) -> Fate:
    if last_good_poll is None:
        return Fate.KNOWN
    published = believed_date(post.published, now)
    if published is None or published >= now - AGE_LIMIT:
        return Fate.ANNOUNCE
    return Fate.LATE if published >= last_good_poll - AGE_LIMIT else Fate.KNOWN


def _keys(post: ParsedPost) -> Keys:
    title = " ".join(post.title.casefold().split())
    link = _address(post.url) if post.url else None
    guid = _guid(post.guid)
    dated = _key("d", f"{title}\n{post.published.isoformat()}") if title and post.published else None
    content = _key("x", f"{title}\n{post.text[:500]}")
    return Keys(guid=guid, link=link, dated=dated, content=content, title=_key("t", title) if title else None)


def _guid(guid: str | None) -> bytes | None:
    if not guid:
        return None
    # A guid that is an address is compared as one: https and a trailing slash make no new post of it.
    if guid.startswith(("http://", "https://")):
        return _address(guid)
    return _key("g", guid)


# Most feeds give the link as the guid.
@lru_cache(maxsize=16)
def _address(url: str) -> bytes | None:
    return None if is_front_page(url) else _key("l", canonical_url(url, fragment=True))


def _without(keys: Keys, shared: Collection[bytes]) -> Keys:
    dropped = keys.all() & set(shared)
    if not dropped:
        return keys

    def own(key: bytes | None) -> bytes | None:
        return None if key in dropped else key

    return Keys(
        guid=own(keys.guid),
        link=own(keys.link),
        dated=own(keys.dated),
        content=keys.content,
        title=own(keys.title),
        marks=frozenset(map(_mark, dropped)),
    )


def _key(kind: str, text: str) -> bytes:
    return kind.encode() + blake2b(text.encode("utf-8", "replace"), digest_size=_SIZE).digest()


def _mark(key: bytes) -> bytes:
    return b"s" + key[1:]
