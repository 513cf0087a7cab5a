"""A hub, over real HTTP: asked, verified, pushing; and strangers who would like to be one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from bot.feeds.hubs import HttpHubs
from bot.polling.pushed import Pushes
from bot.polling.subscribing import Subscriber
from bot.store.database import Database
from bot.store.hooks import SqlHooks
from bot.store.polls import SqlFeedQueue
from bot.web.app import make_app
from bot.web.websub import WebSub
from tests.clock import FakeClock
from tests.fakes.feed_server import Answer, Item, items, rss
from tests.fakes.websub_hub import Asked, Hub
from tests.polling.blogs import Bench, WantsAll, bench

LIMIT = 100_000
UNTOUCHED = ("etag", "last_modified", "body_hash", "item_hashes", "next_poll_at", "interval_s", "last_good_poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A blog at a hub, and the bot that reads it."""

    here: Bench
    hub: Hub
    url: str
    subscriber: Subscriber
    queue: SqlFeedQueue

    async def subscribed(self) -> Asked:
        assert await self.subscriber.renew() == 1
        await self.hub.verified_once.wait()
        return self.hub.asked[-1]

    def news(self, title: str = "Pushed") -> bytes:
        return rss([Item(title, f"http://blog.example/{title}", title, self.here.clock.now(), "Words.")])

    async def row(self) -> dict[str, object]:
        return dict(await self.here.feed(self.url))


@contextlib.asynccontextmanager
async def scene(
    database: Database, clock: FakeClock, *, hub: Hub | None = None, feed: Callable[[str, str], Answer] | None = None
) -> AsyncIterator[Scene]:
    queue, hooks = SqlFeedQueue(database), SqlHooks(database)
    async with bench(database, clock) as here, hub or Hub() as hub:

        async def announced(due: object) -> None:
            here.due.update(due)  # type: ignore[call-overload]

        pushes = Pushes(feeds=queue, parser=here.parser, judge=WantsAll(), clock=clock, announced=announced)
        websub = WebSub(hooks=hooks, take=pushes.take, clock=clock, body_limit=LIMIT)
        async with TestServer(make_app(websub.routes(), {})) as server:
            base = str(server.make_url("")).rstrip("/")
            url = here.server.url("/feed")
            here.server.serve("/feed", feed(hub.url, url) if feed else in_the_feed(hub.url, url))
            await here.add(url)
            await here.poll()
            subscriber = Subscriber(hooks, HttpHubs(here.fetcher, base), clock)
            yield Scene(here=here, hub=hub, url=url, subscriber=subscriber, queue=queue)


def links(hub: str, url: str) -> str:
    atom = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    return f'<atom:link rel="hub" href="{hub}" {atom}/><atom:link rel="self" href="{url}" {atom}/>'


def in_the_feed(hub: str, url: str) -> Answer:
    return Answer(rss(items(2), head=links(hub, url)))


def in_the_headers(hub: str, url: str) -> Answer:
    return Answer(rss(items(2)), headers={"Link": f'<{hub}>; rel="hub", <{url}>; rel="self"'})


@pytest.mark.parametrize("feed", [in_the_feed, in_the_headers])
async def test_a_hub_found_in_a_feed_or_its_headers_pushes(
    sqlite: Database, clock: FakeClock, feed: Callable[[str, str], Answer]
) -> None:
    async with scene(sqlite, clock, feed=feed) as it:
        asked = await it.subscribed()
        before = await it.row()

        assert await it.hub.publish(it.news()) == [204]

        assert asked.topic == it.url
        assert await it.here.titles(announced=True) == ["Pushed"]
        assert await it.here.announcements() == 1
        assert list(it.here.due)
        after = await it.row()
        assert {name: after[name] for name in UNTOUCHED} == {name: before[name] for name in UNTOUCHED}
        assert after["lease_token"] is None
        assert after["pushed_until"] == clock.now() + timedelta(seconds=it.hub.lease)


async def test_a_push_again_and_the_poll_after_it_announce_nothing(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock) as it:
        await it.subscribed()
        pushed = it.news()
        assert await it.hub.publish(pushed) == [204]
        assert await it.hub.publish(pushed) == [204]
        everything = [Item("Pushed", "http://blog.example/Pushed", "Pushed", clock.now(), "Words."), *items(2)]
        it.here.server.serve("/feed", rss(everything))

        await it.here.poll()

        assert await it.here.announcements() == 1


