"""Things that come twice: a request played again, a double click, an event that Slack repeats."""

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.ports.running import Clock

#: Slack takes signatures for five minutes, and repeats an event for up to an hour.
REPLAYS = timedelta(hours=1)
DOUBLE_CLICK = timedelta(seconds=2)
_MOST = 20_000


class Once:
    """Remembers what came lately, in this process: the core's commands may be repeated without harm anyway."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: OrderedDict[str, datetime] = OrderedDict()

    def is_first(self, key: str, lasts: timedelta) -> bool:
        """Return whether *key* was not seen within its time, and remember it."""
        now = self._clock.now()
        known = self._until.get(key)
        if known is not None and known > now:
            return False
        self._until[key] = now + lasts
        self._until.move_to_end(key)
        while len(self._until) > _MOST:
            self._until.popitem(last=False)
        return True
