"""Finding many channels at once, on both databases."""

from bot.domain.model import Channel
from bot.store.database import Database
from bot.store.lines import _ids_text, ids_of
from tests.seeds import NLP, RUST, Seeds


async def test_the_ids_of_many_channels_are_found_whatever_their_number(database: Database) -> None:
    seeds = Seeds(database)
    many = [Channel(platform="slack", workspace=f"T{n % 7}", id=f"C{n}") for n in range(1100)]
    for channel in (NLP, RUST, many[5], many[1099]):
        await seeds.channel(channel)

    async with database.read() as connection:
        assert sorted(await ids_of(connection, [*many, RUST, RUST])) == [2, 3, 4]
        assert await ids_of(connection, []) == []


async def test_they_are_found_through_an_index(sqlite: Database) -> None:
    async with sqlite.read() as connection:
        values = ("slack", "T1", "C1") * 64
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_ids_text(64, '?')}", values)
        steps = [row.detail for row in plan]

    assert any("SEARCH c USING COVERING INDEX sqlite_autoindex_channels_1" in step for step in steps), steps
