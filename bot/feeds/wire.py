"""What passes between the bot and its parsing children: JSON, a line for the feed and one for each post.

JSON and not pickle: a child reads hostile bytes, so what it answers is data and never code.
"""

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.domain.fetched import FeedWishes, Parsed, ParsedFeed, ParsedPost, Unreadable

_POST = tuple(field.name for field in fields(ParsedPost))
_FEED = ("described", "title", "site", "window", "hub", "hub_topic", "warning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One body to read."""

    kind: Literal["parse", "discover", "list"]
    url: str
    charset: str | None
    #: 8 bytes for each item that is known, joined.
    known: bytes
    body: bytes


def pack_job(job: Job) -> bytes:
    """Write a job: two lengths, a line of JSON, the known hashes, the body."""
    head = json.dumps([job.kind, job.url, job.charset, len(job.known)]).encode()
    rest = len(job.known) + len(job.body)
    return b"".join((len(head).to_bytes(4), rest.to_bytes(4), head, job.known, job.body))


def unpack_job(head: bytes, rest: bytes) -> Job:
    """Read what *pack_job* wrote, without the two lengths."""
    kind, url, charset, known = json.loads(head)
    return Job(kind=kind, url=url, charset=charset, known=rest[:known], body=rest[known:])


def pack_parsed(parsed: Parsed) -> bytes:
    """Write what a child read."""
    if isinstance(parsed, Unreadable):
        return json.dumps({"unreadable": parsed.why}).encode()
    about: dict[str, Any] = {name: getattr(parsed, name) for name in _FEED}
    about["hashes"] = parsed.item_hashes.hex()
    wishes = parsed.wishes
    about["wishes"] = [
        wishes.ttl.total_seconds() if wishes.ttl else None,
        sorted(wishes.skip_hours),
        sorted(wishes.skip_days),
    ]
    lines = [json.dumps(about), *(json.dumps(_post_values(post)) for post in parsed.posts)]
    return "\n".join(lines).encode()


def unpack_parsed(answer: bytes) -> Parsed:
    """Read what *pack_parsed* wrote."""
    first, *lines = answer.split(b"\n")
    about = json.loads(first)
    if "unreadable" in about:
        return Unreadable(why=about["unreadable"])
    ttl, hours, days = about["wishes"]
    return ParsedFeed(
        **{name: about[name] for name in _FEED},
        posts=tuple(map(_post, lines)),
        item_hashes=bytes.fromhex(about["hashes"]),
        wishes=FeedWishes(
            ttl=None if ttl is None else timedelta(seconds=ttl),
            skip_hours=frozenset(hours),
            skip_days=frozenset(days),
        ),
    )


def _post_values(post: ParsedPost) -> list[Any]:
    values = [getattr(post, name) for name in _POST]
    if post.published is not None:
        values[_POST.index("published")] = post.published.timestamp()
    return values


def _post(line: bytes) -> ParsedPost:
    values = dict(zip(_POST, json.loads(line), strict=True))
    if values["published"] is not None:
        values["published"] = datetime.fromtimestamp(values["published"], UTC)
    values["categories"] = tuple(values["categories"])
    return ParsedPost(**values)
