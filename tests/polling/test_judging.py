from sqlalchemy import insert

from bot.domain.following import Ask
from bot.domain.model import Channel, Feed, FeedId, FollowsTopic, Post, PostId
from bot.domain.own_topics import OwnRules
from bot.domain.topic_file import read_topics
from bot.domain.tuning import Tuning
from bot.polling.judging import WishJudge
from bot.store.database import Database
from bot.store.feedback import SqlFeedback
from bot.store.own_topics import SqlOwnTopics
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import mutes
from bot.store.versions import bump
from bot.store.wishes import SqlWishBook
from tests.clock import START

TOPICS = """
topics:
  ai: {name: AI, strong: [machine learning]}
  nlp: {name: NLP, parent: ai, strong: [word2vec, large language model]}
"""
HERE = Channel(platform="room", workspace="demo", id="nlp")
FEED = Feed(id=FeedId(1), url="https://blog.example.org/feed", next_poll_at=START)


def a_post(title: str) -> Post:
    return Post(id=PostId("p"), feed_id=FEED.id, title=title, url=None, summary="", first_seen=START)


def judge_of(database: Database) -> WishJudge:
    return WishJudge(read_topics(TOPICS, "topics.yaml"), SqlWishBook(database))


async def follow(database: Database, slug: str) -> None:
    await SqlSubscriptions(database).subscribe(
        HERE, [Ask(follows=FollowsTopic(slug=slug))], by="U1", now=START, limit=50
    )


async def test_a_subscription_made_elsewhere_is_seen_after_a_refresh(database: Database) -> None:
    judge = judge_of(database)
    await judge.refresh()
    before = judge.version
    await follow(database, "nlp")

    await judge.refresh()

    wants = judge.judge(a_post("A word2vec of one's own, for beginners"), FEED, {""}).wants
    assert [(want.channel, want.topics) for want in wants] == [(HERE, ("NLP",))]
    assert judge.version > before


async def test_a_post_is_filed_under_its_topic_and_the_parent(database: Database) -> None:
    judge = judge_of(database)
    await judge.refresh()

    filed = judge.judge(a_post("What a large language model is"), FEED, {""}).topics

    assert {(one.workspace, one.match.topic) for one in filed} == {("", "nlp"), ("", "ai")}
    assert all(one.revision for one in filed)


async def test_a_post_of_another_workspace_is_not_wanted_here(database: Database) -> None:
    judge = judge_of(database)
    await follow(database, "nlp")
    await judge.refresh()

    judged = judge.judge(a_post("A word2vec of one's own"), FEED, {"room:other"})

    assert judged.wants == ()
    assert {one.match.topic for one in judged.topics} == {"nlp", "ai"}


async def test_a_muted_word_keeps_a_post_out(database: Database) -> None:
    judge = judge_of(database)
    await follow(database, "nlp")
    async with database.write() as connection:
        row = {"platform": "room", "workspace": "demo", "kind": "word", "target": "beginners"}
        await connection.execute(insert(mutes).values(**row, created_by="U1", created_at=START))
        await bump(connection)

    await judge.refresh()

    assert judge.judge(a_post("A word2vec for beginners"), FEED, {""}).wants == ()
    assert len(judge.judge(a_post("A word2vec for experts"), FEED, {""}).wants) == 1


async def test_what_is_taken_in_bit_by_bit_is_what_a_fresh_start_reads(database: Database) -> None:
    judge, subscriptions = judge_of(database), SqlSubscriptions(database)
    await judge.refresh()
    for slug in ("nlp", "ai"):
        await follow(database, slug)
        await judge.refresh()
    tuning = Tuning(channel=HERE, topic="ai", terms={"machine learning": "off"})
    await SqlFeedback(database).tune(tuning, by="U1", now=START)
    await judge.refresh()
    nlp, _ = await subscriptions.of_channel(HERE)
    await subscriptions.unsubscribe(HERE, [nlp.id], START)
    await SqlOwnTopics(database).put("room:demo", "ai", OwnRules(strong=("word2vec",)), by="U1", now=START, limit=9)
    await judge.refresh()
    fresh = judge_of(database)
    await fresh.refresh()

    for title in ("Machine learning", "A word2vec of one's own", "What a large language model is"):
        assert judge.judge(a_post(title), FEED, {""}) == fresh.judge(a_post(title), FEED, {""})
    assert judge.version == fresh.version
    assert [want.topics for want in fresh.judge(a_post("A word2vec"), FEED, {""}).wants] == [("ai",)]
