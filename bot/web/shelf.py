"""What the pages need of whoever remembers posts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.pages import COUNTED, PAGE_SIZE, Blog, Found, Wanted


class Shelf(Protocol):
    """The posts, as lists for strangers: shared feeds only."""

    async def find(self, wanted: Wanted, page: int = 1, size: int = PAGE_SIZE, most: int = COUNTED) -> Found:
        """Return one page of a list, counted as far as *most*."""

    async def recent_counts(self, since: datetime) -> Mapping[str, int]:
        """Return how many stories of shared feeds each built-in topic has had since then."""

    async def blogs(self, topic: str, limit: int) -> Sequence[Blog]:
        """Return the shared feeds that wrote most of a topic's newest posts, the busiest first."""

    async def url_of(self, post: str) -> str | None:
        """Return the address of a post we hold; None where there is none."""

    async def count_views(self, clicks: Mapping[str, int]) -> None:
        """Add clicks to posts, in one statement for all of them."""
