"""Attempts without an answer: looked for first, never repeated blindly, each message shown once."""

from datetime import timedelta

import pytest

from bot.domain.channels import ChannelOptions
from bot.domain.message import CannotLook
from bot.ports.chat import Pace
from bot.store.database import Database
from tests.announcing.bench import HASTY, Bench
from tests.clock import FakeClock
from tests.fakes.chat import Fault
from tests.seeds import NLP


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
