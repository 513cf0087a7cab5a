"""Own topics, votes and tunings, on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.model import AnnouncementId
from bot.domain.own_topics import OwnRules
from bot.domain.tuning import Tuning
from bot.store.archive import PAGE
from bot.store.database import Database
from bot.store.feedback import SqlFeedback
from bot.store.own_topics import SqlOwnTopics
from bot.store.tables import announcements, post_topics, posts
from bot.store.wishes import SqlWishBook
from tests.clock import START
from tests.seeds import NLP, RUST, Seeds

HERE = "room:demo"
RAG = OwnRules(strong=("retrieval augmented generation", "rag"), against=("vacuum",))
SINCE = START - timedelta(days=30)


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


async def test_an_own_topic_reaches_the_judge_under_its_workspace(database: Database, seeds: Seeds) -> None:
    own = SqlOwnTopics(database)
    await own.put(HERE, "rag", RAG, by="ann", now=START, limit=9)
    before = (await SqlWishBook(database).wishes()).version
    await own.put(HERE, "rag", OwnRules(strong=("agents",)), by="ann", now=START, limit=1)

    wishes = await SqlWishBook(database).wishes()
    assert wishes.version > before
    assert [(one.slug, one.terms["strong"]) for one in wishes.topics] == [("room:demo/rag", ("agents",))]
    assert await own.find(HERE, "rag") == OwnRules(strong=("agents",))
    assert await own.find("room:other", "rag") is None


async def test_the_whole_archive_is_matched_page_by_page(database: Database, seeds: Seeds) -> None:
    await seeds.posts([f"About RAG {n}" for n in range(PAGE + 7)], await seeds.feed())
    await seeds.posts(["RAG of others"], await seeds.feed(workspace="slack:T9"))
    (old,) = await seeds.posts(["RAG long ago"])
    async with database.write() as connection:
        long_ago = START - timedelta(days=99)
        await connection.execute(update(posts).where(posts.c.id == old).values(sort_at=long_ago))
    own = SqlOwnTopics(database)

    assert await own.share(HERE, "rag", RAG, SINCE) == (PAGE + 7, PAGE + 7)
    await own.put(HERE, "rag", RAG, by="ann", now=START, limit=9)
    assert await own.rematch(HERE, "rag", SINCE) == PAGE + 7
    assert await own.rematch(HERE, "rag", SINCE) == PAGE + 7

    async with database.read() as connection:
        rows = (await connection.execute(select(post_topics))).all()
    assert len(rows) == PAGE + 7
    assert {(row.workspace, row.topic, row.strictness) for row in rows} == {(HERE, "rag", "strict")}
    assert await own.delete(HERE, "rag", by="ann", now=START)
    assert not await own.delete(HERE, "rag", by="ann", now=START)
    async with database.read() as connection:
        assert (await connection.execute(select(post_topics))).all() == []


async def test_votes_are_counted_for_their_channel_and_topic(database: Database, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.announce("A")
    async with database.write() as connection:
        await connection.execute(update(announcements).values(topic="nlp"))
        row = (await connection.execute(select(announcements.c.id, announcements.c.post_id))).one()
    await seeds.topic([row.post_id])
    feedback, one = SqlFeedback(database), AnnouncementId(row.id)

    assert await feedback.vote(one, NLP, "ann", START) == "nlp"
    assert await feedback.vote(one, NLP, "ann", START) == "nlp"
    assert await feedback.vote(one, NLP, "bob", START) == "nlp"
    assert await feedback.vote(one, RUST, "ann", START) is None

    assert len(await feedback.ballots(NLP, "nlp")) == 2
    assert await feedback.ballots(NLP, "rust") == []


async def test_a_tuning_is_kept_changed_and_undone(database: Database, seeds: Seeds) -> None:
    feedback = SqlFeedback(database)
    first = Tuning(channel=NLP, topic="nlp", terms={"openai": "weak"})
    second = Tuning(channel=NLP, topic="nlp", terms={"openai": "off", "gpt": "medium"})

    await feedback.tune(first, by="ann", now=START)
    await feedback.tune(second, by="ann", now=START)

    assert await feedback.tunings(NLP) == {"nlp": {"openai": "off", "gpt": "medium"}}
    assert (await SqlWishBook(database).wishes()).tunings == (second,)
    await feedback.tune(Tuning(channel=NLP, topic="nlp"), by="ann", now=START)
    assert await feedback.tunings(NLP) == {}
