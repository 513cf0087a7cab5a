"""Connections: one writer at a time on SQLite, a small pool on PostgreSQL; and nothing else."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import BadDatabase
from bot.store.seal import Seal
from bot.store.trouble import named

#: KiB of pages that a connection to SQLite keeps.
_WRITER_CACHE, _READER_CACHE = 8000, 2000
#: Pages in SQLite's log before they are brought home: 16 MB.
_LOG_PAGES = 4000
LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}
#: libpq waits for a connection without end, and for an answer until the machine gives up on the other.
_BOUNDS = {
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
NO_ADDRESS = (
    "DATABASE_URL is no address: write sqlite:///data/tidings.db or postgresql://USER:PASSWORD@HOST:5432/NAME, "
    "with signs such as @ and / in the password as %40 and %2F."
)


def database_url(text: str) -> URL:
    """Return the SQLAlchemy URL for what an operator wrote.

    A remote PostgreSQL gets `sslmode=require` unless the URL says otherwise; `verify-full` beside a root certificate.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Not chained: what was raised may quote a password.
        raise BadDatabase(NO_ADDRESS) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite+aiosqlite")
    if backend not in {"postgres", "postgresql"}:
        raise BadDatabase("DATABASE_URL must start with sqlite:/// or postgresql://")
    if "@" in f"{url.host}{url.database}":
        # A password with a bare @: its end was taken for the host, and would be shown as one that is not found.
        raise BadDatabase(NO_ADDRESS)
    url = url.set(drivername="postgresql+psycopg")
    if _is_remote(url) and "sslmode" not in url.query:
        mode = "verify-full" if "sslrootcert" in url.query else "require"
        url = url.update_query_dict({"sslmode": mode})
    return url


def _is_remote(url: URL) -> bool:
    host = url.host or url.query.get("host", "")
    # A path is the folder of a socket.
    return host not in LOCAL_HOSTS and not str(host).startswith("/")


def shared_url(text: str) -> str | None:
    """Return libpq's URL of a PostgreSQL that several processes may share; None for SQLite."""
    url = database_url(text)
    if url.get_backend_name() == "sqlite":
        return None
    rendered = _within_bounds(url).set(drivername="postgresql").render_as_string(hide_password=False)
    address, mark, query = rendered.partition("?")
    # libpq refuses a bare space, and quotes the password as it does; a plus is a plus to it.
    return address.replace(" ", "%20") + mark + query.replace("+", "%20")


def _within_bounds(url: URL) -> URL:
    """Return *url* so that a server that fell silent is given up within a minute, not after two hours."""
    return url.update_query_dict({name: value for name, value in _BOUNDS.items() if name not in url.query})


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite URL; None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        # One shared connection would show readers rows that are not committed.
        raise BadDatabase("DATABASE_URL needs a file, as in sqlite:///data/tidings.db")
    return Path(url.database)


class Database:
    """Reads beside each other, writes one transaction at a time (SQLite) or as the server orders them (PostgreSQL)."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, seal: Seal) -> None:
        self.seal = seal
        self._writer = writer
        self._reader = reader
        self._worked = False
        self._turn = asyncio.Lock() if self.is_sqlite else contextlib.nullcontext()

    @property
    def is_sqlite(self) -> bool:
        return self._writer.dialect.name == "sqlite"

    @property
    def url(self) -> URL:
        return self._writer.url

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside one transaction: committed at the end, rolled back on any error.

        Raises StoreBusy where the database is locked or away for the moment: nothing was written, try again.
        """
        async with self._turn:
            with named(worked=self._worked):
                async with self._writer.begin() as connection:
                    yield connection
                self._worked = True

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading; what it sees is committed."""
        with named(worked=self._worked):
            async with self._reader.connect() as connection:
                yield connection

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


@contextlib.asynccontextmanager
async def open_database(
    text: str,
    *,
    secret_key: str = "",
    pool_size: int = 3,
    synchronous: str = "FULL",
    prepared: bool = True,
    pool_timeout: float = 30,
) -> AsyncIterator[Database]:
    """Open the database for the length of the block; a missing SQLite file and its folder are made."""
    seal = Seal(secret_key)
    url = database_url(text)
    path = sqlite_path(url)
    if path is None:
        engine = _postgres_engine(url, pool_size, prepared=prepared, timeout=pool_timeout)
        database = Database(engine, engine, seal)
    else:
        _make_folder(path.parent)
        _see_that_it_opens(path)
        database = Database(
            _sqlite_engine(url, "IMMEDIATE", synchronous, 1, _WRITER_CACHE),
            _sqlite_engine(url, "DEFERRED", synchronous, 4, _READER_CACHE),
            seal,
        )
    try:
        yield database
    finally:
        await database.close()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadDatabase(f"DATABASE_URL: the folder {folder} cannot be made: {error.strerror}.") from error


def _see_that_it_opens(path: Path) -> None:
    # Not left to aiosqlite: its thread may answer an event loop that a command has closed by then, with a traceback.
    try:
        sqlite3.connect(path).close()
    except sqlite3.OperationalError as error:
        raise BadDatabase(f"DATABASE_URL: user {os.geteuid()} cannot use {path.resolve()}: {error}.") from error


def _postgres_engine(url: URL, size: int, *, prepared: bool, timeout: float) -> AsyncEngine:
    options = {} if prepared else {"prepare_threshold": None}  # PgBouncer in transaction mode
    try:
        return create_async_engine(
            _within_bounds(url),
            pool_size=size,
            max_overflow=0,
            pool_pre_ping=True,
            pool_timeout=timeout,
            connect_args=options,
        )
    except ImportError as error:
        raise BadDatabase("PostgreSQL needs two more packages: pip install 'tidings[postgres]'") from error


def _sqlite_engine(url: URL, begin: str, synchronous: str, size: int, cache_kib: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=size, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        cursor = connection.cursor()
        # FULL: with NORMAL a power cut may undo the last commits, and an undone "sent" is a second announcement.
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            # The shingles of a post lie all over their index: with SQLite's 2 MB, and the log brought home every 4 MB,
            # 2,000 new posts took 97,500 reads and writes of pages, with these 51,000.
            f"wal_autocheckpoint={_LOG_PAGES}",
            f"cache_size={-cache_kib}",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: object) -> None:
        # A deferred BEGIN that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout.
        connection.exec_driver_sql(f"BEGIN {begin}")  # type: ignore[attr-defined]

    return engine
