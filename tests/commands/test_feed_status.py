"""`/tidings feeds status`: one plain sentence for every blog with something wrong."""

from datetime import timedelta

from bot.domain.following import FoundFeed
from bot.domain.model import Channel
from bot.store.database import Database
from tests.clock import START
from tests.commands.conftest import GUEST, SIMON, Talk
from tests.store.test_known_feeds import change

ELSEWHERE = Channel(platform="slack", workspace="T1", id="C1")
HOUR = timedelta(hours=1)


async def test_all_is_well(talk: Talk) -> None:
    await talk.share(SIMON)

    assert (await talk.type("/tidings feeds status")).splitlines() == [
        "Every blog could be read.",
        "Watching 1 blog. 1 of them is being read for the first time.",
    ]


async def test_followed_feeds_come_first_and_each_has_its_sentence(talk: Talk, sqlite: Database) -> None:
    shared, torn = await talk.share(SIMON, FoundFeed(url="https://torn.example/feed", title="Torn"))
    await talk.type("/tidings feeds add https://redis.example/rss")
    (own,) = await talk.desk.feeds.pool("room:demo")
    await talk.type("/subscribe https://redis.example/rss")
    gone = "The blog says that its feed is gone for good (410)."
    await change(sqlite, own.id, paused_why=gone, error=gone, failures=1, failing_since=START)
    slow = "The server asks to slow down (429)."
    await change(sqlite, shared, error=slow, failures=4, failing_since=START - 50 * HOUR, next_poll_at=START + 6 * HOUR)
    await change(sqlite, torn, error="The feed is damaged; what could be read of it was.", last_good_poll=START)

    assert (await talk.type("/tidings feeds status", who=GUEST)).splitlines() == [
        "Something is wrong with 3 blogs:",
        "• <antirez> (followed here): No longer polled: The blog says that its feed is gone for good (410).",
        "• Simon’s Weblog: The server asks to slow down (429). So for 2 d; it is tried again in 6 h.",
        "• Torn: The feed is damaged; what could be read of it was.",
        "Watching 2 blogs.",
    ]
    assert "antirez" not in await talk.type("/tidings feeds status", where=ELSEWHERE)


async def test_many_are_paged(talk: Talk, sqlite: Database) -> None:
    feeds = [FoundFeed(url=f"https://b{n}.example/feed", title=f"Blog {n}") for n in range(23)]
    for number, feed in enumerate(await talk.share(*feeds)):
        await change(sqlite, feed, error="No.", failures=1, failing_since=START - number * HOUR)

    first = (await talk.type("/tidings feeds status")).splitlines()
    assert (first[0], first[1], first[-2]) == (
        "Something is wrong with 23 blogs:",
        "• Blog 22: No. So for 22 h; it is tried again within a minute or two.",
        "Page 1 of 3.",
    )
    await talk.press("More")
    last = (await talk.press("More")).splitlines()
    assert (last[-3], last[-2], talk.buttons) == (
        "• Blog 0: No. Just now; it is tried again within a minute or two.",
        "Page 3 of 3.",
        [],
    )
    assert "There is no page 9" in await talk.type("/tidings feeds status 9")
