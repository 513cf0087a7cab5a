"""Faults on demand: what goes wrong with which request, how often, and before or after the work is done."""

from __future__ import annotations

import asyncio
import itertools
import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "status",  # refuse with `status`, `code`, `message`; nothing is done
    "status_after",  # do the work, then answer `status` all the same
    "rate_limit",  # 429 of `scope`, to be tried again after `retry_after`
    "cloudflare",  # 429 as HTML without a Via header
    "drop",  # close the connection before anything is done
    "drop_after",  # do the work, close the connection without an answer
    "reset_after",  # do the work, reset the connection
    "hang",  # never answer, do nothing
    "hang_after",  # do the work, never answer
    "late",  # close the connection now, do the work `delay` seconds later
    "delay",  # wait `delay` seconds, then all is well
    "html_after",  # do the work, answer 200 with a page
    "cut_after",  # do the work, answer 200 with half of the JSON
]


@dataclass(slots=True)
class Fault:
    kind: Kind
    method: str = "POST"
    #: Searched in the path after /api/v10.
    path: str = r"^/channels/\d+/messages$"
    times: int = 1
    #: Matching requests that pass untouched first.
    skip: int = 0
    status: int = 500
    code: int = 0
    message: str = "Internal Server Error"
    retry_after: float = 0.2
    scope: Literal["user", "global", "shared"] = "user"
    delay: float = 1.0
    id: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and re.search(self.path, path) is not None


class Faults:
    """The faults waiting for their request, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.all: dict[int, Fault] = {}

    def add(self, fault: Fault) -> Fault:
        fault.id = next(self._ids)
        self.all[fault.id] = fault
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request, or None where all is well."""
        for fault in self.all.values():
            if not fault.matches(method, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            fault.hit.set()
            return fault
        return None

    def clear(self) -> None:
        for fault in self.all.values():
            fault.times = 0