async def test_a_hub_that_has_pushed_lets_polls_relax_until_one_of_them_finds_news(
    sqlite: Database, clock: FakeClock
) -> None:
    def busy(hub: str, url: str) -> Answer:
        return Answer(rss(items(9, newest=clock.now(), every=timedelta(hours=1)), head=links(hub, url)))

    async with scene(sqlite, clock, hub=Hub(lease=30 * 24 * 3600), feed=busy) as it:
        await it.subscribed()
        await it.here.poll(timedelta(hours=2))
        unproven = wait(await it.row())
        await it.hub.publish(it.news())
        await it.here.poll(timedelta(hours=2))
        relaxed = wait(await it.row())
        it.here.server.serve("/feed", rss([Item("Missed", "http://blog.example/m", "m", clock.now()), *items(2)]))
        await it.here.poll(timedelta(hours=8))
        again = await it.row()

    assert unproven < timedelta(hours=4)
    assert timedelta(hours=5) < relaxed < timedelta(hours=7)
    assert again["pushed_until"] is None


def wait(row: dict[str, object]) -> timedelta:
    return row["next_poll_at"] - row["last_poll_at"]  # type: ignore[operator,no-any-return]


async def test_a_lease_is_renewed_before_it_ends(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock) as it:
        await it.subscribed()
        assert await it.subscriber.renew() == 0
        clock.pass_time(timedelta(minutes=50))
        it.hub.verified_once.clear()

        await it.subscribed()

        assert [asked.callback for asked in it.hub.asked] == [it.hub.asked[0].callback] * 2
        clock.pass_time(timedelta(minutes=50))
        assert await it.hub.publish(it.news()) == [204]
        clock.pass_time(timedelta(minutes=20))
        assert await it.hub.publish(it.news("Too late")) == [410]


async def test_a_hub_that_refuses_is_asked_again_later(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock) as it:
        it.hub.status = 500
        assert await it.subscriber.renew() == 0
        clock.pass_time(timedelta(minutes=59))
        assert await it.subscriber.renew() == 0
        assert len(it.hub.asked) == 1
        it.hub.status = 202
        clock.pass_time(timedelta(minutes=2))
        await it.subscribed()


async def test_nobody_elses_intent_is_confirmed(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock, hub=Hub(verifies=False)) as it:
        await it.subscriber.renew()
        asked = it.hub.asked[0]
        unknown = Asked(f"{asked.callback[:-4]}xxxx", asked.topic, "", "")

        assert (await it.hub.call(unknown, "subscribe", challenge="c"))[0] == 410
        assert (await it.hub.call(asked, "subscribe", topic="http://other.example/", challenge="c"))[0] == 404
        assert (await it.hub.call(asked, "unsubscribe", challenge="c"))[0] == 404
        assert (await it.hub.call(asked, "subscribe"))[0] == 404
        assert (await it.hub.call(asked, "subscribe", challenge="c" * 5000))[0] == 404
        assert await it.hub.push(asked, it.news()) == 410
        assert await it.hub.call(asked, "subscribe", challenge="<b>c</b>") == (200, "<b>c</b>")
        # Settled: the same again is not expected any more.
        assert (await it.hub.call(asked, "subscribe", challenge="c"))[0] == 404
        assert await it.hub.push(asked, it.news()) == 204


async def test_a_denial_is_heeded(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock, hub=Hub(verifies=False)) as it:
        await it.subscriber.renew()

        assert (await it.hub.call(it.hub.asked[0], "denied"))[0] == 204
        assert await it.hub.push(it.hub.asked[0], it.news()) == 410


async def test_what_is_not_signed_by_the_hub_is_not_taken(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock) as it:
        asked = await it.subscribed()
        before = await it.row()

        for signature in ("", "sha256=" + "0" * 64, "md5=00", "sha256", f"none={asked.secret}"):
            assert await it.hub.push(asked, it.news(), signature) == 403
        assert await it.hub.push(Asked(f"{asked.callback}x", asked.topic, asked.secret, ""), it.news()) == 410
        for size in (LIMIT + 1, 50_000_000):
            with contextlib.suppress(ConnectionError):
                assert await it.hub.push(asked, b"x" * size) == 413
        assert await it.hub.push(asked, b"\x00 no feed") == 422

        assert await it.here.announcements() == 0
        assert await it.row() == before


async def test_a_push_waits_for_the_poll_of_its_feed(sqlite: Database, clock: FakeClock) -> None:
    async with scene(sqlite, clock) as it:
        await it.subscribed()
        clock.pass_time(timedelta(minutes=20))
        [polling] = await it.queue.claim(clock.now(), timedelta(minutes=5), 1, not_since=clock.now())

        waiting = asyncio.create_task(it.hub.publish(it.news()))
        while not waiting.done():
            await asyncio.sleep(0.01)
            clock.pass_time(1)
        assert await waiting == [503]
        assert await it.here.announcements() == 0
        waiting = asyncio.create_task(it.hub.publish(it.news()))
        while clock.next_wake is None:  # noqa: ASYNC110 - it waits as soon as it has seen the claim
            await asyncio.sleep(0.01)
        await it.queue.release([polling])
        clock.pass_time(1)
        assert await waiting == [204]

        assert await it.here.announcements() == 1
