"""A database that was put back from a backup floods no one."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.catching_up import is_put_back
from bot.domain.sending import Settlement
from bot.store.catch_up import ask_to_catch_up, catch_up, must_catch_up
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.pulse import Pulse, last_beat, witness_of, witnessed
from bot.store.tables import feeds
from tests.clock import START
from tests.seeds import NLP, RUST, Seeds

LATER = START + timedelta(days=3)
LEASE = timedelta(seconds=90)


@pytest.mark.parametrize(
    ("noted", "seen", "put_back"),
    [
        (START, LATER, True),
        (START, START + timedelta(minutes=1), False),
        (LATER, START, False),  # somebody touched the file's time
        (None, LATER, False),  # a new database beside an old file
        (START, None, False),  # a new machine
    ],
)
def test_a_database_older_than_its_witness_was_put_back(noted: object, seen: object, put_back: bool) -> None:
    assert is_put_back(noted, seen) is put_back  # type: ignore[arg-type]


async def test_a_beat_is_noted_inside_and_beside_the_database(database: Database, tmp_path: Path) -> None:
    witness = witness_of(tmp_path / "tidings.db")
    assert (await last_beat(database), witnessed(witness)) == (None, None)
    pulse = Pulse(database, witness)
    for now in (START, LATER):
        await pulse.beat(now)

    assert (await last_beat(database), witnessed(witness)) == (LATER, LATER)
    assert pulse.health().ok


async def test_what_the_feeds_brought_since_is_known_and_not_announced(database: Database) -> None:
    await Seeds(database).feed()
    async with database.write() as connection:
        await connection.execute(update(feeds).values(last_good_poll=START))

    assert await catch_up(database, LATER) == (1, 0)

    async with database.read() as connection:
        assert await connection.scalar(select(feeds.c.last_good_poll)) is None


async def test_what_waited_is_looked_for_before_it_is_sent(database: Database) -> None:
    seeds, outbox = Seeds(database), SqlOutbox(database)
    for channel in (NLP, RUST):
        await seeds.channel(channel)
    (sent,) = await seeds.announce("Sent")
    await outbox.claim([NLP], START, LEASE)
    await outbox.settle([Settlement(message=sent, attempt=1, state="sent", ref="r1")], START)
    await seeds.announce("Waiting")
    await seeds.announce("Flying", channel=RUST)
    await outbox.claim([RUST], START, LEASE)
    await seeds.announce("Not due", due_at=LATER + timedelta(days=1))

    assert await catch_up(database, LATER) == (4, 2)

    claimed = await outbox.claim([NLP, RUST], LATER, LEASE)
    assert {message.announcements[0].post.title for message in claimed.values()} == {"Waiting", "Flying"}
    for message in claimed.values():
        # In doubt: look from when it was due on, and believe what is not there.
        assert message.doubt_until is not None
        assert message.doubt_until <= LATER
        assert message.first_attempt_at == START
    assert await seeds.states() == {"Sent": "sent", "Waiting": "sending", "Flying": "sending", "Not due": "pending"}


async def test_it_is_asked_for_once(database: Database) -> None:
    assert not await must_catch_up(database)
    await ask_to_catch_up(database, START)
    assert await must_catch_up(database)

    await catch_up(database, LATER)

    assert not await must_catch_up(database)
