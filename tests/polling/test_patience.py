"""Politeness and patience, from end to end."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.feeds.fetch import FetchLimits
from bot.polling.politeness import Manners, Politeness
from bot.store.database import Database
from bot.store.tables import channels, messages, subscriptions
from tests.clock import START, FakeClock
from tests.fakes.feed_server import Answer, Item, items, rss
from tests.polling.blogs import bench

SECOND = timedelta(seconds=1)


async def test_a_permanent_move_is_stored_the_third_time(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        target = here.server.serve("/new", rss(items(2)))
        old = here.server.serve("/old", Answer(b"", 301, {"Location": "/new"}))
        await here.add(old)

        await here.poll()
        await here.poll()
        before = (await here.feed(old))["moved_times"]
        await here.poll()

        assert before == 2
        assert (await here.feed(target))["moved_times"] == 0
        assert len(await here.titles()) == 2


@pytest.mark.parametrize("answer", [Answer(b"", 404), Answer(b"<html>parked</html>")])
async def test_a_move_to_what_is_no_feed_is_never_stored(sqlite: Database, clock: FakeClock, answer: Answer) -> None:
    async with bench(sqlite, clock) as here:
        here.server.serve("/new", answer)
        old = here.server.serve("/old", Answer(b"", 301, {"Location": "/new"}))
        await here.add(old)

        for _ in range(5):
            await here.poll()

        assert (await here.feed(old))["moved_to"] is None


async def test_a_temporary_redirect_changes_nothing(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        here.server.serve("/new", rss(items(2)))
        old = here.server.serve("/old", Answer(b"", 302, {"Location": "/new"}))
        await here.add(old)

        for _ in range(4):
            await here.poll()

        assert (await here.feed(old))["moved_to"] is None
        assert len(await here.titles()) == 2


async def test_a_feed_that_is_gone_is_asked_no_more_and_its_readers_are_told_once(
    sqlite: Database, clock: FakeClock
) -> None:
    async with bench(sqlite, clock) as here:
        url = here.server.serve("/feed", Answer(b"", 410))
        await here.add(url)
        feed = (await here.feed(url))["id"]
        async with sqlite.write() as connection:
            channel = await connection.scalar(select(channels.c.id))
            row = {"channel_id": channel, "kind": "feed", "target": str(feed), "feed_id": feed, "mode": {}}
            await connection.execute(insert(subscriptions).values(row | {"created_by": "U1", "created_at": START}))

        reports = [await here.poll() for _ in range(3)]

        async with sqlite.read() as connection:
            told = list((await connection.scalars(select(messages.c.text))).all())
        assert [report.feeds for report in reports] == [1, 0, 0]
        assert told == ["127.0.0.1 is no longer polled: The blog says that its feed is gone for good (410)."]
        assert "1 subscriber)" in here.server.requests[0].headers["user-agent"]


async def test_a_retry_after_is_waited_for(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        url = here.server.serve("/feed", Answer(b"", 429, {"Retry-After": "36000"}))
        await here.add(url)

        await here.poll()
        early = await here.poll(timedelta(hours=9, minutes=59))
        late = await here.poll(timedelta(minutes=2))

        assert (early.feeds, late.feeds) == (0, 1)


async def test_a_slow_server_delays_nobody(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock, limits=FetchLimits(deadline=0.5)) as here:
        await here.add("http://127.0.0.1:1/refused", here.server.serve("/quick", rss(items(1))))

        report = await here.poll()

        assert (report.changed, report.failed) == (1, 1)


async def test_a_burst_is_announced_whole(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        old = items(20, newest=clock.now() - timedelta(days=20))
        await here.add(here.server.serve("/feed", rss(old)))
        await here.poll()
        many = [Item(f"News {n}", f"http://blog.example/n/{n}", f"n{n}", clock.now(), f"text {n}") for n in range(60)]
        here.server.serve("/feed", rss([*many, *old]))

        await here.poll()

        assert await here.announcements() == 60


def test_a_host_is_asked_once_a_second_by_two_at_a_time() -> None:
    manners = Politeness(Manners(at_once=2, spacing=SECOND, patience=5 * SECOND))

    assert manners.reserve("a", START) == START
    assert manners.reserve("a", START) == START + SECOND
    assert manners.reserve("b", START) == START
    assert manners.reserve("a", START) is None
    manners.done("a", START + SECOND)
    assert manners.reserve("a", START + SECOND) == START + 2 * SECOND


def test_polls_put_off_come_back_one_after_the_other() -> None:
    manners = Politeness(Manners(at_once=2, spacing=SECOND, patience=5 * SECOND))

    assert [manners.free_at("a", START) - START for _ in range(3)] == [5 * SECOND, 6 * SECOND, 7 * SECOND]


def test_a_host_that_asked_for_time_gets_it_whichever_of_its_feeds_is_due() -> None:
    manners = Politeness(Manners())
    manners.rest("a", START + timedelta(hours=1))

    assert manners.reserve("a", START + timedelta(minutes=59)) is None
    assert manners.reserve("a", START + timedelta(hours=1)) == START + timedelta(hours=1)
