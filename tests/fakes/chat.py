"""A chat in memory that keeps the chat contract and breaks on demand."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from bot.domain.message import (
    Absent,
    CannotLook,
    Found,
    LookUp,
    Message,
    MessageKind,
    NotSent,
    Outcome,
    Sent,
    Undeliverable,
    Unknown,
)
from bot.domain.model import Channel, MessageRef
from bot.ports.chat import Health, Pace
from bot.ports.running import Clock


class Fault(Enum):
    """What happens to one request instead of a good answer."""

    LOST_ANSWER = auto()  # posted, no answer
    LOST_REQUEST = auto()  # not posted, no answer
    LATE = auto()  # no answer; posted when `arrive` is called
    HANG = auto()  # not posted, never answered
    POSTED_HANG = auto()  # posted, never answered
    BREAK = auto()  # a defect of the adapter
    REFUSED = auto()  # a connection that could not be made
    MALFORMED = auto()
    WAIT = auto()  # 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    key: str
    ref: MessageRef
    channel: Channel
    text: str


@dataclass(slots=True)
class FakeChat:
    """Records what people see, in `shown`, and every request, in `requests`."""

    clock: Clock
    channel: Channel = field(default_factory=lambda: Channel(platform="room", workspace="demo", id="nlp"))
    pace: Pace = field(default_factory=lambda: Pace(channel=None))
    platform: str = "room"
    #: Whether it drops a second copy with the same key, as Discord does.
    dedupes: bool = False
    #: None while history can be read.
    blind: CannotLook | None = None
    board: list[Shown] = field(default_factory=list)
    requests: list[tuple[str, Channel]] = field(default_factory=list)
    looks: int = 0
    faults: deque[Fault] = field(default_factory=deque)
    wait_seconds: float = 1.0
    wait_scope: Literal["channel", "workspace", "platform"] = "channel"
    closed: set[Channel] = field(default_factory=set)
    revoked: bool = False
    late: list[Shown] = field(default_factory=list)
    count: int = 0
    #: Set at the first request.
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def shown(self) -> Sequence[str]:
        return [shown.key for shown in self.board if shown.channel == self.channel]

    def texts(self, channel: Channel | None = None) -> list[str]:
        """Return what a channel shows, in order; every channel where none is named."""
        return [shown.text for shown in self.board if channel is None or shown.channel == channel]

    def lose_answer(self) -> None:
        self.faults.append(Fault.LOST_ANSWER)

    def ask_to_wait(self, seconds: float) -> None:
        self.wait_seconds = seconds
        self.faults.append(Fault.WAIT)

    def refuse_content(self) -> None:
        self.faults.append(Fault.MALFORMED)

    def close_channel(self) -> None:
        self.closed.add(self.channel)

    def revoke(self) -> None:
        self.revoked = True

    def arrive(self) -> None:
        """Show what was accepted late."""
        self.board += self.late
        self.late.clear()

    async def send(self, message: Message) -> Outcome:
        self.requests.append((message.key, message.channel))
        self.asked.set()
        if self.revoked:
            return Undeliverable("the token was revoked", what="installation")
        if message.channel in self.closed:
            return Undeliverable("the channel is archived", what="channel")
        return await self._under(self.faults.popleft() if self.faults else None, message)

    async def _under(self, fault: Fault | None, message: Message) -> Outcome:
        match fault:
            case None:
                return Sent(self._show(message))
            case Fault.LOST_ANSWER:
                self._show(message)
                return Unknown("connection lost")
            case Fault.LOST_REQUEST:
                return Unknown("connection lost")
            case Fault.LATE:
                self.late.append(self._shown(message))
                return Unknown("connection lost")
            case Fault.HANG | Fault.POSTED_HANG:
                if fault is Fault.POSTED_HANG:
                    self._show(message)
                await asyncio.Event().wait()
                raise AssertionError("an event nobody sets")
            case Fault.BREAK:
                raise RuntimeError("a defect")
            case Fault.REFUSED:
                return NotSent("connection refused")
            case Fault.MALFORMED:
                return Undeliverable("invalid blocks", what="message")
            case Fault.WAIT:
                return NotSent("slow down", retry_after=self.wait_seconds, scope=self.wait_scope)

    def _show(self, message: Message) -> MessageRef:
        if message.kind is MessageKind.PUBLISH:
            return message.target or MessageRef("")
        if message.kind in {MessageKind.EDIT, MessageKind.DELETE}:
            return self._change(message)
        if self.dedupes:
            for shown in self.board:
                if shown.key == message.key:
                    return shown.ref
        self.board.append(self._shown(message))
        return self.board[-1].ref

    def _change(self, message: Message) -> MessageRef:
        target = message.target or MessageRef("")
        for index, shown in enumerate(self.board):
            if shown.ref == target and message.kind is MessageKind.DELETE:
                del self.board[index]
            elif shown.ref == target:
                text = self._shown(message).text
                self.board[index] = Shown(key=shown.key, ref=shown.ref, channel=shown.channel, text=text)
            else:
                continue
            break
        return target

    def _shown(self, message: Message) -> Shown:
        self.count += 1
        text = " + ".join(one.post.title for one in message.announcements) or message.text
        return Shown(key=message.key, ref=MessageRef(f"r{self.count}"), channel=message.channel, text=text)

    async def find_sent(self, message: Message) -> LookUp:
        self.looks += 1
        if self.blind is not None:
            return self.blind
        return next((Found(shown.ref) for shown in self.board if shown.key == message.key), Absent())

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        pass

    def health(self) -> Health:
        return Health(ok=not self.revoked)
