from sqlalchemy import delete, func, select

from bot.domain.following import Ask
from bot.domain.model import Channel, FollowsTopic, Strictness, SubscriptionId
from bot.domain.muting import Mute
from bot.domain.own_topics import OwnRules
from bot.domain.tuning import Tuning
from bot.domain.wishes import What
from bot.store.database import Database
from bot.store.feedback import SqlFeedback
from bot.store.mutes import SqlMutes
from bot.store.own_topics import SqlOwnTopics
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import wish_changes
from bot.store.versions import KEPT, bump
from bot.store.wishes import SqlWishBook
from tests.clock import START

HERE = Channel(platform="room", workspace="demo", id="nlp")


async def follow(database: Database, slug: str, strictness: Strictness = Strictness.NORMAL) -> SubscriptionId:
    ask = Ask(follows=FollowsTopic(slug=slug), strictness=strictness)
    [done] = await SqlSubscriptions(database).subscribe(HERE, [ask], by="U1", now=START, limit=50)
    return done.subscription.id


async def read(book: SqlWishBook) -> list[tuple[object, Strictness]]:
    return [(one.follows, one.strictness) for one in (await book.wishes()).subscriptions]


async def test_what_is_added_changed_and_ended_is_read_again(database: Database) -> None:
    book = SqlWishBook(database)
    nlp, rust = FollowsTopic(slug="nlp"), FollowsTopic(slug="rust")
    await follow(database, "nlp")
    first = await follow(database, "rust")
    assert await read(book) == [(nlp, Strictness.NORMAL), (rust, Strictness.NORMAL)]

    await follow(database, "nlp", Strictness.STRICT)
    assert await read(book) == [(nlp, Strictness.STRICT), (rust, Strictness.NORMAL)]

    await SqlSubscriptions(database).unsubscribe(HERE, [first], START)
    assert await read(book) == [(nlp, Strictness.STRICT)]


async def test_only_what_has_changed_since_is_read(database: Database) -> None:
    book, subscriptions = SqlWishBook(database), SqlSubscriptions(database)
    nlp, rust = await follow(database, "nlp"), await follow(database, "rust")
    before = await book.version()
    await follow(database, "nlp", Strictness.STRICT)
    await subscriptions.unsubscribe(HERE, [rust], START)

    changes = await book.changes(before)

    assert changes is not None
    assert [(one.id, one.strictness) for one in changes.subscriptions] == [(nlp, Strictness.STRICT)]
    assert changes.ended == {rust}
    assert (changes.mutes, changes.tunings, changes.topics) == (None, None, None)
    assert changes.version == before + 2


async def test_mutes_tunings_and_topics_are_read_where_they_have_changed(database: Database) -> None:
    book = SqlWishBook(database)
    before = await book.version()
    mute = Mute(workspace="room:demo", channel=HERE, kind="word", target="x", created_by="U1", created_at=START)
    await SqlMutes(database).add(mute, HERE)
    tuning = Tuning(channel=HERE, topic="nlp", terms={"openai": "weak"})
    await SqlFeedback(database).tune(tuning, by="U1", now=START)
    rules = OwnRules(strong=("rag",))
    await SqlOwnTopics(database).put("room:demo", "rag", rules, by="U1", now=START, limit=9)

    changes = await book.changes(before)

    assert changes is not None
    assert changes.mutes is not None
    assert changes.topics is not None
    assert [one.target for one in changes.mutes] == ["x"]
    assert changes.tunings == (tuning,)
    assert [one.slug for one in changes.topics] == ["room:demo/rag"]
    assert changes.subscriptions == ()


async def test_a_version_that_left_no_word_of_what_it_changed_asks_for_everything(database: Database) -> None:
    """An older program beside this one makes the number grow and knows no such table."""
    book = SqlWishBook(database)
    await follow(database, "nlp")
    before = await book.version()
    await follow(database, "rust")
    async with database.write() as connection:
        await connection.execute(delete(wish_changes).where(wish_changes.c.version == before + 1))
    await follow(database, "go")

    assert await book.changes(before) is None
    assert await book.changes(before + 1) is not None
    assert await book.changes(-1) is None


async def test_who_missed_too_much_reads_everything_and_old_words_go(database: Database) -> None:
    book = SqlWishBook(database)
    await follow(database, "nlp")
    first = await book.version()
    async with database.write() as connection:
        for _ in range(KEPT):
            await bump(connection, What.FEEDS)

    assert await book.changes(first) is None
    assert await book.changes(first + 1) is not None
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(wish_changes)) == KEPT
