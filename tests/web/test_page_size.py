"""Pages stay small, however much there is to show and however long it is."""

from datetime import timedelta

from sqlalchemy import update

from bot.chat.room.routes import ASSETS as ROOM
from bot.domain.model import Channel
from bot.domain.vitals import Trouble
from bot.store.database import Database
from bot.store.tables import channels, feeds, messages
from bot.web.app import ASSETS
from bot.web.recent import MOST
from tests.clock import START
from tests.seeds import Seeds
from tests.web.server import served
from tests.web.test_admin import served as operated
from tests.web.test_admin import text_of

PAGE = 50
LARGEST = 60_000
LONG = "How tokenisers see the words of a language " * 12


async def test_a_topic_page_of_fifty_long_posts_is_below_60_kilobytes(sqlite: Database) -> None:
    title, summary = "How tokenisers see the words of a language " * 2, "A sentence of a summary, as blogs write. " * 7
    async with served(sqlite) as site:
        feed = await site.seeds.feed("A blog with a name of a usual length")
        for number in range(PAGE + 1):
            await site.post(feed=feed, hours=number + 1, title=f"{title}{number}", summary=summary[:300])

        status, page = await site.get("/topics/nlp")

    assert status == 200
    assert page.count("<article") == PAGE
    assert len(page.encode()) < LARGEST


async def test_the_operators_page_of_a_very_bad_day_is_below_60_kilobytes(sqlite: Database) -> None:
    seeds = Seeds(sqlite)
    await seeds.channel()
    for number in range(25):
        await seeds.channel(Channel(platform="room", workspace="demo", id=f"channel-{number}"))
        await seeds.feed(LONG)
    await seeds.announce(*(f"{number} {LONG}" for number in range(25)))
    async with sqlite.write() as connection:
        await connection.execute(update(messages).values(state="dead", why=LONG))
        await connection.execute(update(feeds).values(failures=9, error=LONG))
        await connection.execute(update(channels).values(state="closed", why=LONG, name=LONG[:60]))
    slips = [
        Trouble(at=START - timedelta(minutes=number), where="bot.polling", text=LONG, serious=True, times=number)
        for number in range(MOST)
    ]
    async with operated(sqlite, recent=lambda: slips) as client:
        page = await text_of(client, "/admin")

    assert page.count("<tr") > 80
    assert len(page.encode()) < LARGEST


def test_the_room_is_below_60_kilobytes_with_everything_it_loads() -> None:
    room = [each for each in ROOM.iterdir() if each.suffix in {".js", ".css"} or each.name == "page.html"]
    shared = [ASSETS / "base.css", ASSETS / "mark.svg"]

    assert sum(each.stat().st_size for each in (*room, *shared)) < LARGEST
