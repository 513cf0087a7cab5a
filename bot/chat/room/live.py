"""Live updates: one reader of the book for all open pages, each with a queue of its own."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator, Sequence

from bot.chat.room.book import Book
from bot.domain.room import RoomMessage

#: How often the book is read for what other processes showed.
LOOK_EVERY = 2.0
#: A page that is this far behind is let go; it comes back and reads on by its Last-Event-ID.
BEHIND = 500
PAGES = 500

#: What changed, for one page; None: the page is to go and come again.
Page = asyncio.Queue[RoomMessage | None]


class Full(Exception):
    """Too many pages are open."""


class Live:
    """Tells open pages what changed, in the order of the changes."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._changed = asyncio.Event()
        self._pages: set[Page] = set()
        self._read = 0
        self._closed = False

    def changed(self) -> None:
        """Say that the book has something new."""
        self._changed.set()

    async def run(self) -> None:
        """Read the book and tell the pages, until cancelled."""
        await _to_its_end(self._start())
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK_EVERY)
            self._changed.clear()
            await _to_its_end(self.tell())

    async def _start(self) -> None:
        self._read = await self._book.last_change()

    async def tell(self) -> None:
        """Hand on what changed since the last look."""
        if not self._pages:
            self._read = await self._book.last_change()
        while messages := await self._book.changes(self._read, BEHIND):
            self._read = messages[-1].change
            for page in list(self._pages):
                self._hand(page, messages)

    def _hand(self, page: Page, messages: Sequence[RoomMessage]) -> None:
        for message in messages:
            if page.qsize() >= BEHIND:
                self._pages.discard(page)
                page.put_nowait(None)
                return
            page.put_nowait(message)

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """Give an open page's queue for the length of the block. Raises Full."""
        if len(self._pages) >= PAGES:
            raise Full
        page = Page()
        self._pages.add(page)
        if self._closed:
            page.put_nowait(None)
        try:
            yield page
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """Let every page go."""
        self._closed = True
        for page in self._pages:
            page.put_nowait(None)


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Await *work*; a cancellation waits for its end.

    A connection to SQLite whose read is cancelled is torn down in a thread that may outlive the loop.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
