"""A chat that gives no answer is left alone for a while, whoever has a turn: a thousand channels would each ask."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.message import CannotLook, LookUp, NotSent, Outcome, Unknown
from bot.domain.model import Channel
from bot.domain.sending import Hold

log = logging.getLogger(__name__)
#: So many requests of a workspace in a row without an answer, and it rests: first so long, then doubling.
IN_A_ROW = 5
FIRST_REST, LONGEST_REST = timedelta(seconds=2), timedelta(minutes=1)


def is_silence(answer: Outcome | LookUp) -> bool:
    """Say whether nothing came back: no connection, no answer, a 5xx. A refusal, or a wait asked for, is an answer."""
    match answer:
        case Unknown() | NotSent(retry_after=None) | CannotLook(for_now=True, retry_after=None):
            return True
        case _:
            return False


@dataclass(slots=True)
class _Target:
    silent: int = 0
    rests_until: datetime | None = None


class Circuit:
    """Counts silence by workspace, a chat's accounts being apart from each other there."""

    def __init__(self) -> None:
        self._targets: dict[tuple[str, str], _Target] = {}

    def heard(self, channel: Channel, answer: Outcome | LookUp, now: datetime) -> Hold | None:
        """Take note of an answer; return the rest that its workspace is given, None where it needs none."""
        name = (channel.platform, channel.workspace)
        if not is_silence(answer):
            self._targets.pop(name, None)
            return None
        target = self._targets.setdefault(name, _Target())
        if target.rests_until is not None and now < target.rests_until:
            # It was under way when the rest began.
            return None
        target.silent += 1
        if target.silent < IN_A_ROW:
            return None
        target.rests_until = now + min(LONGEST_REST, FIRST_REST * float(1 << min(target.silent - IN_A_ROW, 16)))
        log.warning("a chat gives no answer", extra={"platform": channel.platform, "workspace": channel.workspace})
        return Hold(channel=channel, scope="workspace", until=target.rests_until)
