"""Push instead of poll: the real program, a hub and a blog; from publishing to the announcement."""

import asyncio
import time
from pathlib import Path

from tests.fakes.feed_server import Answer, FeedServer, Item, rss
from tests.fakes.websub_hub import Hub
from tests.scenarios.bot_process import BotProcess
from tests.scenarios.room_client import RoomClient, eventually

PUSHES = 20


async def test_what_a_hub_pushes_is_announced_within_two_seconds(tmp_path: Path) -> None:
    bot = BotProcess(tmp_path, {"LOG_LEVEL": "warning", "CHANNELS_BURST": "1000"})
    bot.set(PUBLIC_URL=bot.url)
    async with Hub() as hub, FeedServer() as feeds:
        head = f'<atom:link rel="hub" href="{hub.url}" xmlns:atom="http://www.w3.org/2005/Atom"/>'
        feeds.serve("/feed", Answer(rss([Item("Old", "https://a.example/old", guid="old")], head=head)))
        try:
            await bot.start()
            async with RoomClient(bot.url) as room:
                await room.type(f"/subscribe {feeds.url('/feed')}")

                # What names a hub is asked for when the bot starts and twice a minute.
                async def polled() -> bool:
                    return feeds.asked["/feed"] >= 2

                await eventually(polled)
                assert await bot.stop() == 0
                await bot.start()
                await asyncio.wait_for(hub.verified_once.wait(), 30)
                delays = [await delay(room, hub, number) for number in range(PUSHES)]
        finally:
            await bot.kill()

    assert feeds.asked["/feed"] == 2
    print(f"from publishing to the announcement: {' '.join(f'{one:.2f}' for one in sorted(delays))} s")
    assert sorted(delays)[int(0.95 * PUSHES) - 1] < 2


async def delay(room: RoomClient, hub: Hub, number: int) -> float:
    """Publish a post and return the seconds until it is shown."""
    start = time.monotonic()
    # Within a channel of the room, a message goes out every 50 ms at most.
    pushed = rss([Item(f"News {number}", f"https://a.example/{number}", guid=str(number))])
    assert await hub.publish(pushed) == [204]

    async def shown() -> bool:
        return f"News {number}" in await room.titles()

    await eventually(shown)
    return time.monotonic() - start
