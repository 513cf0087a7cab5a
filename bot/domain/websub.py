"""WebSub (W3C): a hub pushes what a feed publishes. What we ask of it, and what of its answers is believed."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.model import FeedId

#: What we ask for; a hub may grant another time.
LEASE = timedelta(days=10)
#: A hub that was asked verifies within this time, or is asked again.
VERIFIES_WITHIN = timedelta(hours=1)
_SHORTEST = timedelta(minutes=5)
_LONGEST = timedelta(days=90)
_RENEW_AFTER = 0.8
_DAY = timedelta(days=1)
#: The methods the standard names. HMAC is sound with SHA-1, too, and it is what most hubs send.
_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Our address at a hub, for one feed."""

    feed_id: FeedId
    feed_url: str
    hub: str
    #: The address by which the hub knows the feed.
    topic: str
    #: The last part of the address that the hub calls; nobody else knows it.
    token: str = field(repr=False)
    #: What the hub signs with.
    secret: str = field(repr=False)
    #: When we last asked; None: never, or the question is settled. Only then an intent is confirmed.
    asked_at: datetime | None = None
    #: Until when the hub pushes; None: it does not.
    lease_until: datetime | None = None
    failures: int = 0

    def is_active(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now


def is_genuine(header: str, body: bytes, secret: str) -> bool:
    """Say whether `X-Hub-Signature` was made over *body* by who knows *secret*; compared in constant time."""
    method, _, given = header.strip().partition("=")
    if not secret or method.lower() not in _METHODS:
        return False
    wanted = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(given.strip().lower().encode(), wanted.encode())


def is_expected(hook: Hook, topic: str, now: datetime) -> bool:
    """Whether we asked for this a short while ago: an intent of anybody else's is not confirmed."""
    return topic == hook.topic and hook.asked_at is not None and now - hook.asked_at <= VERIFIES_WITHIN


def granted(seconds: str, now: datetime) -> datetime:
    """Return when a granted lease ends; what cannot be read counts as what we asked for."""
    if not (seconds.isascii() and seconds.isdigit()):
        return now + LEASE
    return now + min(max(timedelta(seconds=int(seconds[:9])), _SHORTEST), _LONGEST)


def renewal(now: datetime, lease_until: datetime) -> datetime:
    """Return when to ask again: with time left for a few failures."""
    return now + (lease_until - now) * _RENEW_AFTER


def retry(now: datetime, failures: int) -> datetime:
    """Return when to ask a hub again that refused or did not answer for the *failures*-th time in a row."""
    doublings = min(max(failures - 1, 0), 5)
    return now + min(VERIFIES_WITHIN * (1 << doublings), _DAY)
