from datetime import timedelta

from sqlalchemy import update

from bot.domain.sending import Settlement
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.tables import subscriptions
from tests.clock import START, FakeClock
from tests.commands.conftest import Talk
from tests.seeds import NLP, RUST, Seeds

LEASE = timedelta(seconds=90)


async def settle(database: Database, state: str, why: str = "") -> None:
    outbox = SqlOutbox(database)
    message = (await outbox.claim([NLP], START, LEASE))[NLP]
    settlement = Settlement(message=message.id, attempt=message.attempt, state=state, why=why, ref=message.id)
    await outbox.settle([settlement], START + timedelta(seconds=2))


async def test_it_counts_what_became_of_the_channel_s_messages(
    talk: Talk, seeds: Seeds, sqlite: Database, clock: FakeClock
) -> None:
    await talk.type("/subscribe nlp")
    await seeds.announce("One", "Two", "Three", "Four")
    await settle(sqlite, "sent")
    await settle(sqlite, "dead", "Slack refused its blocks")
    await settle(sqlite, "unknown", "history cannot be read")
    clock.pass_time(60)

    text = await talk.type("/tidings status")

    assert "1 message sent, 1 waiting (the oldest for 60 s), 1 of unknown end, 1 failed." in text
    assert "0 lost, 0 doubled since 2026-11-02." in text
    assert "half within 2.0 s, 95 % within 2.0 s" in text
    assert "“Two” could not be sent: Slack refused its blocks." in text
    assert "“Three” may or may not have arrived: history cannot be read." in text


async def test_a_person_decides_about_what_failed(talk: Talk, seeds: Seeds, sqlite: Database) -> None:
    await talk.type("/subscribe nlp")
    await seeds.announce("One", "Two")
    await settle(sqlite, "dead")
    await settle(sqlite, "unknown")
    await talk.type("/tidings status")

    await talk.press("Send again: Two")
    assert await seeds.states() == {"One": "dead", "Two": "pending"}
    await talk.type("/tidings status")
    await talk.press("Drop: One")
    assert await seeds.states() == {"One": "cancelled", "Two": "pending"}


async def test_another_channel_s_message_is_nobody_s_business_here(talk: Talk, seeds: Seeds, sqlite: Database) -> None:
    await talk.type("/subscribe nlp")
    await seeds.announce("One")
    await settle(sqlite, "dead")
    await talk.type("/tidings status")
    actions = [button.action for button in talk.last.buttons]

    for action in actions:
        assert "needs no decision" in await talk.type(action, where=RUST)
    assert await seeds.states() == {"One": "dead"}


async def test_a_channel_without_messages_says_so(talk: Talk) -> None:
    assert "Nothing was sent here so far." in await talk.type("/tidings status")


async def test_a_row_that_does_not_add_up_is_counted_as_lost(talk: Talk, seeds: Seeds, sqlite: Database) -> None:
    await talk.type("/subscribe nlp")
    await seeds.announce("One")
    async with sqlite.write() as connection:
        await connection.exec_driver_sql("UPDATE messages SET state = 'sent'")

    assert "1 lost, 0 doubled" in await talk.type("/tidings status")


async def test_it_names_a_subscription_that_cannot_be_read_any_more(talk: Talk, sqlite: Database) -> None:
    await talk.type("/subscribe nlp")
    assert "gets nothing" not in await talk.type("/tidings status")
    async with sqlite.write() as connection:
        await connection.execute(update(subscriptions).values(filters=['title:"open']))

    assert "gets nothing: " in await talk.type("/tidings status")
