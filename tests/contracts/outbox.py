"""What every outbox promises: the sentences of bot.ports.Outbox, executed."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.keys import message_key, publishing_of
from bot.domain.message import MessageKind
from bot.domain.model import Channel
from bot.domain.sending import Hold, Settlement
from bot.ports.outbox import Outbox
from tests.clock import START
from tests.seeds import NLP, RUST, Seeds

LEASE = timedelta(seconds=90)
SECOND = timedelta(seconds=1)


class OutboxContract:
    """Subclass it with fixtures `outbox` and `seeds` (on one database)."""

    @pytest.fixture(autouse=True)
    async def _channels(self, seeds: Seeds) -> None:
        await seeds.channel(NLP)
        await seeds.channel(RUST)

    async def test_a_claim_gives_the_head_of_each_channel_with_all_it_shows(self, outbox: Outbox, seeds: Seeds) -> None:
        first, _second = await seeds.announce("First", "Second")
        await seeds.announce("Other", channel=RUST)

        claimed = await outbox.claim([NLP, RUST], START, LEASE)

        assert {channel.id: message.announcements[0].post.title for channel, message in claimed.items()} == {
            "nlp": "First",
            "rust": "Other",
        }
        message = claimed[NLP]
        assert (message.id, message.key, message.attempt) == (first, message_key(first), 1)
        assert message.doubt_until is None
        assert message.first_attempt_at == START
        assert message.lease_until == START + LEASE
        shown = message.announcements[0]
        assert (shown.blog, shown.topics, shown.topic) == ("A blog", ("Natural language processing",), "nlp")

    async def test_a_channel_has_one_message_in_flight(self, outbox: Outbox, seeds: Seeds) -> None:
        await seeds.announce("First", "Second")
        await outbox.claim([NLP], START, LEASE)

        assert await outbox.claim([NLP], START + LEASE - SECOND, LEASE) == {}
        assert await outbox.due_channels(["room"], START + LEASE - SECOND, 10) == []

    async def test_two_claimers_never_get_the_same_message(self, outbox: Outbox, seeds: Seeds) -> None:
        wanted = [Channel(platform="room", workspace="demo", id=f"c{number}") for number in range(10)]
        for channel in wanted:
            await seeds.channel(channel)
            await seeds.announce(channel.id, channel=channel)

        claims = await asyncio.gather(*(outbox.claim(wanted, START, LEASE) for _ in range(8)))

        got = [message.id for claim in claims for message in claim.values()]
        assert len(got) == len(set(got)) == 10

    async def test_what_is_not_due_waits_and_does_not_hold_what_is(self, outbox: Outbox, seeds: Seeds) -> None:
        await seeds.announce("Tomorrow", due_at=START + timedelta(days=1))
        await seeds.announce("Now")

        claimed = await outbox.claim([NLP], START, LEASE)

        assert claimed[NLP].announcements[0].post.title == "Now"

    async def test_nothing_overtakes_a_head_that_backs_off(self, outbox: Outbox, seeds: Seeds) -> None:
        head, _next = await seeds.announce("Head", "Next")
        await outbox.claim([NLP], START, LEASE)
        later = START + timedelta(minutes=5)
        await outbox.settle([Settlement(message=head, attempt=1, state="pending", retry_at=later)], START)

        assert await outbox.claim([NLP], later - SECOND, LEASE) == {}
        assert (await outbox.claim([NLP], later, LEASE))[NLP].id == head

    async def test_a_lease_that_ran_out_is_claimed_again_in_doubt(self, outbox: Outbox, seeds: Seeds) -> None:
        (head,) = await seeds.announce("Head")
        await outbox.claim([NLP], START, LEASE)

        assert await outbox.due_channels(["room"], START + LEASE, 10) == [NLP]
        again = (await outbox.claim([NLP], START + LEASE, LEASE))[NLP]

        assert (again.id, again.attempt, again.doubt_until) == (head, 2, START + LEASE)
        assert again.first_attempt_at == START

    async def test_an_unknown_is_claimed_again_when_its_look_is_due(self, outbox: Outbox, seeds: Seeds) -> None:
        (head,) = await seeds.announce("Head")
        await outbox.claim([NLP], START, LEASE)
        doubt, look = START + timedelta(seconds=60), START + timedelta(seconds=5)
        unknown = Settlement(message=head, attempt=1, state="unknown", retry_at=look, doubt_until=doubt)
        await outbox.settle([unknown], START)

        assert await outbox.claim([NLP], look - SECOND, LEASE) == {}
        assert (await outbox.claim([NLP], look, LEASE))[NLP].doubt_until == doubt

    async def test_a_parked_unknown_does_not_hold_its_channel(self, outbox: Outbox, seeds: Seeds) -> None:
        head, _next = await seeds.announce("Head", "Next")
        await outbox.claim([NLP], START, LEASE)
        await outbox.settle([Settlement(message=head, attempt=1, state="unknown", why="no history")], START)

        assert (await outbox.claim([NLP], START, LEASE))[NLP].announcements[0].post.title == "Next"

    @pytest.mark.parametrize("state", ["sent", "dead", "cancelled"])
    async def test_a_settled_head_frees_its_channel(self, outbox: Outbox, seeds: Seeds, state: str) -> None:
        head, _next = await seeds.announce("Head", "Next")
        await outbox.claim([NLP], START, LEASE)

        await outbox.settle([Settlement(message=head, attempt=1, state=state, ref="r1", why="so")], START)

        assert await seeds.states() == {"Head": state, "Next": "pending"}
        assert (await outbox.claim([NLP], START, LEASE))[NLP].announcements[0].post.title == "Next"

    async def test_an_older_attempt_cannot_overwrite_a_newer_one(self, outbox: Outbox, seeds: Seeds) -> None:
        (head,) = await seeds.announce("Head")
        await outbox.claim([NLP], START, LEASE)
        await outbox.claim([NLP], START + LEASE, LEASE)

        late = Settlement(message=head, attempt=1, state="dead", why="late", closes="channel")
        await outbox.settle([late], START + LEASE)

        assert await seeds.states() == {"Head": "sending"}
        assert (await seeds.channel_row()).state == "active"

    async def test_what_is_settled_stays_settled(self, outbox: Outbox, seeds: Seeds) -> None:
        (head,) = await seeds.announce("Head")
        await outbox.claim([NLP], START, LEASE)
        await outbox.settle([Settlement(message=head, attempt=1, state="sent", ref="r1")], START)

        await outbox.settle([Settlement(message=head, attempt=1, state="pending")], START)

        assert await seeds.states() == {"Head": "sent"}
        assert await seeds.column("ref", head) == "r1"

    @pytest.mark.parametrize("state", ["paused", "closed"])
    async def test_a_channel_that_is_not_active_keeps_its_queue(self, outbox: Outbox, seeds: Seeds, state: str) -> None:
        await seeds.announce("Head")
        await seeds.change(NLP, state=state)

        assert await outbox.claim([NLP], START, LEASE) == {}
        assert await outbox.due_channels(["room"], START, 10) == []

        await seeds.change(NLP, state="active")
        assert len(await outbox.claim([NLP], START, LEASE)) == 1

    async def test_a_pause_with_an_end_ends(self, outbox: Outbox, seeds: Seeds) -> None:
        await seeds.announce("Head")
        await seeds.change(NLP, state="paused", paused_until=START + LEASE)

        assert await outbox.claim([NLP], START, LEASE) == {}
        assert len(await outbox.claim([NLP], START + LEASE, LEASE)) == 1

    @pytest.mark.parametrize(
        ("scope", "held"), [("channel", {"rust", "far"}), ("workspace", {"far"}), ("platform", set())]
    )
    async def test_a_wait_holds_back_what_its_scope_says(
        self, outbox: Outbox, seeds: Seeds, scope: str, held: set[str]
    ) -> None:
        far = await seeds.channel(Channel(platform="room", workspace="elsewhere", id="far"))
        (head,) = await seeds.announce("Head")
        await seeds.announce("Rust", channel=RUST)
        await seeds.announce("Far", channel=far)
        await outbox.claim([NLP], START, LEASE)
        until = START + timedelta(seconds=30)
        hold = Hold(channel=NLP, scope=scope, until=until)  # type: ignore[arg-type]

        await outbox.settle([Settlement(message=head, attempt=1, state="pending", hold=hold)], START)

        assert {channel.id for channel in await outbox.due_channels(["room"], until - SECOND, 10)} == held
        assert len(await outbox.due_channels(["room"], until, 10)) == 3

    async def test_a_wait_is_never_shortened(self, outbox: Outbox, seeds: Seeds) -> None:
        (head,) = await seeds.announce("Head")
        await seeds.change(NLP, wait_until=START + timedelta(seconds=60))
        await seeds.change(NLP, wait_until=None)
        await outbox.claim([NLP], START, LEASE)
        await seeds.change(NLP, wait_until=START + timedelta(seconds=60))
        hold = Hold(channel=NLP, scope="channel", until=START + timedelta(seconds=30))

        await outbox.settle([Settlement(message=head, attempt=1, state="pending", hold=hold)], START)

        assert (await seeds.channel_row()).wait_until == START + timedelta(seconds=60)

    @pytest.mark.parametrize(("closes", "left"), [("channel", {"rust"}), ("workspace", set())])
    async def test_a_closed_channel_keeps_its_queue_and_says_why(
        self, outbox: Outbox, seeds: Seeds, closes: str, left: set[str]
    ) -> None:
        (head,) = await seeds.announce("Head")
        await seeds.announce("Rust", channel=RUST)
        await outbox.claim([NLP], START, LEASE)
        closing = Settlement(message=head, attempt=1, state="pending", why="It was archived.", closes=closes)  # type: ignore[arg-type]

        await outbox.settle([closing], START)

        assert {channel.id for channel in await outbox.due_channels(["room"], START, 10)} == left
        row = await seeds.channel_row()
        assert (row.state, row.why) == ("closed", "It was archived.")
        assert (await seeds.states())["Head"] == "pending"

    async def test_the_channel_that_waits_longest_comes_first(self, outbox: Outbox, seeds: Seeds) -> None:
        await seeds.announce("Later", due_at=START + SECOND)
        await seeds.announce("Sooner", channel=RUST)

        assert await outbox.due_channels(["room"], START + SECOND, 10) == [RUST, NLP]
        assert await outbox.due_channels(["room"], START + SECOND, 1) == [RUST]

    async def test_what_is_to_be_published_gets_one_message_that_points_to_it(
        self, outbox: Outbox, seeds: Seeds
    ) -> None:
        (head,) = await seeds.announce("Head")
        await outbox.claim([NLP], START, LEASE)
        shown = Settlement(message=head, attempt=1, state="sent", ref="r1", publish=True)

        await outbox.settle([shown], START)
        await outbox.settle([shown], START)
        step = (await outbox.claim([NLP], START, LEASE))[NLP]

        assert (step.kind, step.target, step.id) == (MessageKind.PUBLISH, "r1", publishing_of(head))
        await outbox.settle([Settlement(message=step.id, attempt=1, state="sent", ref="r1")], START)
        assert await outbox.claim([NLP], START, LEASE) == {}

    async def test_an_attempt_that_is_no_longer_the_newest_publishes_nothing(
        self, outbox: Outbox, seeds: Seeds
    ) -> None:
        (head,) = await seeds.announce("Head")
        await outbox.claim([NLP], START, LEASE)
        late = Settlement(message=head, attempt=0, state="sent", ref="r1", publish=True)

        await outbox.settle([late], START)

        assert await outbox.claim([NLP], START, LEASE) == {}
