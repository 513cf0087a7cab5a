"""One REST call as the handlers see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.discord.answers import ApiError, Json
from tests.fakes.discord.world import World

Answer = Json | list[Json] | None
#: Handlers never await: what a request does, it does at once.
Handler = Callable[["Call"], Answer]


@dataclass(slots=True)
class Call:
    world: World
    parts: dict[str, str]
    query: dict[str, str]
    #: The JSON body; an object or, for bulk writes, a list.
    body: Json | list[Json]

    def id(self, name: str) -> int:
        """A snowflake out of the path."""
        if not self.parts[name].isdigit():
            raise ApiError(400, 50035, f"Value {self.parts[name]!r} is not snowflake.")
        return int(self.parts[name])

    def form(self) -> Json:
        if not isinstance(self.body, dict):
            raise ApiError(400, 50109, "The request body contains invalid JSON.")
        return self.body

    def forms(self) -> list[Json]:
        if not isinstance(self.body, list):
            raise ApiError(400, 50109, "The request body contains invalid JSON.")
        return self.body
