"""Claim, look first where an attempt ended without an answer, send, settle: many channels side by side."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.announcing.batch import Batch
from bot.announcing.circuit import Circuit
from bot.announcing.pacer import Pacer
from bot.domain.counted import with_counted_links
from bot.domain.errors import StoreBusy
from bot.domain.keys import channel_named
from bot.domain.language import Languages
from bot.domain.message import CannotLook, LookUp, Message, Outcome, Unknown
from bot.domain.model import Channel
from bot.domain.sending import (
    Settlement,
    Timing,
    after_look,
    after_send,
    given_back,
    has_time,
    must_look,
    targetless,
)
from bot.domain.unsaid import stored
from bot.ports.chat import Chat
from bot.ports.outbox import Outbox
from bot.ports.running import Clock, Engine, Rates

log = logging.getLogger(__name__)
#: A drain makes room for others after this long; a sweep wakes at most so many channels.
SHIFT = timedelta(seconds=60)
SWEPT = 500


class Announcer:
    """Empties the outbox into the chats. `drain` and `sweep` are jobs of the engine."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        chats: Mapping[str, Chat],
        clock: Clock,
        engine: Engine,
        timing: Timing | None = None,
        languages: Languages | None = None,
        concurrency: int = 50,
        keep_queue: timedelta = timedelta(days=30),
        rates: Rates | None = None,
        jitter: Callable[[], float] = random.random,
        counted_base: str = "",
    ) -> None:
        """*counted_base*: where /r/ID is served, for channels that count views; empty: nowhere."""
        self._counted_base = counted_base
        self._outbox = outbox
        self._chats = chats
        self._clock = clock
        self._engine = engine
        self._timing = timing or Timing()
        self._languages = languages or Languages()
        self._jitter = jitter
        self._keep_queue = keep_queue
        self._pacer = Pacer({name: chat.pace for name, chat in chats.items()}, clock, rates)
        self._circuit = Circuit()
        self._claim = Batch(self._claim_together)
        self._settle = Batch(self._settle_together)
        self._slots = asyncio.Semaphore(concurrency)
        self._stopping = False

    def stop(self) -> None:
        """Claim no more; what is being sent is still settled."""
        self._stopping = True

    async def take_over(self) -> None:
        """Take over what earlier owners were sending; only for a process that knows them dead, as it holds the lock."""
        taken = await self._outbox.take_over(self._clock.now(), self._timing.platform_lag)
        if taken:
            log.info("messages in doubt taken over", extra={"messages": taken})

    async def sweep(self, _key: str = "") -> None:
        """Keep the outbox in shape, and wake every channel that is due and that nobody woke."""
        try:
            while not self._stopping and await self._outbox.tidy(self._clock.now(), self._keep_queue):
                pass
            due = await self._outbox.due_channels(list(self._chats), self._clock.now(), SWEPT)
        except StoreBusy as error:
            log.warning("the outbox could not be read", extra={"why": str(error)})
            return
        for channel in due:
            await self._engine.wake("drain", str(channel))

    async def drain(self, key: str) -> None:
        """Send what is due in the channel named *key*, in order, for at most a minute."""
        channel = channel_named(key)
        if channel.platform not in self._chats:
            return
        ends = self._clock.now() + SHIFT
        while not self._stopping:
            if held := await self._pacer.turn(channel):
                await self._engine.wake("drain", key, held)
                return
            if not await self._send_next(channel):
                return
            if self._clock.now() >= ends:
                await self._engine.wake("drain", key)
                return

    async def _send_next(self, channel: Channel) -> bool:
        """Deal with the head of the line; return whether there may be more to do now."""
        async with self._slots:
            if self._stopping:
                return False
            try:
                message = await self._claim(channel)
            except StoreBusy:
                await self._engine.wake("drain", str(channel), self._clock.now() + timedelta(seconds=1))
                return False
            if message is None:
                return False
            settlement = await self._attempt(message)
            if settlement.hold is not None:
                self._pacer.hold(settlement.hold)
            await self._settle_surely(settlement)
        if settlement.retry_at is not None and settlement.closes is None:
            await self._engine.wake("drain", str(channel), settlement.retry_at)
        return True

    async def _attempt(self, message: Message) -> Settlement:
        if settlement := targetless(message) or self._not_now(message):
            return settlement
        chat = self._chats[message.channel.platform]
        looked = False
        if must_look(message, self._clock.now(), chat.pace.dedupes_for):
            look = await self._look(chat, message)
            self._hear(message.channel, look)
            if settlement := after_look(message, look, self._clock.now(), self._timing, self._jitter()):
                return settlement
            looked = True
            if settlement := self._not_now(message):
                return settlement
        self._pacer.sending(message.channel)
        outcome = await self._send(chat, message)
        self._hear(message.channel, outcome)
        return after_send(message, outcome, self._clock.now(), self._timing, self._jitter(), looked=looked)

    def _not_now(self, message: Message) -> Settlement | None:
        """Return how to settle without an attempt; None where there may be one."""
        now = self._clock.now()
        if held := self._pacer.held_until(message.channel):
            return given_back(message, held, "the chat is to be left alone for now")
        return None if has_time(message, now, self._timing) else given_back(message, now, "the claim came too late")

    def _hear(self, channel: Channel, answer: Outcome | LookUp) -> None:
        if rest := self._circuit.heard(channel, answer, self._clock.now()):
            self._pacer.hold(rest)

    async def _look(self, chat: Chat, message: Message) -> LookUp:
        try:
            async with asyncio.timeout(self._timing.look_timeout.total_seconds()):
                return await chat.find_sent(message)
        except TimeoutError:
            return CannotLook(stored("the chat did not answer in time"), for_now=True)
        except Exception:
            log.exception("looking for a message failed", extra={"message_id": message.id})
            return CannotLook(stored("looking for it failed"), for_now=True)

    async def _send(self, chat: Chat, message: Message) -> Outcome:
        try:
            async with asyncio.timeout(self._timing.send_timeout.total_seconds()):
                return await chat.send(with_counted_links(message, self._counted_base))
        except TimeoutError:
            return Unknown(stored("no answer in time"))
        except Exception:
            # A defect of ours; the request may have been written, so it is looked for.
            log.exception("sending a message failed", extra={"message_id": message.id})
            return Unknown(stored("sending failed in an unexpected way"))

    async def _settle_surely(self, settlement: Settlement) -> None:
        """Write it down; while the database is away, try again as long as nobody else may claim the message."""
        last = self._clock.now() + self._timing.platform_lag
        while True:
            try:
                await self._settle(settlement)
            except StoreBusy:
                if self._clock.now() >= last:
                    # The lease runs out, and the next claim looks first.
                    log.warning("an outcome could not be written down", extra={"message_id": settlement.message})
                    return
                await self._clock.sleep(1)
            else:
                return

    async def _claim_together(self, channels: Sequence[Channel]) -> Sequence[Message | None]:
        claimed = await self._outbox.claim(set(channels), self._clock.now(), self._timing.lease)
        return [self._spoken(claimed[channel]) if channel in claimed else None for channel in channels]

    def _spoken(self, message: Message) -> Message:
        return replace(message, say=self._languages.get(message.options.language))

    async def _settle_together(self, settlements: Sequence[Settlement]) -> Sequence[None]:
        await self._outbox.settle(settlements, self._clock.now())
        return [None] * len(settlements)
