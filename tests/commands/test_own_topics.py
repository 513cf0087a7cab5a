from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.commands.dispatch import Commands
from bot.commands.known_topics import KnownTopics
from bot.domain.model import Channel
from bot.polling.judging import WishJudge
from bot.store.database import Database
from bot.store.tables import audit, post_topics, posts
from bot.store.wishes import SqlWishBook
from tests.commands.conftest import MEMBER, RULES, Talk
from tests.seeds import Seeds

ELSEWHERE = Channel(platform="room", workspace="other", id="nlp")


@pytest.fixture
async def own(talk: Talk, sqlite: Database) -> Talk:
    """A channel whose topics are those posts are matched against."""
    judge = WishJudge(RULES, SqlWishBook(sqlite))
    topics = KnownTopics(lambda: judge.vocabulary)
    desk = replace(talk.desk, topics=topics, rules=topics, heed=judge.refresh)
    return Talk(Commands(desk), desk, talk.clock, talk.discovery)


async def told(seeds: Seeds, *texts: str) -> None:
    found = await seeds.posts(texts)
    async with seeds.database.write() as connection:
        for post, text in zip(found, texts, strict=True):
            await connection.execute(update(posts).where(posts.c.id == post).values(text=text))


async def filed(database: Database) -> list[tuple[str, str]]:
    statement = select(post_topics.c.topic, posts.c.title).select_from(post_topics.join(posts)).order_by(posts.c.title)
    async with database.read() as connection:
        return [(row.topic, row.title) for row in await connection.execute(statement)]


async def test_a_topic_is_made_of_words_and_files_what_is_there(own: Talk, seeds: Seeds, sqlite: Database) -> None:
    await told(seeds, "About RAG", "Retrieval-augmented generation", "A vacuum RAG", "Nothing")

    text = await own.type('/tidings topic create rag "retrieval augmented generation" rag -vacuum')

    assert text == "rag is a topic here now: it has 2 of the 4 posts of the last 30 days. `/subscribe rag` follows it."
    assert await filed(sqlite) == [("rag", "About RAG"), ("rag", "Retrieval-augmented generation")]
    assert "Following rag here." in await own.press("Follow rag here")
    assert own.titles == ["Retrieval-augmented generation", "About RAG"]


async def test_it_is_known_in_its_workspace_only(own: Talk, seeds: Seeds) -> None:
    await own.type("/tidings topic create rag rag")

    assert "One suffices: rag." in await own.type("/tidings topic show rag")
    assert "There is no topic rag" in await own.type("/tidings topic show rag", where=ELSEWHERE)


async def test_an_edit_files_anew_and_announces_nothing(own: Talk, seeds: Seeds, sqlite: Database) -> None:
    await told(seeds, "About RAG", "About agents")
    await own.type("/tidings topic create rag rag")

    text = await own.type("/tidings topic edit rag agents")

    assert text.startswith("rag was changed; nothing is announced by that: it has 1 of the 2 posts")
    assert await filed(sqlite) == [("rag", "About agents")]


async def test_an_edit_without_words_is_a_form_with_those_there_are(own: Talk, seeds: Seeds) -> None:
    await own.type('/tidings topic create rag "two words" rag -vacuum')
    await own.type("/tidings topic edit rag")

    assert own.last.form is not None
    assert own.last.form.fields[0].value == '"two words" rag -vacuum'
    assert "rag was changed" in await own.press("Save", terms="agents")
    assert "One suffices: agents." in await own.type("/tidings topic show rag")


async def test_a_topic_that_takes_more_than_a_third_is_asked_about(own: Talk, seeds: Seeds, sqlite: Database) -> None:
    await told(seeds, *[f"The {n}" for n in range(40)])

    text = await own.type("/tidings topic create all the")

    assert text == "all would have 40 of the last 40 posts, more than a third. Nothing was saved."
    assert await filed(sqlite) == []
    assert "all is a topic here now: it has 40 of the 40 posts" in await own.press("Save anyway")


async def test_a_topic_of_ours_lies_over_a_built_in_one_and_gives_way_again(own: Talk, seeds: Seeds) -> None:
    await own.type("/tidings topic create nlp grammar")
    assert "nlp (this workspace)" in await own.type("/tidings topic show nlp")

    await own.type("/subscribe nlp")
    assert await own.type("/tidings topic delete nlp") == "The topic nlp of this workspace is gone."
    assert "NLP (built in)" in await own.type("/tidings topic show nlp")


async def test_a_topic_that_is_followed_is_not_deleted(own: Talk, seeds: Seeds) -> None:
    await own.type("/tidings topic create rag rag")
    await own.type("/subscribe rag")

    assert await own.type("/tidings topic delete rag") == "1 channel follows rag; unsubscribe there first."
    await own.type("/unsubscribe rag")
    assert "is gone" in await own.type("/tidings topic delete rag")
    assert "There is no topic rag" in await own.type("/tidings topic delete rag")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("create", "Give it a name and words"),
        ("create R*G rag", "cannot be a topic's name"),
        ("create rag --", "-- has no letter or digit, so it cannot be a term."),
        ("create rag re:/r.g/", "re:/r.g/ is a pattern, and a topic has words only."),
        ("create rag -rag", "needs at least one word or phrase"),
        ("create rag " + " ".join(f"w{n}" for n in range(51)), "may have 50 terms, this one has 51"),
        ("edit nlp x", "NLP is built in and stays as it is"),
        ("edit nothing x", "There is no topic nothing."),
        ("delete nlp", "NLP is built in"),
        ("show", "Say which topic"),
    ],
)
async def test_what_cannot_be_is_answered_with_what_can(own: Talk, seeds: Seeds, typed: str, said: str) -> None:
    assert said in await own.type(f"/tidings topic {typed}")


async def test_there_is_a_limit_and_rights(own: Talk, seeds: Seeds) -> None:
    assert "people who may change this workspace" in await own.type("/tidings topic create x y", who=MEMBER)
    few = replace(own.desk, limits=replace(own.desk.limits, topics=1))
    limited = Talk(Commands(few), few, own.clock, own.discovery)
    await limited.type("/tidings topic create one one")

    assert "own are limited to 1;" in await limited.type("/tidings topic create two two")
    assert "There is a topic one of yours already" in await limited.type("/tidings topic create one uno")


async def test_who_changed_what_is_noted(own: Talk, seeds: Seeds, sqlite: Database) -> None:
    await own.type("/tidings topic create rag rag")
    await own.type("/tidings topic edit rag agents")
    await own.type("/tidings topic delete rag")

    async with sqlite.read() as connection:
        lines = (await connection.scalars(select(audit.c.what).order_by(audit.c.id))).all()
    assert lines == ["created topic rag: rag", "edited topic rag: agents", "deleted topic rag"]
