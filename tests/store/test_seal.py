"""Feeds behind a password: what is stored, who gets the address, and what happens without the key or with another."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.domain.errors import UsageError
from bot.domain.following import FoundFeed
from bot.domain.model import SHARED
from bot.domain.polled import Polled
from bot.store.actions import SqlActions
from bot.store.database import Database, open_database
from bot.store.feed_rows import place_of
from bot.store.hooks import SqlHooks
from bot.store.known_feeds import SqlFeeds
from bot.store.polls import SqlFeedQueue
from bot.store.seal import LOCKED, Seal
from bot.store.sealing import AGAIN, addresses, locked, seal_addresses
from bot.store.tables import feed_workspaces, feeds
from tests.clock import START
from tests.databases import SECRET_KEY, sqlite_database
from tests.seeds import NLP, Seeds

SECRET = "https://ann:canary@blog.example/feed?token=canary&page=2"
SHOWN = "https://…@blog.example/feed?token=…&page=2#sealed-"
MINUTE = timedelta(minutes=1)


async def add(database: Database, url: str = SECRET) -> int:
    known = SqlFeeds(database)
    (feed,) = await known.know([FoundFeed(url=url)], START)
    await known.add(SHARED, [feed.id], by="ann", now=START)
    return feed.id


def leaks(folder: Path) -> list[Path]:
    """Return the files that hold the secret."""
    return [path for path in folder.iterdir() if b"canary" in path.read_bytes()]


async def row(database: Database) -> dict[str, object]:
    async with database.read() as connection:
        return (await connection.execute(select(feeds))).one()._asdict()


async def test_the_row_shows_no_secret_and_the_poller_gets_the_address(database: Database) -> None:
    await add(database)

    assert "canary" not in str(await row(database))
    assert str((await row(database))["url"]).startswith(SHOWN)
    (claimed,) = await SqlFeedQueue(database).claim(START, MINUTE, 9)
    assert (claimed.feed.url, claimed.host) == (SECRET, "blog.example")


async def test_the_same_address_is_one_feed_and_another_password_is_another(database: Database) -> None:
    first = await add(database)

    assert await add(database) == first
    assert await add(database, SECRET.replace("canary", "other")) != first


async def test_a_feed_is_found_by_its_whole_address_and_by_its_name_in_the_table(database: Database) -> None:
    feed, known = await add(database), SqlFeeds(database)
    (pooled,) = await known.pool(SHARED)

    assert [one.id for one in await known.find(SHARED, SECRET)] == [feed]
    assert [one.id for one in await known.find(SHARED, pooled.url)] == [feed]
    assert await add(database, pooled.url) == feed
    assert await known.find(SHARED, "canary") == []
    with pytest.raises(UsageError, match="hidden"):
        await known.know([FoundFeed(url="https://…@other.example/feed#sealed-abc")], START)


async def test_a_poll_keeps_the_address_and_a_move_is_sealed_too(database: Database) -> None:
    await add(database)
    queue = SqlFeedQueue(database)
    (claimed,) = await queue.claim(START, MINUTE, 9)
    moved = replace(claimed.feed, moved_to="https://ann:canary@new.example/feed", moved_times=1, error="x")

    await queue.record([Polled(token=claimed.token, feed=moved)], 0, START)

    assert "canary" not in str(await row(database))
    (claimed,) = await queue.claim(START, MINUTE, 9)
    assert (claimed.feed.url, claimed.feed.moved_to) == (SECRET, "https://ann:canary@new.example/feed")

    gone = replace(claimed.feed, url="https://ann:canary@new.example/feed", moved_to=None, moved_times=0)
    await queue.record([Polled(token=claimed.token, feed=gone)], 0, START)

    assert "canary" not in str(await row(database))
    (claimed,) = await queue.claim(START, MINUTE, 9)
    assert (claimed.feed.url, claimed.host) == ("https://ann:canary@new.example/feed", "new.example")


async def test_with_another_key_a_feed_waits_with_a_reason_and_the_others_are_polled(database: Database) -> None:
    await add(database)
    await add(database, "https://plain.example/feed")
    database.seal = Seal("another")
    claimed = await SqlFeedQueue(database).claim(START, MINUTE, 9)
    ailing, _ = await SqlFeeds(database).ailing(SHARED, None, limit=9)
    with pytest.raises(UsageError, match="another SECRET_KEY"):
        await addresses(database)
    assert await locked(database) == 1
    database.seal = Seal(SECRET_KEY)
    assert await locked(database) == 0
    again = await SqlFeedQueue(database).claim(START + timedelta(hours=1), MINUTE, 9)

    assert [one.feed.url for one in claimed] == ["https://plain.example/feed"]
    assert [(one.error, one.failures, one.failing_since) for one in ailing] == [(LOCKED, 1, START)]
    assert SECRET in {one.feed.url for one in again}


async def test_what_was_in_the_clear_is_sealed_and_one_added_anew_meanwhile_stays(database: Database) -> None:
    await add(database, "https://plain.example/feed?page=1")
    database.seal = Seal()
    async with database.write() as connection:
        values = {**place_of(SECRET), "next_poll_at": START, "interval_s": 3600, "added_at": START}
        await connection.execute(insert(feeds).values(**values))
    database.seal = Seal(SECRET_KEY)
    new = await add(database)

    assert await seal_addresses(database) == 0

    async with database.read() as connection:
        rows = (await connection.execute(select(feeds.c.url, feeds.c.paused_why).order_by(feeds.c.id))).all()
    assert "canary" not in str(rows)
    assert [row.paused_why for row in rows] == [None, AGAIN, None]
    assert (await add(database), await seal_addresses(database)) == (new, 0)


async def test_without_a_key_no_secret_is_taken_and_old_ones_are_polled_on(tmp_path: Path) -> None:
    async with open_database(await _old_database(tmp_path)) as database:
        (claimed,) = await SqlFeedQueue(database).claim(START, MINUTE, 9)
        with pytest.raises(UsageError, match="SECRET_KEY first"):
            await add(database, "https://ann:other@blog.example/feed")

        assert await seal_addresses(database) == 1
        assert claimed.feed.url == SECRET


async def test_what_was_stored_in_the_clear_is_sealed_once_there_is_a_key(tmp_path: Path) -> None:
    async with open_database(await _old_database(tmp_path), secret_key=SECRET_KEY) as database:
        assert await seal_addresses(database) == 0
        (claimed,) = await SqlFeedQueue(database).claim(START, MINUTE, 9)
        assert claimed.feed.url == SECRET
        assert await addresses(database) == {str((await row(database))["url"]): SECRET}
        assert await SqlActions(database).find(NLP, "a") is None
    assert not leaks(tmp_path)


async def _old_database(folder: Path) -> str:
    """A database as it was before addresses were sealed."""
    async with sqlite_database(folder) as database:
        await Seeds(database).channel()
        async with database.write() as connection:
            values = {**place_of(SECRET), "next_poll_at": START, "interval_s": 3600, "added_at": START}
            await connection.execute(insert(feeds).values(**values))
            await connection.execute(insert(feed_workspaces).values(feed_id=1, workspace="", added_at=START))
    async with open_database(f"sqlite:///{folder}/tidings.db") as database:
        await SqlActions(database).keep(NLP, f"/tidings feeds add {SECRET}", START)
    return f"sqlite:///{folder}/tidings.db"


async def test_a_command_with_a_password_behind_a_button_is_sealed(sqlite: Database, tmp_path: Path) -> None:
    kept = await SqlActions(sqlite).keep(NLP, f"/subscribe {SECRET}", START)
    await sqlite.close()

    async with open_database(f"sqlite:///{tmp_path}/tidings.db", secret_key=SECRET_KEY) as database:
        assert await SqlActions(database).find(NLP, kept) == f"/subscribe {SECRET}"
    async with open_database(f"sqlite:///{tmp_path}/tidings.db", secret_key="another") as database:
        assert await SqlActions(database).find(NLP, kept) is None
    assert not leaks(tmp_path)


async def test_no_hub_is_asked_to_push_a_feed_behind_a_password(database: Database) -> None:
    await add(database)
    async with database.write() as connection:
        await connection.execute(update(feeds).values(hub="https://hub.example/", last_good_poll=START))

    assert await SqlHooks(database).due(START, 9) == []


def test_two_keys_give_two_names() -> None:
    assert Seal("a").name_of(SECRET) != Seal("b").name_of(SECRET)
    assert Seal("a").name_of("https://plain.example/feed") == "https://plain.example/feed"
    assert Seal("a").sealed("https://plain.example/feed") is None
