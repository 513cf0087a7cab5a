"""What drivers raise, in the words of the program: gone for the moment, or not to be used as it is. No password."""

import contextlib
import re
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.domain.errors import BadDatabase, StoreBusy, TidingsError

_AWAY = re.compile(
    r"database is locked|connection.*(refused|closed|failed|timeout|reset)"
    r"|starting up|shutting down|recovery mode|terminating connection|Temporary failure in name|deadlock detected",
    re.IGNORECASE,
)
_NO_SLOT = re.compile(r"too many (clients|connections)|remaining connection slots", re.IGNORECASE)
_FULL = re.compile(r"disk is full|No space left on device|disk quota", re.IGNORECASE)
_READ_ONLY = re.compile(r"readonly database|read-only transaction|read-only file system", re.IGNORECASE)
# What no waiting mends: the address, the name, the password, the file.
_WRONG = re.compile(
    r"resolve host|authentication failed|does not exist|no pg_hba|not support SSL|certificate verify|permission denied"
    r"|invalid connection option|invalid .*value|no password supplied|not permitted|not a database|malformed"
    r"|unable to open|invalid port|does not match host name|root certificate",
    re.IGNORECASE,
)
#: What to write where a database on a private network speaks no TLS, which the address of a remote one asks for.
_UNENCRYPTED = " Where the way to it is private, end DATABASE_URL with ?sslmode=disable."


@contextlib.contextmanager
def named(*, worked: bool = False) -> Iterator[None]:
    """Raise StoreBusy where it is worth another try, BadDatabase where a person must do something first.

    Of a database that has *worked* nothing is held to be wrong for good: its name server may be away for a minute.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy("All connections to the database are in use; try again shortly.") from error
    except DBAPIError as error:
        if told := _told(error, worked):
            raise told from error
        raise


def _told(error: DBAPIError, worked: bool) -> TidingsError | None:
    said = " ".join(str(error.orig).split())
    if _FULL.search(said):
        return StoreBusy("The database's disk is full: free some space, and it goes on by itself.")
    if _READ_ONLY.search(said):
        return StoreBusy("The database can only be read: let it be written, and it goes on by itself.")
    if _NO_SLOT.search(said):
        return StoreBusy("The database has no connection left: as soon as one is free, it goes on by itself.")
    # While connecting, or of the file: a statement of ours that fails is a bug, and is shown as one.
    at_the_door = error.statement is None and not isinstance(error, IntegrityError)
    if at_the_door and _WRONG.search(said):
        return _again() if worked else _wrong(said)
    if error.connection_invalidated or _AWAY.search(said):
        return _again() if worked else _not_there(said)
    return _wrong(said) if at_the_door and not worked else None


def _again() -> StoreBusy:
    return StoreBusy("The database is busy or away for the moment; try again shortly.")


def _not_there(said: str) -> StoreBusy:
    return StoreBusy(
        "The database does not answer for now. {why} Is it started, and is DATABASE_URL right?", why=_plain(said)
    )


def _wrong(said: str) -> BadDatabase:
    advice = _UNENCRYPTED if "not support SSL" in said else ""
    return BadDatabase(f"DATABASE_URL: the database cannot be used. {_plain(said)}{advice}")


def _plain(said: str) -> str:
    """Return what the driver said without anything that could be a password, and without its advice."""
    short = re.sub(r"(?i)(://)[^\s/@]*@|password=\S+| is the server running.*", r"\1", said)
    return f"{short[:300].rstrip('.')}."
