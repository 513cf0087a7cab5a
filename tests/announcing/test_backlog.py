"""A great many announcements due at once, from the outbox to the chat."""

from datetime import timedelta

import pytest

from bot.domain.digesting import DIGEST_SIZE
from bot.store.database import Database
from tests.announcing.bench import Bench
from tests.clock import START, FakeClock
from tests.seeds import NLP, RUST, planned_post

HOURS = timedelta(hours=2)


@pytest.mark.parametrize("count", [1_000, pytest.param(100_000, marks=pytest.mark.soak)])
async def test_what_an_outage_held_back_comes_as_digests_whole_in_order_and_slows_nobody(
    sqlite: Database, clock: FakeClock, count: int
) -> None:
    bench = Bench(sqlite, clock)
    for channel in (NLP, RUST):
        await bench.seeds.channel(channel)
    titles = [f"Post {number:06}" for number in range(count)]
    for start in range(0, count, 5_000):
        posts = await bench.seeds.posts(titles[start : start + 5_000])
        await bench.seeds.plan(*(planned_post(post) for post in posts))
    await bench.seeds.announce("News", channel=RUST, due_at=START + HOURS)

    bench.clock.pass_time(HOURS)
    await bench.engine.wake("drain", str(RUST))
    await bench.engine.wake("sweep", "")
    await bench.engine.idle()

    shown = bench.chat.texts(NLP)
    assert len(shown) == count // DIGEST_SIZE
    assert [title for text in shown for title in text.split(" + ")] == titles
    assert bench.chat.texts(RUST) == ["News"]
    assert bench.chat.requests[0][1] == RUST
