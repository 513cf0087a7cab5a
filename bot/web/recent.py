"""The newest errors and warnings of this process, for the operator's page: a few, in memory, as redacted as the log."""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.vitals import Trouble

#: So many different ones; what is said again counts up.
MOST = 30
LONGEST = 600


class Recent(logging.Handler):
    """Keeps what was logged as a warning or worse. Its formatter says what of a record may be shown."""

    def __init__(self, most: int = MOST) -> None:
        super().__init__(logging.WARNING)
        self._most = most
        self._kept: OrderedDict[tuple[str, str], Trouble] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a record; logging never calls this twice at once."""
        text = self.format(record)[:LONGEST]
        trouble = Trouble(
            at=datetime.fromtimestamp(record.created, UTC),
            where=record.name,
            text=text,
            serious=record.levelno >= logging.ERROR,
        )
        if known := self._kept.pop((record.name, text), None):
            trouble = replace(trouble, times=known.times + 1)
        self._kept[record.name, text] = trouble
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def latest(self) -> Sequence[Trouble]:
        """Return what is remembered, the newest first."""
        self.acquire()
        try:
            return list(reversed(self._kept.values()))
        finally:
            self.release()
