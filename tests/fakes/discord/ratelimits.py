"""Buckets per route and channel, the 50 requests a second of a token, and the headers that tell of them."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from dataclasses import dataclass

from tests.fakes.discord.answers import Json
from tests.fakes.discord.world import Settings


@dataclass(slots=True)
class Bucket:
    used: int = 0
    full_again: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    body: Json
    headers: dict[str, str]


class RateLimits:
    """Real time, never the world's: a test that lets hours pass still floods within one second."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[str, Bucket] = {}
        self._recent: deque[float] = deque()
        #: The most requests of the token seen within any one second.
        self.busiest_second = 0

    def check(self, route: str, major: str) -> Refusal | None:
        """Count a request; the refusal if it is one too many."""
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        self._recent.append(now)
        self.busiest_second = max(self.busiest_second, len(self._recent))
        if len(self._recent) > self._settings.global_per_second:
            return refusal("global", 1 - (now - self._recent[0]))
        bucket = self._bucket(route, major, now)
        if bucket.used >= self._settings.bucket_limit:
            return refusal("user", bucket.full_again - now, self.headers(route, major))
        bucket.used += 1
        return None

    def _bucket(self, route: str, major: str, now: float) -> Bucket:
        bucket = self._buckets.setdefault(f"{route}:{major}", Bucket())
        if now >= bucket.full_again:
            bucket.used, bucket.full_again = 0, now + self._settings.bucket_seconds
        return bucket

    def headers(self, route: str, major: str) -> dict[str, str]:
        now = time.monotonic()
        bucket = self._bucket(route, major, now)
        after = max(0.0, bucket.full_again - now)
        return {
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
            "X-RateLimit-Limit": str(self._settings.bucket_limit),
            "X-RateLimit-Remaining": str(self._settings.bucket_limit - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
        }


def refusal(scope: str, retry_after: float, headers: dict[str, str] | None = None) -> Refusal:
    """A 429 of one of the three scopes: user, global, shared."""
    everywhere = {"X-RateLimit-Global": "true"} if scope == "global" else {}
    told = {"Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": scope}
    body = {"message": "You are being rate limited.", "retry_after": round(retry_after, 3), "global": scope == "global"}
    return Refusal(body, (headers or {}) | everywhere | told)
