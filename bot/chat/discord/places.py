"""What kind of place a channel is: only forums are posted to in another way, so only they must be known."""

from dataclasses import dataclass
from typing import Any, Literal

from bot.chat.discord.wire import Answer, Answered, Wire

Json = dict[str, Any]
Kind = Literal["messages", "forum", "thread"]

FORUMS = (15, 16)
THREADS = (10, 11, 12)
REQUIRE_TAG = 1 << 4


@dataclass(frozen=True, slots=True)
class Place:
    id: int
    kind: Kind
    guild: int
    tags: tuple[Json, ...] = ()
    needs_tag: bool = False


class Places:
    """The places asked for so far. Forgetful on purpose: what a moderator changes is asked again."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[int, Place] = {}

    def known(self, channel: int) -> Place | None:
        return self._known.get(channel)

    def forget(self, channel: int) -> None:
        self._known.pop(channel, None)

    async def find(self, channel: int) -> Place | Answer:
        """Return the place, or what Discord answered instead."""
        if channel in self._known:
            return self._known[channel]
        answer = await self._wire.call("GET", "/channels/{channel_id}", {"channel_id": channel})
        if not isinstance(answer, Answered) or not isinstance(answer.body, dict):
            return answer
        place = self._known[channel] = place_of(answer.body)
        return place


def place_of(body: Json) -> Place:
    """Read a channel as Discord describes it."""
    number = int(body.get("type", 0))
    kind: Kind = "forum" if number in FORUMS else "thread" if number in THREADS else "messages"
    return Place(
        id=int(body["id"]),
        kind=kind,
        guild=int(body.get("guild_id") or 0),
        tags=tuple(body.get("available_tags") or ()),
        needs_tag=bool(int(body.get("flags") or 0) & REQUIRE_TAG),
    )
