"""A page stays small, however long its posts' titles and texts are."""

from bot.store.database import Database
from tests.web.server import served

PAGE = 50
LARGEST = 60_000


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
