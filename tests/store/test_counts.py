from datetime import date, timedelta

from bot.store.counts import SqlCounts, SqlMarks
from bot.store.database import Database

TODAY = date(2026, 11, 2)


async def test_a_count_grows_by_one_and_starts_anew_each_day(database: Database) -> None:
    counts = SqlCounts(database)

    assert [await counts.add("identify", TODAY) for _ in range(3)] == [1, 2, 3]
    assert await counts.add("identify", TODAY + timedelta(days=1)) == 1
    assert await counts.add("another", TODAY) == 1


async def test_a_mark_is_what_was_put_last(database: Database) -> None:
    marks = SqlMarks(database)
    assert await marks.get("commands") is None

    for value in ("one", "two"):
        await marks.put("commands", value)

    assert await marks.get("commands") == "two"
