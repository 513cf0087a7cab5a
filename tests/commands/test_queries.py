from sqlalchemy import update

from bot.domain.model import FollowsQuery
from bot.store.tables import posts
from tests.commands.conftest import Talk
from tests.seeds import NLP, Seeds

QUERY = 'postgres AND (vacuum OR autovacuum) NOT title:"release notes"'

NO_BREAK = "\u00a0"


async def told(seeds: Seeds) -> None:
    texts = {
        "Tuning autovacuum": "Postgres",
        "Postgres release notes": "vacuum",
        "Redis": "cache",
        "Vacuum": "of space",
    }
    for title, text in texts.items():
        (post,) = await seeds.posts([title])
        async with seeds.database.write() as connection:
            await connection.execute(update(posts).where(posts.c.id == post).values(text=text))


async def test_a_query_is_followed_as_it_was_written(talk: Talk, seeds: Seeds) -> None:
    await told(seeds)

    text = await talk.type(f"/subscribe query: {QUERY} digest daily at 09:00 UTC")

    assert f"Following query: {QUERY}, digest daily at 09:00 UTC here." in text
    assert f"1 post for query: {QUERY} in the last 30 days" in text
    assert talk.titles == ["Tuning autovacuum"]
    (one,) = await talk.desk.subscriptions.of_channel(NLP)
    assert one.follows == FollowsQuery(text=QUERY)
    assert "No longer following" in await talk.type(f"/unsubscribe query: {QUERY}")


async def test_a_query_that_cannot_be_read_is_refused_with_its_place(talk: Talk, seeds: Seeds) -> None:
    text = await talk.type("/subscribe query: postgres AND (vacuum")

    assert text.endswith(
        f"Something is missing at the end: a closing bracket `)`.\n`postgres AND (vacuum`\n`{20 * NO_BREAK}^`"
    )
    assert "This pattern is refused" in await talk.type("/subscribe query: re:/(a/")
    assert await talk.desk.subscriptions.of_channel(NLP) == []


async def test_a_query_is_previewed(talk: Talk, seeds: Seeds) -> None:
    await told(seeds)

    assert "It would have sent 2 posts in the last 10 days." in await talk.type("/tidings preview query: vacuum 10d")
