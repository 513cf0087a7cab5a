"""Polling from end to end: real sockets, a real parser in a child, a real store."""

from datetime import timedelta

from bot.store.database import Database
from tests.clock import FakeClock
from tests.fakes.feed_server import Answer, Item, items, rss
from tests.polling.blogs import HERE, WantsAll, bench


async def test_a_first_poll_knows_the_posts_and_announces_none(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        url = here.server.serve("/feed", rss(items(3), title="<antirez>"))
        await here.add(url)

        report = await here.poll()

        assert (report.feeds, report.changed, report.posts) == (1, 1, 3)
        assert len(await here.titles(announced=False)) == 3
        assert await here.announcements() == 0
        assert (await here.feed(url))["title"] == "<antirez>"


async def test_a_new_post_is_announced_once(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        old = items(3, newest=clock.now())
        url = here.server.serve("/feed", rss(old))
        await here.add(url)
        await here.poll()
        here.server.serve("/feed", rss([Item("Fresh", "http://blog.example/fresh", "f", clock.now()), *old]))

        await here.poll()
        await here.poll()
        await here.poll()

        assert await here.titles(announced=True) == ["Fresh"]
        assert await here.announcements() == 1
        assert list(here.due) == [HERE]


async def test_an_unchanged_feed_is_asked_conditionally_and_costs_no_parse(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        await here.add(here.server.serve("/feed", rss(items(3))))
        await here.poll()

        report = await here.poll()

        assert (report.feeds, report.unchanged, report.posts) == (1, 1, 0)
        assert "if-none-match" in here.server.requests[-1].headers


async def test_the_same_body_without_validators_is_unchanged(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        await here.add(here.server.serve("/feed", Answer(rss(items(3)), conditional=False)))
        await here.poll()

        assert (await here.poll()).unchanged == 1


async def test_a_failing_feed_keeps_its_error_and_comes_back(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        old = items(2, newest=clock.now())
        url = here.server.serve("/feed", rss(old))
        await here.add(url)
        await here.poll()
        here.server.serve("/feed", Answer(b"", 500))
        report = await here.poll()
        broken = await here.feed(url)
        here.server.serve("/feed", rss([Item("Back", "http://blog.example/back", "b", clock.now()), *old]))
        await here.poll()

        assert report.failed == 1
        assert broken["error"] == "The server has an error of its own (500)."
        assert broken["failures"] == 1
        assert (await here.feed(url))["error"] is None
        assert await here.titles(announced=True) == ["Back"]


async def test_one_bad_feed_does_not_stop_the_others(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        good = [here.server.serve(f"/{n}", rss(items(1, prefix=f"blog{n}"))) for n in range(5)]
        await here.add(*good, here.server.serve("/bad", b"\x00\x01 not a feed"), "http://127.0.0.1:1/closed")

        report = await here.poll()

        assert (report.changed, report.failed) == (5, 2)
        assert len(await here.titles()) == 5


async def test_the_same_article_in_two_feeds_is_one_story(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        one = here.server.serve("/one", rss(items(1, prefix="old")))
        two = here.server.serve("/two", rss(items(1, prefix="older")))
        await here.add(one, two)
        await here.poll()
        same = Item(
            "A shared article", "https://www.blog.example/shared/?utm_source=planet", "1", clock.now(), "words " * 50
        )
        here.server.serve("/one", rss([same]))
        same = Item("Planet: A shared article", "http://blog.example/shared", "2", clock.now(), "words " * 50)
        here.server.serve("/two", rss([same]))

        await here.poll()

        assert len(await here.titles(announced=True)) == 2
        assert await here.announcements() == 1


async def test_a_subscription_made_meanwhile_is_not_missed(sqlite: Database, clock: FakeClock) -> None:
    judge = WantsAll(version=-1)
    judge.newest = 0
    async with bench(sqlite, clock, judge=judge) as here:
        old = items(1, newest=clock.now())
        await here.add(here.server.serve("/feed", rss(old)))
        await here.poll()

        assert judge.refreshed == 1
        assert len(await here.titles()) == 1


async def test_a_poll_after_a_restart_repeats_nothing(sqlite: Database, clock: FakeClock) -> None:
    async with bench(sqlite, clock) as here:
        old = items(2, newest=clock.now())
        await here.add(here.server.serve("/feed", rss(old)))
        await here.poll()
        here.server.serve("/feed", rss([Item("News", "http://blog.example/news", "n", clock.now()), *old]))
        await here.poll()
        here.server.serve(
            "/feed", Answer(rss([Item("News", "http://blog.example/news", "n", clock.now()), *old], "Renamed"))
        )

        await here.poll(timedelta(days=2))

        assert await here.announcements() == 1
