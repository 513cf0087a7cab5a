"""A PostgreSQL that runs out of connections, can only be read, or is full: the program waits, and nothing is lost."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.databases import execute, postgres_database
from tests.fakes.feed_server import FeedServer, Item, rss
from tests.scenarios.bot_process import BotProcess, running_bot
from tests.scenarios.room_client import RoomClient, eventually
from tests.scenarios.test_main_job import QUICK

pytestmark = pytest.mark.postgres

ROLE = "tidings_guest"
PASSWORD = "hunter22"
END_ALL = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"
FULL = """
CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file "base/5/17": No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON posts FOR EACH STATEMENT EXECUTE FUNCTION full_disk()
"""
#: What goes wrong, what the log says then, and what mends it.
TROUBLES: Sequence[tuple[str, Sequence[str], str, Sequence[str]]] = (
    (
        "no connection is left",
        (f"ALTER ROLE {ROLE} CONNECTION LIMIT 0", END_ALL),
        "no connection left",
        (f"ALTER ROLE {ROLE} CONNECTION LIMIT -1",),
    ),
    (
        "it can only be read",
        (f"ALTER ROLE {ROLE} SET default_transaction_read_only = on", END_ALL),
        "can only be read",
        (f"ALTER ROLE {ROLE} RESET default_transaction_read_only", END_ALL),
    ),
    ("its disk is full", (FULL,), "disk is full", ("DROP TRIGGER full_disk ON posts",)),
)


@pytest.fixture
def guest(postgres: str) -> Iterator[tuple[str, str]]:
    """An empty database, as its superuser and as a role of the bot's own, as hosted databases give one."""
    with postgres_database(postgres, empty=True) as url:
        execute(postgres, f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        try:
            execute(postgres, f'ALTER DATABASE "{make_url(url).database}" OWNER TO {ROLE}')
            mine = make_url(url).set(username=ROLE, password=PASSWORD)
            yield url, mine.render_as_string(hide_password=False)
        finally:
            execute(postgres, f'ALTER DATABASE "{make_url(url).database}" OWNER TO CURRENT_USER')
            execute(url, f"DROP OWNED BY {ROLE} CASCADE")
            execute(postgres, f"DROP ROLE {ROLE}")


async def test_what_is_published_meanwhile_is_announced_once_when_it_is_over(
    guest: tuple[str, str], tmp_path: Path
) -> None:
    superuser, mine = guest
    posts = [Item("Old", "https://a.example/old", guid="old")]
    async with FeedServer() as server, running_bot(tmp_path, {**QUICK, "DATABASE_URL": mine}) as bot:
        server.serve("/own", rss(posts, title="A blog"))
        async with RoomClient(bot.url) as room:
            await room.type(f"/subscribe {server.url('/own')}")
            await eventually(partial(asked, server, 2))

            for title, wrong, said, right in TROUBLES:
                for statement in wrong:
                    execute(superuser, statement)
                posts.insert(0, Item(title, f"https://a.example/{len(posts)}", guid=title))
                server.serve("/own", rss(posts, title="A blog"))
                await eventually(partial(logged, bot, said))
                for statement in right:
                    execute(superuser, statement)
                await eventually(partial(shown, room, title))

            before = server.asked["/own"]
            await eventually(partial(asked, server, before + 2))
            assert sorted(await room.titles()) == sorted(title for title, *_ in TROUBLES)
            assert bot.is_running
    assert PASSWORD not in bot.log.read_text(encoding="utf-8")


async def test_a_start_waits_until_connections_are_free(guest: tuple[str, str], tmp_path: Path) -> None:
    """The first connection is there, those of the queue are not: as when one process too many is started."""
    superuser, mine = guest
    execute(superuser, f"ALTER ROLE {ROLE} CONNECTION LIMIT 1")
    bot = BotProcess(tmp_path, {**QUICK, "DATABASE_URL": mine})
    starting = asyncio.create_task(bot.start())
    try:
        await eventually(partial(logged, bot, "too many connections"))
        execute(superuser, f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
        await starting
    finally:
        starting.cancel()
        await bot.kill()
    assert "waiting for the database" in bot.log.read_text(encoding="utf-8")


async def logged(bot: BotProcess, text: str) -> bool:
    return bot.log.exists() and text in bot.log.read_text(encoding="utf-8")


async def asked(server: FeedServer, times: int) -> bool:
    return server.asked["/own"] >= times


async def shown(room: RoomClient, title: str) -> bool:
    try:
        return title in await room.titles()
    except AssertionError:
        return False
