"""One process polls and sends on an SQLite file: a lock beside it that the system frees when its holder dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bot.domain.errors import AlreadyRunning


@contextlib.contextmanager
def process_lock(database: Path) -> Iterator[None]:
    """Hold the right to poll and send on *database* for the length of the block. Raises AlreadyRunning."""
    database.parent.mkdir(parents=True, exist_ok=True)
    path = database.with_name(database.name + ".lock")
    # Never deleted: whoever deletes a lock file lets two holders lock two files of one name.
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(_refusal(database, path.read_text().strip())) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _refusal(database: Path, holder: str) -> str:
    who = f"Another Tidings (process {holder})" if holder else "Another Tidings"
    return (
        f"{who} already polls and sends on {database}. Stop it first; or, to run several processes, "
        "move to PostgreSQL (docs/deploy.md) and set DATABASE_URL=postgresql://..."
    )
