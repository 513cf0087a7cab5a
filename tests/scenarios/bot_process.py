"""The real program as a process of its own, to be started, asked, killed and started again."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
#: Long: a machine may be busy, and what comes true ends the wait.
PATIENCE = 120.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BotProcess:
    """`python -m bot VERB` with settings by environment; what it prints goes into a file."""

    def __init__(self, folder: Path, settings: Mapping[str, str], verb: str = "run") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "bot.log"
        self._verb = verb
        self._folder = folder
        self._settings = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": f"sqlite:///{folder}/tidings.db",
            "LOAD_DEFAULT_PACK": "false",
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def set(self, **settings: str) -> None:
        """Change settings; they hold from the next start on."""
        self._settings |= settings

    async def start(self) -> None:
        """Start it and return once /healthz answers."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", self._verb, cwd=self._folder, env=self._settings, stdout=log, stderr=log
            )
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
            while not await self._answers(session):
                if self._process.returncode is not None:
                    raise RuntimeError(f"the bot stopped with {self._process.returncode}:\n{self.log.read_text()}")
                await asyncio.sleep(0.05)

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, as a platform sends it; return the exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        async with asyncio.timeout(PATIENCE):
            return await process.wait()


@contextlib.asynccontextmanager
async def running_bot(folder: Path, settings: Mapping[str, str], verb: str = "run") -> AsyncIterator[BotProcess]:
    """A started bot for the length of the block."""
    bot = BotProcess(folder, settings, verb)
    try:
        await bot.start()
        yield bot
    finally:
        await bot.kill()
