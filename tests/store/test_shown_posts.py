from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.domain.following import Interest
from bot.domain.message import Announcement
from bot.domain.model import FeedId, FollowsFeed, FollowsTopic, Strictness
from bot.domain.own_topics import OwnRules
from bot.store.database import Database
from bot.store.own_topics import SqlOwnTopics
from bot.store.shown_posts import SqlPosts
from tests.clock import START
from tests.seeds import Seeds

ROOM = "room:demo"
NLP = Interest(follows=FollowsTopic(slug="nlp"))
STRICTLY = Interest(follows=FollowsTopic(slug="nlp"), strictness=Strictness.STRICT)
WIDELY = Interest(follows=FollowsTopic(slug="nlp"), strictness=Strictness.WIDE)


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


@pytest.fixture
def posts(database: Database) -> SqlPosts:
    return SqlPosts(database)


def titles(found: Sequence[Announcement]) -> list[str]:
    return [card.post.title for card in found]


async def test_the_newest_come_first_in_pages(posts: SqlPosts, seeds: Seeds) -> None:
    await seeds.posts(["one", "two", "three"])

    assert titles(await posts.latest(ROOM, None, limit=2)) == ["three", "two"]
    assert titles(await posts.latest(ROOM, None, limit=2, offset=2)) == ["one"]


async def test_a_card_shows_the_blog_and_the_topics(posts: SqlPosts, seeds: Seeds) -> None:
    feed = await seeds.feed(title="<antirez>")
    found = await seeds.posts(["On vectors"], feed=feed)
    await seeds.topic(found, "nlp")
    await seeds.topic(found, "databases", "wide")

    (card,) = await posts.latest(ROOM, [NLP], limit=5)

    assert (card.blog, card.topics, card.topic) == ("<antirez>", ("nlp",), "nlp")
    assert (card.post.title, card.post.summary) == ("On vectors", "About On vectors.")


async def test_a_subscription_s_strictness_is_obeyed(posts: SqlPosts, seeds: Seeds) -> None:
    wide, normal, strict = await seeds.posts(["wide", "normal", "strict"])
    for post, level in ((wide, "wide"), (normal, "normal"), (strict, "strict")):
        await seeds.topic([post], "nlp", level)

    assert titles(await posts.latest(ROOM, [WIDELY], limit=5)) == ["strict", "normal", "wide"]
    assert titles(await posts.latest(ROOM, [NLP], limit=5)) == ["strict", "normal"]
    assert titles(await posts.latest(ROOM, [STRICTLY], limit=5)) == ["strict"]
    assert [await posts.count(ROOM, [one], START) for one in (WIDELY, NLP, STRICTLY)] == [3, 2, 1]


async def test_a_workspace_sees_shared_posts_and_its_own_only(posts: SqlPosts, seeds: Seeds) -> None:
    for workspace, title in (("", "shared"), (ROOM, "ours"), ("slack:T1", "theirs")):
        await seeds.topic(await seeds.posts([title], feed=await seeds.feed(workspace=workspace)), "nlp")

    assert set(titles(await posts.latest(ROOM, None, limit=5))) == {"shared", "ours"}
    assert set(titles(await posts.latest(ROOM, [NLP], limit=5))) == {"shared", "ours"}
    assert await posts.count(ROOM, [NLP], START) == 2


async def test_a_followed_feed_shows_its_posts_whatever_their_topic(posts: SqlPosts, seeds: Seeds) -> None:
    feed = FeedId(await seeds.feed(workspace="nobody"))
    await seeds.posts(["followed"], feed=feed)
    await seeds.topic(await seeds.posts(["of the topic"]), "nlp")
    await seeds.posts(["neither"])
    interests = [NLP, Interest(follows=FollowsFeed(feed_id=feed))]

    assert set(titles(await posts.latest(ROOM, interests, limit=5))) == {"followed", "of the topic"}
    assert await posts.count(ROOM, interests, START) == 2


async def test_a_story_seen_through_two_feeds_is_shown_and_counted_once(posts: SqlPosts, seeds: Seeds) -> None:
    (first,) = await seeds.posts(["the story"])
    (second,) = await seeds.posts(["the story, elsewhere"], story=first)
    await seeds.topic([first, second], "nlp")

    assert len(await posts.latest(ROOM, [NLP], limit=5)) == 1
    assert await posts.count(ROOM, [NLP], START) == 1


async def test_only_what_is_new_enough_is_counted(posts: SqlPosts, seeds: Seeds) -> None:
    await seeds.posts(["one", "two", "three"])

    assert await posts.count(ROOM, None, START + timedelta(seconds=1)) == 2


async def test_no_interest_matches_nothing(posts: SqlPosts, seeds: Seeds) -> None:
    await seeds.posts(["one"])

    assert await posts.latest(ROOM, [], limit=5) == []
    assert await posts.count(ROOM, [], START) == 0


async def test_an_own_topic_hides_the_built_in_one_of_its_name_in_its_workspace(
    posts: SqlPosts, seeds: Seeds, database: Database
) -> None:
    await SqlOwnTopics(database).put(ROOM, "nlp", OwnRules(strong=("grammar",)), by="U1", now=START, limit=9)
    await seeds.topic(await seeds.posts(["BERT"]), "nlp")
    await seeds.topic(await seeds.posts(["Grammar"]), "nlp", workspace=ROOM)

    assert titles(await posts.latest(ROOM, [NLP], limit=5)) == ["Grammar"]
    assert titles(await posts.latest("room:other", [NLP], limit=5)) == ["BERT"]
    assert await posts.count(ROOM, [NLP], START) == 1
    assert len(await posts.dated(ROOM, [NLP], START)) == 1
    assert {card.post.title: card.topics for card in await posts.latest(ROOM, None, limit=5)} == {
        "BERT": (),
        "Grammar": ("nlp",),
    }

    await SqlOwnTopics(database).delete(ROOM, "nlp", by="U1", now=START)
    assert titles(await posts.latest(ROOM, [NLP], limit=5)) == ["BERT"]
