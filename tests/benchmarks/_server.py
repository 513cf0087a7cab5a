"""What the PostgreSQL server itself used, and what its connections waited for."""

import os
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg

_WAITS = (
    "SELECT coalesce(wait_event_type || ' ' || wait_event, 'CPU') FROM pg_stat_activity "
    "WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend' "
    "AND pid <> pg_backend_pid()"
)


class Server:
    """A PostgreSQL server on this machine, watched over a connection of our own."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        row = self._connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
        assert row is not None
        self._postmaster = int(str(row[0]).splitlines()[0])
        self.waits: Counter[str] = Counter()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cpu_seconds(self) -> float:
        """Return what the server has used, ended connections included."""
        ticks = sum(_ticks(pid) for pid in (self._postmaster, *_children(self._postmaster)))
        return ticks / os.sysconf("SC_CLK_TCK")

    def bytes(self) -> int:
        """Return the size of the database."""
        with psycopg.connect(self._connection.info.dsn, autocommit=True) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._connection.close()

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            self.waits.update(str(row[0]) for row in self._connection.execute(_WAITS))


def _children(parent: int) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError, IndexError):
                if int((process / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(process.name))
    return found


def _ticks(pid: int) -> int:
    with suppress(OSError, IndexError):
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return 0
