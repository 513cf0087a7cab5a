"""One process polls and sends on an SQLite file: a lock beside it that the system frees when its holder dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from bot.domain.errors import AlreadyRunning, BadDatabase


@contextlib.contextmanager
def process_lock(database: Path) -> Iterator[None]:
    """Hold the right to poll and send on *database* for the length of the block.

    Raises AlreadyRunning, and BadDatabase where this user may not write beside it.
    """
    path = database.with_name(database.name + ".lock")
    # Never deleted: whoever deletes a lock file lets two holders lock two files of one name.
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(_refusal(database, path.read_text().strip())) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        # A volume that belongs to somebody else, or is mounted read-only.
        raise BadDatabase(
            f"DATABASE_URL: user {os.geteuid()} cannot write {path.resolve()} ({error.strerror}). SQLite keeps files "
            f"beside the database: let that user write to {path.parent.resolve()} and to what is in it."
        ) from error


def _refusal(database: Path, holder: str) -> str:
    who = f"Another Tidings (process {holder})" if holder else "Another Tidings"
    return (
        f"{who} already polls and sends on {database}. Stop it first; or, to run several processes, "
        "move to PostgreSQL (docs/deploy.md) and set DATABASE_URL=postgresql://..."
    )
