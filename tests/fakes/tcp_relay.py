"""A port of loopback that leads to a PostgreSQL, and can be cut: the network between the two is away."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from sqlalchemy import URL, make_url


class Relay:
    """Listens on a port of its own while it is not cut."""

    def __init__(self, target: str) -> None:
        self._target = make_url(target)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """The database's URL, through here."""
        query = {name: value for name, value in self._target.query.items() if name != "host"}
        through = URL.create(
            "postgresql",
            self._target.username,
            self._target.password or "none",
            "127.0.0.1",
            self._port,
            self._target.database,
            query,
        )
        return through.render_as_string(hide_password=False)

    async def cut(self) -> None:
        """Refuse whoever connects, and end all connections."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await self._connect()
        self._open |= {writer, there_writer}
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
        self._open -= {writer, there_writer}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._target.query.get("host")
        if isinstance(folder, str):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._target.port or 5432}")
        return await asyncio.open_connection(self._target.host or "127.0.0.1", self._target.port or 5432)

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, and the end of it."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
