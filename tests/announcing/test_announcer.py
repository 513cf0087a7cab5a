"""The fault matrix, on one channel: whatever happens, each message is shown once, in order."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.channels import ChannelOptions
from bot.domain.errors import StoreBusy
from bot.domain.keys import new_id
from bot.domain.message import CannotLook, Message, MessageKind
from bot.domain.model import Channel, MessageId
from bot.domain.planning import PlannedMessage
from bot.domain.sending import Settlement
from bot.ports.chat import Pace
from bot.ports.outbox import Outbox
from bot.store.database import Database
from tests.announcing.bench import HASTY, Bench
from tests.clock import START, FakeClock
from tests.fakes.chat import Fault
from tests.seeds import NLP, RUST


@pytest.fixture
async def bench(sqlite: Database, clock: FakeClock) -> Bench:
    bench = Bench(sqlite, clock)
    await bench.seeds.channel()
    return bench


async def test_what_is_due_is_sent_in_order(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two", "Three")

    await bench.sweep()

    assert bench.chat.texts() == ["One", "Two", "Three"]
    assert await bench.seeds.states() == {"One": "sent", "Two": "sent", "Three": "sent"}
    assert bench.chat.looks == 0


async def test_a_lost_answer_is_looked_for_and_not_sent_again(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two")
    bench.chat.faults.append(Fault.LOST_ANSWER)

    await bench.sweep()
    assert await bench.seeds.states() == {"One": "unknown", "Two": "pending"}
    await bench.sweep(5)

    assert bench.chat.texts() == ["One", "Two"]
    assert await bench.seeds.states() == {"One": "sent", "Two": "sent"}


async def test_a_lost_request_is_sent_again_only_after_the_lag(bench: Bench) -> None:
    await bench.seeds.announce("One")
    bench.chat.faults.append(Fault.LOST_REQUEST)

    await bench.sweep()
    await bench.sweep(5)
    assert bench.chat.texts() == []
    await bench.sweep(54)
    assert bench.chat.texts() == []
    await bench.sweep(2)

    assert bench.chat.texts() == ["One"]
    assert len(bench.chat.requests) == 2


async def test_a_message_that_arrives_late_is_found_by_the_second_look(bench: Bench) -> None:
    await bench.seeds.announce("One")
    bench.chat.faults.append(Fault.LATE)

    await bench.sweep()
    await bench.sweep(5)
    bench.chat.arrive()
    await bench.sweep(60)

    assert bench.chat.texts() == ["One"]
    assert await bench.seeds.states() == {"One": "sent"}


@pytest.mark.parametrize(("fault", "requests"), [(Fault.HANG, 2), (Fault.POSTED_HANG, 1)])
async def test_no_answer_in_time_is_unknown(sqlite: Database, clock: FakeClock, fault: Fault, requests: int) -> None:
    bench = Bench(sqlite, clock, HASTY)
    await bench.seeds.channel()
    await bench.seeds.announce("One")
    bench.chat.faults.append(fault)

    await bench.sweep()
    assert await bench.seeds.states() == {"One": "unknown"}
    await bench.work_off(0.1)

    assert bench.chat.texts() == ["One"]
    assert len(bench.chat.requests) == requests


async def test_a_defect_of_the_adapter_is_unknown(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await bench.seeds.announce("One")
    bench.chat.faults.append(Fault.BREAK)

    await bench.sweep()
    assert await bench.seeds.states() == {"One": "unknown"}
    await bench.work_off(0.1)

    assert bench.chat.texts() == ["One"]
    assert "sending a message failed" in caplog.text


async def test_a_kill_while_sending_leaves_a_lease_and_then_a_look(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two")
    bench.chat.faults.append(Fault.POSTED_HANG)
    await bench.engine.wake("drain", str(NLP))
    await bench.chat.asked.wait()
    await bench.kill()

    bench.start()
    await bench.sweep(89)
    assert await bench.seeds.states() == {"One": "sending", "Two": "pending"}
    await bench.sweep(2)

    assert bench.chat.texts() == ["One", "Two"]
    assert bench.chat.looks == 1


async def test_a_refused_connection_backs_off_without_a_look(bench: Bench) -> None:
    await bench.seeds.announce("One")
    bench.chat.faults.extend([Fault.REFUSED, Fault.REFUSED])

    await bench.sweep()
    await bench.sweep(1)
    await bench.sweep(2)

    assert bench.chat.texts() == ["One"]
    assert bench.chat.looks == 0


async def test_a_wait_is_kept_to_and_survives_a_restart(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two")
    bench.chat.ask_to_wait(30)

    await bench.sweep()
    await bench.kill()
    bench.start()
    await bench.sweep(29)
    assert len(bench.chat.requests) == 1
    await bench.sweep(1)

    assert bench.chat.texts() == ["One", "Two"]
    assert bench.chat.looks == 0


async def test_a_wait_for_the_workspace_holds_its_other_channels(bench: Bench) -> None:
    await bench.seeds.channel(RUST)
    far = await bench.seeds.channel(Channel(platform="room", workspace="far", id="far"))
    await bench.seeds.announce("One")
    bench.chat.wait_scope = "workspace"
    bench.chat.ask_to_wait(30)
    await bench.sweep()

    await bench.seeds.announce("Rust", channel=RUST)
    await bench.seeds.announce("Far", channel=far)
    await bench.sweep(10)
    assert bench.chat.texts() == ["Far"]
    await bench.sweep(20)

    assert set(bench.chat.texts()) == {"Far", "One", "Rust"}


async def test_malformed_content_goes_out_plain_and_then_dies_and_frees_its_channel(bench: Bench) -> None:
    first, _ = await bench.seeds.announce("One", "Two")
    bench.chat.faults.extend([Fault.MALFORMED, Fault.MALFORMED])

    await bench.sweep()

    assert bench.chat.texts() == ["Two"]
    assert await bench.seeds.states() == {"One": "dead", "Two": "sent"}
    assert await bench.seeds.column("why", first) == "invalid blocks"
    assert len(bench.chat.requests) == 3


async def test_the_plain_form_saves_a_message(bench: Bench) -> None:
    (first,) = await bench.seeds.announce("One")
    bench.chat.faults.append(Fault.MALFORMED)

    await bench.sweep()

    assert bench.chat.texts() == ["One"]
    assert await bench.seeds.column("plain", first)


async def test_a_channel_that_is_gone_is_closed_at_the_first_answer(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two")
    bench.chat.close_channel()

    await bench.sweep()
    await bench.work_off(1)

    assert len(bench.chat.requests) == 1
    assert await bench.seeds.states() == {"One": "pending", "Two": "pending"}
    assert (await bench.seeds.channel_row()).why == "the channel is archived"


async def test_a_revoked_token_pauses_the_workspace_and_nothing_is_lost(bench: Bench) -> None:
    await bench.seeds.channel(RUST)
    await bench.seeds.announce("One")
    bench.chat.revoke()
    await bench.sweep()
    await bench.seeds.announce("Rust", channel=RUST)
    await bench.sweep(30)
    assert len(bench.chat.requests) == 1

    bench.chat.revoked = False
    for channel in (NLP, RUST):
        await bench.seeds.change(channel, state="active")
    await bench.sweep(30)

    assert set(bench.chat.texts()) == {"One", "Rust"}


@pytest.mark.parametrize(
    ("choice", "shown", "state"), [("skip", 1, "unknown"), ("ask", 1, "unknown"), ("resend", 2, "sent")]
)
async def test_where_nothing_can_be_looked_up_the_channel_chooses(
    sqlite: Database, clock: FakeClock, choice: str, shown: int, state: str
) -> None:
    bench = Bench(sqlite, clock)
    await bench.seeds.channel(options=ChannelOptions(on_unknown=choice))  # type: ignore[arg-type]
    await bench.seeds.announce("One", "Two")
    bench.chat.blind = CannotLook("no permission to read history")
    bench.chat.faults.append(Fault.LOST_ANSWER)

    await bench.work_off(0.2)

    assert bench.chat.texts().count("One") == shown
    assert await bench.seeds.states() == {"One": state, "Two": "sent"}


async def test_a_look_that_fails_for_now_is_repeated(bench: Bench) -> None:
    await bench.seeds.announce("One")
    bench.chat.blind = CannotLook("rate limited", for_now=True)
    bench.chat.faults.append(Fault.LOST_ANSWER)

    await bench.work_off(0.1)
    assert await bench.seeds.states() == {"One": "unknown"}
    bench.chat.blind = None
    await bench.work_off(0.2)

    assert bench.chat.texts() == ["One"]


async def test_a_chat_that_drops_second_copies_is_asked_again_without_a_look(bench: Bench) -> None:
    bench.chat.dedupes = True
    bench.chat.pace = Pace(channel=None, dedupes_for=timedelta(seconds=60))
    bench.start()
    await bench.seeds.announce("One")
    bench.chat.faults.extend([Fault.LOST_ANSWER, Fault.WAIT])

    await bench.sweep()
    await bench.sweep(5)
    assert await bench.seeds.states() == {"One": "unknown"}
    await bench.sweep(5)

    assert bench.chat.texts() == ["One"]
    assert (bench.chat.looks, len(bench.chat.requests)) == (0, 3)


async def test_after_that_time_it_looks(bench: Bench) -> None:
    bench.chat.pace = Pace(channel=None, dedupes_for=timedelta(seconds=60))
    bench.start()
    await bench.seeds.announce("One")
    bench.chat.faults.append(Fault.LOST_ANSWER)

    await bench.sweep()
    await bench.sweep(61)

    assert bench.chat.texts() == ["One"]
    assert (bench.chat.looks, len(bench.chat.requests)) == (1, 1)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1), timedelta(days=3650)])
async def test_a_clock_that_jumps_doubles_nothing(bench: Bench, jump: timedelta) -> None:
    await bench.seeds.announce("One", "Two")
    bench.chat.faults.append(Fault.LOST_ANSWER)
    await bench.sweep()

    await bench.sweep(jump)
    await bench.work_off(2)

    assert bench.chat.texts() == ["One", "Two"]


async def test_the_same_order_holds_through_every_fault(bench: Bench) -> None:
    titles = [f"Post {number}" for number in range(30)]
    await bench.seeds.announce(*titles)
    kinds = [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.REFUSED, Fault.WAIT, Fault.BREAK]
    bench.chat.faults.extend(kinds * 4)

    await bench.work_off(2)

    assert bench.chat.texts() == titles


async def test_edits_are_sent_again_without_a_look_and_cancelled_where_nothing_is_shown(bench: Bench) -> None:
    (first,) = await bench.seeds.announce("One")
    bench.chat.faults.extend([Fault.MALFORMED, Fault.MALFORMED])
    await bench.sweep()
    edit = PlannedMessage(
        id=MessageId(new_id()), channel=NLP, kind=MessageKind.EDIT, due_at=START, target=first, text="edit"
    )

    await bench.seeds.plan(edit)
    await bench.sweep()

    assert await bench.seeds.states() == {"One": "dead", "edit": "cancelled"}


async def test_stopping_finishes_what_is_in_flight_and_claims_no_more(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two")
    await bench.engine.wake("drain", str(NLP))
    await bench.chat.asked.wait()

    bench.announcer.stop()
    await bench.engine.stop(5)

    assert await bench.seeds.states() == {"One": "sent", "Two": "pending"}


class BusyOutbox:
    """An outbox whose database is locked for so many calls."""

    def __init__(self, inner: Outbox) -> None:
        self.inner = inner
        self.busy: dict[str, int] = {}

    def _turn(self, name: str) -> None:
        if self.busy.get(name, 0) > 0:
            self.busy[name] -= 1
            raise StoreBusy("locked")

    async def due_channels(self, platforms: Collection[str], now: datetime, limit: int) -> Sequence[Channel]:
        return await self.inner.due_channels(platforms, now, limit)

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        self._turn("claim")
        return await self.inner.claim(channels, now, lease)

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        self._turn("settle")
        await self.inner.settle(settlements, now)

    async def tidy(self, now: datetime, keep: timedelta) -> int:
        return await self.inner.tidy(now, keep)

    async def take_over(self, now: datetime, lag: timedelta) -> int:
        return await self.inner.take_over(now, lag)


@pytest.mark.parametrize("call", ["claim", "settle"])
async def test_a_locked_database_delays_and_doubles_nothing(bench: Bench, call: str) -> None:
    busy = BusyOutbox(bench.outbox)
    busy.busy[call] = 3
    bench.outbox = busy
    bench.start()
    await bench.seeds.announce("One", "Two")

    await bench.engine.wake("drain", str(NLP))
    for _ in range(200):
        bench.clock.pass_time(0.1)
        await asyncio.sleep(0.001)
    await bench.engine.idle()

    assert bench.chat.texts() == ["One", "Two"]
    assert await bench.seeds.states() == {"One": "sent", "Two": "sent"}


async def test_two_announcers_on_one_database_send_each_message_once(bench: Bench) -> None:
    channels = [Channel(platform="room", workspace="demo", id=f"c{number}") for number in range(10)]
    for channel in channels:
        await bench.seeds.channel(channel)
        await bench.seeds.announce(*(f"{channel.id}-{number}" for number in range(5)), channel=channel)
    other = replace_bench(bench)

    await asyncio.gather(bench.sweep(), other.sweep())
    await bench.sweep()

    assert len(bench.chat.board) == 50
    assert len({shown.key for shown in bench.chat.board}) == 50


def replace_bench(bench: Bench) -> Bench:
    """Return a second process beside *bench*: same database, same chat."""
    other = Bench(bench.seeds.database, bench.clock)
    other.chat = bench.chat
    other.start()
    return other


async def test_a_channel_of_a_chat_that_is_not_configured_waits(bench: Bench) -> None:
    elsewhere = replace(NLP, platform="slack", id="C1")
    await bench.seeds.channel(elsewhere)
    await bench.seeds.announce("One", channel=elsewhere)

    await bench.sweep()
    await bench.engine.wake("drain", str(elsewhere))
    await bench.engine.idle()

    assert await bench.seeds.states() == {"One": "pending"}
