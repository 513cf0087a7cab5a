"""/admin: is all well, and if not, what can be done."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiohttp import web

from bot.domain.model import MessageId
from bot.domain.vitals import Trouble
from bot.ports.running import Clock
from bot.web.access import Gate, refuse_other_sites
from bot.web.templates import Templates
from bot.web.ward import Ward

#: Of each kind that are listed; the numbers above the lists count all.
MOST = 20


class Admin:
    """The operator's page. Without ADMIN_TOKEN there is none."""

    def __init__(
        self,
        *,
        ward: Ward,
        clock: Clock,
        gate: Gate,
        templates: Templates,
        recent: Callable[[], Sequence[Trouble]],
    ) -> None:
        self._ward = ward
        self._clock = clock
        self._gate = gate
        self._templates = templates
        self._recent = recent

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the routes of the page, for the web server to mount."""
        page = self._gate.page
        return [
            *self._gate.routes(),
            web.get("/admin", page(self._show)),
            web.post("/admin/messages/{message:[0-9a-f]{32}}/{what:retry|drop}", page(self._move)),
        ]

    async def _show(self, request: web.Request) -> web.StreamResponse:
        now = self._clock.now()
        vitals = await self._ward.read(now)
        stuck, ailing, silent = (
            await self._ward.stuck(MOST),
            await self._ward.ailing(MOST),
            await self._ward.silent(MOST),
        )
        values: dict[str, Any] = {
            "vitals": vitals,
            "bars": bars(vitals.hours),
            "shown": sum(vitals.hours),
            "most": max(vitals.hours, default=0),
            "needs": len(stuck) + vitals.feeds.get("failing", 0) + (1 if vitals.feeds_overdue else 0),
            "stuck": stuck,
            "ailing": ailing,
            "silent": silent,
            "troubles": self._recent(),
        }
        return self._templates.page(request, "admin.html", values=values)

    async def _move(self, request: web.Request) -> web.StreamResponse:
        # Two guards: the cookie is SameSite=Strict, and the form must have come from our own page.
        refuse_other_sites(request)
        message = MessageId(request.match_info["message"])
        if request.match_info["what"] == "retry":
            await self._ward.retry(message)
        else:
            await self._ward.drop(message, self._clock.now())
        raise web.HTTPSeeOther("/admin")


def bars(hours: Sequence[int], height: int = 100) -> list[tuple[int, int, int]]:
    """Return (place, top, height) of a bar for each hour; an hour with any has one that can be seen."""
    most = max([*hours, 1])
    heights = [max(round(number * height / most), 2) if number else 0 for number in hours]
    return [(place, height - tall, tall) for place, tall in enumerate(heights)]
