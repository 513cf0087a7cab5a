from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite as dialect

from bot.domain.message import MessageKind
from bot.domain.sending import Settlement
from bot.store.database import Database
from bot.store.every_table import metadata
from bot.store.outbox import SqlOutbox, claim_heads
from tests.clock import START
from tests.contracts.outbox import LEASE, OutboxContract
from tests.seeds import NLP, Seeds, planned_announcement, planned_post


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    return SqlOutbox(database)


class TestSqlOutbox(OutboxContract):
    pass


async def test_a_dead_owner_s_messages_are_looked_at_at_once_and_resent_after_the_lag(
    outbox: SqlOutbox, seeds: Seeds
) -> None:
    await seeds.channel()
    (head,) = await seeds.announce("Head")
    await outbox.claim([NLP], START, LEASE)
    restart, lag = START + timedelta(seconds=2), timedelta(seconds=60)

    assert await outbox.take_over(restart, lag) == 1

    again = (await outbox.claim([NLP], restart, LEASE))[NLP]
    assert (again.id, again.attempt, again.doubt_until) == (head, 2, restart + lag)


async def test_what_became_of_a_message_reaches_its_announcements(
    outbox: SqlOutbox, seeds: Seeds, database: Database
) -> None:
    await seeds.channel()
    (head,) = await seeds.announce("Head")
    await outbox.claim([NLP], START, LEASE)

    await outbox.settle([Settlement(message=head, attempt=1, state="sent", ref="r1")], START)

    async with database.read() as connection:
        found = (await connection.execute(text("SELECT state FROM announcements"))).scalars().all()
    assert found == ["sent"]
    assert (await seeds.channel_row()).last_sent_at == START


async def test_an_edit_carries_what_its_target_shows(outbox: SqlOutbox, seeds: Seeds, database: Database) -> None:
    await seeds.channel()
    (head,) = await seeds.announce("Head")
    await outbox.claim([NLP], START, LEASE)
    await outbox.settle([Settlement(message=head, attempt=1, state="sent", ref="r1")], START)
    row = {"id": "e", "kind": MessageKind.EDIT, "due_at": START, "target": head, "created_at": START, "channel_id": 1}
    async with database.write() as connection:
        await connection.execute(metadata.tables["messages"].insert().values(**row))

    edit = (await outbox.claim([NLP], START, LEASE))[NLP]

    assert (edit.kind, edit.target) == (MessageKind.EDIT, "r1")
    assert [announcement.post.title for announcement in edit.announcements] == ["Head"]


async def test_a_story_seen_elsewhere_names_the_blogs_that_the_channel_may_see(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    (post,) = await seeds.posts(["Head"])
    await seeds.posts(["Head, again"], feed=await seeds.feed("Shared blog"), story=post)
    await seeds.posts(["Head, inside"], feed=await seeds.feed("Their blog", "room:other"), story=post)
    await seeds.posts(["Head, ours"], feed=await seeds.feed("Our blog", "room:demo"), story=post)
    await seeds.plan(planned_post(post))

    claimed = (await outbox.claim([NLP], START, LEASE))[NLP]

    assert set(claimed.announcements[0].also_at) == {"Shared blog", "Our blog"}


async def test_a_story_is_planned_once_for_a_channel(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    one, two = await seeds.posts(["One", "Two"])
    await seeds.plan(planned_post(one))

    await seeds.plan(planned_post(one), planned_post(two))

    assert await seeds.states() == {"One": "pending", "Two": "pending"}


async def test_a_digest_carries_many_and_grows_while_nobody_claimed_it(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    one, two = await seeds.posts(["One", "Two"])
    digest = replace(planned_post(one), kind=MessageKind.DIGEST, text="Your digest")
    await seeds.plan(digest)
    await seeds.plan(replace(digest, joins=True, announcements=(planned_announcement(two),)))

    claimed = (await outbox.claim([NLP], START, LEASE))[NLP]

    assert claimed.text == "Your digest"
    assert [announcement.post.title for announcement in claimed.announcements] == ["One", "Two"]


@pytest.mark.parametrize(
    "index", ["ix_messages_open", "ix_messages_flying", "SEARCH channels USING INTEGER PRIMARY KEY"]
)
async def test_a_claim_reads_through_its_indexes(sqlite: Database, index: str) -> None:
    """Neither 100,000 messages that wait nor 100,000 that were sent slow a claim."""
    statement = claim_heads([1, 2], START).compile(dialect=dialect.dialect(), compile_kwargs={"literal_binds": True})
    async with sqlite.read() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        steps = "\n".join(row.detail for row in plan)

    assert index in steps, steps
    assert "TEMP B-TREE" not in steps


DAY = timedelta(days=1)
KEEP = timedelta(days=30)


async def test_a_backlog_becomes_digests_in_its_order_and_digests_stay_small(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.announce(*(f"{number:02}" for number in range(30)))
    await seeds.announce("new", due_at=START + DAY, now=START + DAY)

    assert await outbox.tidy(START + DAY, KEEP) == 30
    assert await outbox.tidy(START + DAY, KEEP) == 0

    waiting = [name for name, state in (await seeds.states()).items() if state == "pending"]
    assert waiting == ["new", " + ".join(f"{n:02}" for n in range(25)), " + ".join(f"{n:02}" for n in range(25, 30))]
    first = (await outbox.claim([NLP], START + DAY, LEASE))[NLP]
    assert (first.kind, first.announcements[0].post.title) == (MessageKind.DIGEST, "00")


async def test_a_few_that_waited_stay_as_they_are(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.announce("a", "b", "c", "d", "e")

    assert await outbox.tidy(START + DAY, KEEP) == 0


async def test_what_was_attempted_is_not_rolled_up(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    head, *_ = await seeds.announce(*(f"{number}" for number in range(8)))
    await outbox.claim([NLP], START, LEASE)
    await outbox.settle([Settlement(message=head, attempt=1, state="pending")], START)

    await outbox.tidy(START + DAY, KEEP)

    claimed = await outbox.claim([NLP], START + DAY, LEASE)
    assert claimed[NLP].id == head


@pytest.mark.parametrize("state", ["paused", "closed"])
async def test_a_shut_channel_keeps_its_queue_for_thirty_days(outbox: SqlOutbox, seeds: Seeds, state: str) -> None:
    await seeds.channel()
    await seeds.announce(*(f"{number}" for number in range(8)))
    await seeds.change(NLP, state=state)

    assert await outbox.tidy(START + 30 * DAY, KEEP) == 0
    assert await outbox.tidy(START + 31 * DAY, KEEP) == 8
    assert set((await seeds.states()).values()) == {"cancelled"}


async def test_a_pause_that_is_over_ends_and_its_queue_comes_as_one_digest(outbox: SqlOutbox, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.announce(*(f"{number}" for number in range(8)))
    await seeds.change(NLP, state="paused", paused_until=START + 2 * DAY)

    assert await outbox.tidy(START + 2 * DAY - timedelta(seconds=1), KEEP) == 0
    assert await outbox.tidy(START + 2 * DAY, KEEP) == 8
    assert (await seeds.channel_row()).state == "active"
