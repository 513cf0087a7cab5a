"""Everything goes over, once, and what was announced stays announced."""

import io
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from bot.domain.errors import UsageError
from bot.domain.sending import Settlement
from bot.store.database import Database, open_database
from bot.store.outbox import SqlOutbox
from bot.store.tables import feeds, meta, seen_keys
from bot.store.transfer import export_all, import_all, undo_export, unfit
from bot.store.transfer_file import PAGE, TABLES
from tests.clock import START
from tests.databases import sqlite_database
from tests.seeds import NLP, RUST, Seeds
from tests.store.test_upgrades import fill

LEASE = timedelta(seconds=90)


def silent(table: str, done: int, total: int) -> None:
    assert 0 < done <= total


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Database]:
    (tmp_path / "source").mkdir()
    async with sqlite_database(tmp_path / "source") as database:
        yield database


async def exported(source: Database, *, copy: bool = False) -> str:
    file = io.StringIO()
    await export_all(source, file, START, silent, copy=copy)
    return file.getvalue()


def lines(text: str) -> Iterator[str]:
    return iter(text.splitlines(keepends=True))


async def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    async with database.read() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key))]
            for table in TABLES
        }


async def test_every_row_of_every_table_goes_over(source: Database, database: Database) -> None:
    async with source.write() as connection:
        await connection.run_sync(fill)

    await import_all(database, lines(await exported(source)), silent)

    assert await dump(database) == await dump(source)
    assert all((await dump(database)).values())


async def test_new_rows_are_numbered_after_the_imported_ones(source: Database, database: Database) -> None:
    last = [await Seeds(source).feed() for _ in range(3)][-1]
    await import_all(database, lines(await exported(source)), silent)

    assert await Seeds(database).feed() == last + 1


async def test_nothing_is_announced_twice_and_what_was_in_flight_is_looked_for(
    source: Database, database: Database
) -> None:
    before = Seeds(source)
    for channel in (NLP, RUST):
        await before.channel(channel)
    (sent,) = await before.announce("Sent")
    (flying,) = await before.announce("Flying", channel=RUST)
    outbox = SqlOutbox(source)
    claimed = await outbox.claim([NLP, RUST], START, LEASE)
    await outbox.settle([Settlement(message=sent, attempt=1, state="sent", ref="r1")], START)
    await before.announce("Waiting")

    await import_all(database, lines(await exported(source)), silent)

    after = SqlOutbox(database)
    later = START + LEASE + timedelta(seconds=1)
    head = await after.claim([NLP], START, LEASE)
    again = (await after.claim([RUST], later, LEASE))[RUST]
    assert [message.announcements[0].post.title for message in head.values()] == ["Waiting"]
    assert (again.id, again.key, again.attempt) == (flying, claimed[RUST].key, 2)
    assert again.doubt_until is not None


async def test_an_import_that_was_cut_off_goes_on(source: Database, database: Database) -> None:
    feed = await Seeds(source).feed()
    rows = [{"feed_id": feed, "key": b"%d" % number, "seen_at": START} for number in range(3 * PAGE + 7)]
    async with source.write() as connection:
        await connection.execute(insert(seen_keys), rows)
    text = await exported(source)
    half = "".join(text.splitlines(keepends=True)[: PAGE * 2])
    with pytest.raises(UsageError, match="ends too early"):
        await import_all(database, lines(half), silent)
    assert "not finished" in (await unfit(database) or "")
    steps = []

    await import_all(database, lines(text), lambda table, done, total: steps.append((table, done, total)))

    assert steps[-1] == ("seen_keys", len(rows), len(rows))
    assert len(steps) < 4  # what was there already was not written again
    assert await dump(database) == await dump(source)
    assert await unfit(database) is None


async def test_a_database_that_is_in_use_takes_no_import(source: Database, database: Database) -> None:
    await Seeds(source).feed()
    await Seeds(database).feed()

    with pytest.raises(UsageError, match=r"not empty: it has .*feeds"):
        await import_all(database, lines(await exported(source)), silent)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", "not a file that"),
        (lambda text: "PK\x03\x04" + text, "not a file that"),
        (lambda text: "[1]\n" + text, "not a file that"),
        (lambda text: text.replace('"copy":', '"copied":', 1), "not a file that"),
        (lambda text: text.replace('"feeds":1', '"feats":1', 1), "damaged"),
        (lambda text: text.replace('"columns":["', '"columns":["no', 1), "damaged"),
        (lambda text: text.replace("\n[", "\n[1,"), "damaged"),
        (lambda text: text.replace("\n[1,", '\n["x",'), "do not fit"),
        (lambda text: text.replace("\n[", "\nx["), "damaged"),
        (lambda text: text.replace('"tidings":1', '"tidings":2'), "not a file that"),
        (lambda text: text.replace('"schema":"', '"schema":"9'), "same version"),
        (lambda text: text.replace('"table":"feeds"', '"table":"sources"'), "does not have: sources"),
        (lambda text: "\n".join(text.splitlines()[:-3]), "ends too early"),
    ],
)
async def test_a_file_that_cannot_be_right_is_refused(sqlite: Database, source: Database, change, says: str) -> None:  # type: ignore[no-untyped-def]
    await Seeds(source).feed()
    text = await exported(source)

    with pytest.raises(UsageError, match=says):
        await import_all(sqlite, lines(change(text)), silent)


async def test_a_row_that_went_missing_is_counted(sqlite: Database, source: Database) -> None:
    await Seeds(source).feed()
    text = (await exported(source)).splitlines(keepends=True)
    row = next(number for number, line in enumerate(text) if line.startswith("["))

    with pytest.raises(UsageError, match="rows of feed_workspaces do not fit"):
        await import_all(sqlite, lines("".join(text[:row] + text[row + 1 :])), silent)


async def test_the_bot_does_not_start_where_everything_was_moved_from(source: Database) -> None:
    assert await unfit(source) is None
    await exported(source)
    assert "exported on 2026-11-02 09:00 UTC" in (await unfit(source) or "")

    await undo_export(source)

    assert await unfit(source) is None


async def test_a_copy_lets_the_bot_go_on_and_marks_what_it_is_restored_to(source: Database, database: Database) -> None:
    await import_all(database, lines(await exported(source, copy=True)), silent)

    assert await unfit(source) is None
    assert await unfit(database) is None
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).where(meta.c.name == "restored")) == 1


async def test_a_text_with_nul_reaches_postgresql(source: Database, database: Database) -> None:
    await Seeds(source).feed(title="a\0b")
    await import_all(database, lines(await exported(source)), silent)

    async with database.read() as connection:
        assert await connection.scalar(select(feeds.c.title)) == "ab"


@pytest.mark.postgres
async def test_back_from_postgresql_to_sqlite(postgres_url: str, sqlite: Database) -> None:
    async with open_database(postgres_url) as source:
        async with source.write() as connection:
            await connection.run_sync(fill)
        await import_all(sqlite, lines(await exported(source)), silent)

        assert await dump(sqlite) == await dump(source)
