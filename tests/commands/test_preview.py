from datetime import timedelta

from sqlalchemy import update

from bot.domain.previewing import Dated, bars, per_day
from bot.store.tables import post_topics, posts
from tests.clock import START
from tests.commands.conftest import Talk
from tests.seeds import Seeds


async def test_it_counts_what_would_have_come(talk: Talk, seeds: Seeds) -> None:
    found = await seeds.posts([f"Post {n}" for n in range(9)], await seeds.feed("Simon"))
    await seeds.topic(found, "nlp", "normal")

    text = await talk.type("/tidings preview nlp 10d")

    assert text.startswith(
        "NLP:\nIt would have sent 9 posts in the last 10 days.\nPer day since 24 October: ·········█\n"
    )
    assert "Most from Simon (9)." in text
    assert talk.titles == ["Post 8", "Post 7", "Post 6", "Post 5", "Post 4"]
    assert talk.buttons == ["Follow here"]


async def test_what_is_older_than_the_span_is_not_counted(talk: Talk, seeds: Seeds) -> None:
    found = await seeds.posts(["Old", "New"])
    await seeds.topic(found, "nlp")
    old = START - timedelta(days=40)
    async with seeds.database.write() as connection:
        await connection.execute(update(posts).where(posts.c.id == found[0]).values(sort_at=old))
        await connection.execute(update(post_topics).where(post_topics.c.post_id == found[0]).values(sort_at=old))

    assert "It would have sent 1 post in the last 30 days." in await talk.type("/tidings preview nlp")


async def test_what_seldom_comes_is_offered_wider(talk: Talk, seeds: Seeds) -> None:
    await seeds.topic(await seeds.posts(["One"]), "nlp")

    assert "That is less than one a week. Something wider would bring more:" in await talk.type("/tidings preview nlp")
    assert talk.buttons == ["Follow here", "NLP, wide", "AI", "Packs of blogs"]
    assert "AI:" in await talk.press("AI")


async def test_strictness_counts(talk: Talk, seeds: Seeds) -> None:
    await seeds.topic(await seeds.posts(["One"]), "nlp", "wide")

    assert "nothing in the last 30 days" in await talk.type("/tidings preview nlp")
    assert "would have sent 1 post" in await talk.type("/tidings preview nlp wide")


async def test_what_is_not_known_is_asked_about(talk: Talk, seeds: Seeds) -> None:
    assert "Did you mean NLP?" in await talk.type("/tidings preview npl")
    assert "Say what to preview" in await talk.type("/tidings preview")


def test_days_are_counted_back_from_today() -> None:
    dated = [Dated(START - timedelta(days=ago), "b") for ago in (0, 0, 2)]

    assert per_day(dated, START.date(), 4) == [0, 1, 0, 2]
    assert bars([0, 1, 0, 2]) == "·▅·█"
