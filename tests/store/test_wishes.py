from bot.domain.following import Ask
from bot.domain.model import Channel, FollowsTopic, Strictness, SubscriptionId
from bot.store.database import Database
from bot.store.subscriptions import SqlSubscriptions
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


async def test_what_did_not_change_is_not_made_again(database: Database) -> None:
    book = SqlWishBook(database)
    await follow(database, "nlp")
    [before] = (await book.wishes()).subscriptions
    await follow(database, "rust")

    assert (await book.wishes()).subscriptions[0] is before
