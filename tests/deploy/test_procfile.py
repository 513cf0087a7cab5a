"""The real Procfile, run by honcho as Heroku would, on a real PostgreSQL."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import aiohttp
import psycopg
import pytest

from bot.settings import PROJECT
from tests.databases import postgres_database
from tests.deploy.test_files import procfile
from tests.scenarios.bot_process import free_port

pytestmark = pytest.mark.postgres
PATIENCE = 90
GRACE = 25


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    with postgres_database(postgres, empty=True) as url:
        yield url


@pytest.fixture
def environment(empty_database: str, tmp_path: Path) -> Mapping[str, str]:
    """What a buildpack gives: no project installed, the port, the database, a dyno's name."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DYNO": "web.1",
        "DATABASE_URL": empty_database.replace("postgresql://", "postgres://"),
        "PORT": str(free_port()),
        "POLLING_PARSERS": "0",
    }


@pytest.fixture
def released(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The same, after the release step."""
    subprocess.run(procfile()["release"], shell=True, check=True, cwd=PROJECT, env=environment, timeout=PATIENCE)
    return environment


@pytest.fixture
async def formation(released: Mapping[str, str], tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Web and worker under honcho."""
    with (tmp_path / "honcho.log").open("wb") as log:
        honcho = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "honcho", "start", "--no-colour", "web", "worker"),
            cwd=PROJECT, env=released, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield honcho
    finally:
        if honcho.returncode is None:
            honcho.kill()
            await honcho.wait()


async def _until_ready(port: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass  # it starts
            await asyncio.sleep(0.2)


def _printed(folder: Path) -> str:
    return (folder / "honcho.log").read_text(encoding="utf-8")


def _workers(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM roles WHERE name LIKE 'worker:%'").fetchone()
    return int(row[0]) if row else 0


async def test_the_procfile_runs_and_stops_within_the_time_a_platform_gives(
    formation: asyncio.subprocess.Process, environment: Mapping[str, str], empty_database: str, tmp_path: Path
) -> None:
    await _until_ready(environment["PORT"])
    async with asyncio.timeout(PATIENCE):
        while _workers(empty_database) < 2:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.2)

    formation.send_signal(signal.SIGTERM)
    async with asyncio.timeout(GRACE):
        await formation.wait()

    printed = _printed(tmp_path)
    assert "Traceback" not in printed
    assert printed.count("stopping") == 2
    assert _workers(empty_database) == 0  # both said goodbye
    assert "postgres:@" not in printed


def test_sqlite_on_a_dyno_is_refused_with_a_sentence(environment: Mapping[str, str]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=PROJECT, env={**environment, "DATABASE_URL": "sqlite:///data/tidings.db"},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert refused.returncode == 1
    assert refused.stderr.startswith("Heroku wipes its disk at every restart")
    assert refused.stderr.count("\n") == 1
