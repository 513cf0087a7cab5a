"""A post that its feed changed later: another title, another link. It is the same article, so nothing is announced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.channels import ChannelOptions, Look
from bot.domain.links import canonical_url
from bot.domain.model import PostId
from bot.domain.templates import has_placeholder

#: Posts first seen longer ago stay as they are.
REVISED_FOR = timedelta(days=7)


def shows_also_at(options: ChannelOptions) -> bool:
    """Say whether a post in this channel names other blogs that have its story: else naming one more edits nothing."""
    if options.template:
        return has_placeholder(options.template, "also_at")
    return options.look is not Look.TITLE_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A post known by its guid that came back with a title, or else a link, its feed never had before."""

    title: str
    #: None where the link tells its feed's posts apart no more.
    url: str | None
    #: What is new about it: the title; False: the link.
    retitled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A post as it was stored."""

    id: PostId
    title: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a stored post is called, and where it is, from now on."""

    post: PostId
    title: str
    url: str | None


def revisions(stored: Sequence[Stored], returned: Iterable[Returned]) -> list[Revision]:
    """Return what changes of one feed's posts: found by what stayed, and only where that names a single one."""
    found: dict[PostId, Revision] = {}
    for one in returned:
        same = [post for post in stored if _stayed(post, one)]
        if len(same) != 1:
            continue
        [post] = same
        url = post.url if one.retitled else one.url
        if (post.title, post.url) != (one.title, url):
            found[post.id] = Revision(post=post.id, title=one.title, url=url)
    return list(found.values())


def _stayed(post: Stored, returned: Returned) -> bool:
    if not returned.retitled:
        return post.title == returned.title
    return bool(post.url and returned.url) and canonical_url(post.url or "") == canonical_url(returned.url or "")
