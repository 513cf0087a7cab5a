"""Politeness and patience, from end to end."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.polling.politeness import Manners, Politeness
from bot.store.database import Database
from bot.store.tables import channels, messages, subscriptions
from tests.clock import START, FakeClock
from tests.fakes.feed_server import Answer, Item, items, rss
from tests.polling.blogs import Bench, bench

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("status", [301, 308])
async def test_a_permanent_move_is_stored_the_third_time(sqlite: Database, clock: FakeClock, status: int) -> None:
    async with bench(sqlite, clock) as here:
        target = here.server.serve("/new", rss(items(2)))
        old = here.server.serve("/old", Answer(b"", status, {"Location": "/new"}))
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
        await follow(here, url)

        reports = [await here.poll() for _ in range(3)]

        assert [report.feeds for report in reports] == [1, 0, 0]
        assert await told(here) == [
            "127.0.0.1 is no longer polled: The blog says that its feed is gone for good (410)."
        ]
        assert "1 subscriber)" in here.server.requests[0].headers["user-agent"]


async def follow(here: Bench, url: str) -> None:
    """Let the bench's channel follow the very feed."""
    feed = (await here.feed(url))["id"]
    async with here.database.write() as connection:
        channel = await connection.scalar(select(channels.c.id))
        row = {"channel_id": channel, "kind": "feed", "target": str(feed), "feed_id": feed, "mode": {}}
        await connection.execute(insert(subscriptions).values(row | {"created_by": "U1", "created_at": START}))


async def told(here: Bench) -> list[str]:
    """Return the notices that were made for channels."""
    async with here.database.read() as connection:
        notices = select(messages.c.text).where(messages.c.kind == "notice").order_by(messages.c.seq)
        return list((await connection.scalars(notices)).all())


async def test_a_feed_that_fails_for_days_is_reported_once_where_it_is_followed_and_announced_as_back(
    sqlite: Database, clock: FakeClock
) -> None:
    async with bench(sqlite, clock) as here:
        old = items(2, newest=clock.now())
        url = here.server.serve("/feed", rss(old, title="<antirez>"))
        other = here.server.serve("/other", rss(items(1, prefix="other")))
        await here.add(url, other)
        await follow(here, url)
        await here.poll()
        for path in ("/feed", "/other"):
            here.server.serve(path, Answer(b"", 500))
        for _ in range(10):
            await here.poll(timedelta(hours=25))
        here.server.serve(
            "/feed", rss([Item("After all", "http://blog.example/x", "x", clock.now()), *old], "<antirez>")
        )
        await here.poll(timedelta(hours=25))
        await here.poll(timedelta(hours=25))

        assert await told(here) == [
            "<antirez> has not worked for days: The server has an error of its own (500). "
            "It is still tried, now and then.",
            "<antirez> is back.",
        ]
        assert await here.titles(announced=True) == ["After all"]


async def test_an_empty_answer_or_a_web_page_takes_nothing_away(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        old = items(3, newest=clock.now())
        url = here.server.serve("/feed", rss(old))
        await here.add(url)
        await here.poll()
        said = []
        for body in (b"", b"<html><body>We have moved</body></html>", b"<rss><channel><item><title>Half"):
            here.server.serve("/feed", Answer(body, conditional=False))
            await here.poll(timedelta(hours=25))
            said.append((await here.feed(url))["error"])
        here.server.serve("/feed", rss(old))
        await here.poll(timedelta(hours=25))

        assert said == [
            "The answer is empty.",
            "This address shows a web page, not a feed.",
            "The feed is damaged beyond reading.",
        ]
        assert await here.announcements() == 0
        assert (await here.feed(url))["error"] is None


async def test_a_damaged_feed_that_can_be_read_says_so_until_it_is_whole(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        whole = rss(items(3))
        url = here.server.serve("/feed", whole[: whole.rindex(b"<item>") + 20])
        await here.add(url)
        await here.poll()
        await here.poll()
        torn = await here.feed(url)
        here.server.serve("/feed", whole)
        await here.poll()

        assert (torn["error"], torn["failures"]) == ("The feed is damaged; what could be read of it was.", 0)
        assert (await here.feed(url))["error"] is None
        assert len(await here.titles()) == 3


async def test_a_stuck_etag_hides_no_article(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        old, stuck = items(1, newest=clock.now()), {"ETag": '"always"'}
        await here.add(here.server.serve("/feed", Answer(rss(old), headers=stuck, conditional=False)))
        await here.poll()
        fresh = Item("Fresh", "http://blog.example/fresh", "f", clock.now())
        here.server.serve("/feed", Answer(rss([fresh, *old]), headers=stuck, conditional=False))

        await here.poll()

        assert await here.titles(announced=True) == ["Fresh"]


async def test_a_retry_after_is_waited_for(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        url = here.server.serve("/feed", Answer(b"", 429, {"Retry-After": "36000"}))
        await here.add(url)

        await here.poll()
        early = await here.poll(timedelta(hours=9, minutes=59))
        late = await here.poll(timedelta(minutes=2))

        assert (early.feeds, late.feeds) == (0, 1)


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
