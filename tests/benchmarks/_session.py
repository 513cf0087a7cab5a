"""A measured process with all it starts, as the system sees them: CPU and proportional set size."""

import os
import threading
from contextlib import suppress
from pathlib import Path


def members(session: int) -> list[Path]:
    """Return the processes of a session."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError, IndexError):
                if int((process / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                    found.append(process)
    return found


def cpu_seconds(session: int) -> float:
    """Return what its processes have used, ended children included."""
    ticks = 0
    for process in members(session):
        with suppress(OSError, IndexError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Watch:
    """The largest proportional set size of a session, looked at once a second from outside it."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._peak = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def peak(self) -> int:
        """Return it in MiB, since the last call."""
        self._sample()
        peak, self._peak = self._peak, 0
        return peak // 1024

    def _watch(self) -> None:
        while not self._stopped.wait(1.0):
            self._sample()

    def _sample(self) -> None:
        total = 0
        for process in members(self._session):
            with suppress(OSError, ValueError):
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        self._peak = max(self._peak, total)
