"""Many askers, one transaction: while one run is under way, what comes in waits and runs together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

LINGER = 0.01
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batch(Generic[Item, Answer]):
    """Hands what concurrent callers ask for to *run* in lists of at most *limit*, one run at a time.

    *run* returns one answer for each item, in their order; what it raises, every caller of that run gets.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], limit: int = 200) -> None:
        self._run = run
        self._limit = limit
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            # One turn of the loop, so that callers woken together are in the first run together.
            await asyncio.sleep(0)
            while self._waiting:
                now, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                await self._answer(now)
                if 0 < len(self._waiting) < self._limit:
                    # Under load, a moment makes fewer and larger transactions; alone, nobody waits.
                    await asyncio.sleep(LINGER)
        finally:
            self._worker = None

    async def _answer(self, asked: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._run([item for item, _ in asked])
        except Exception as error:
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)
