"""One channel and its announcer: order, what is in flight at the end, changes to what is shown."""

from dataclasses import replace

from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import MessageId
from bot.domain.planning import PlannedMessage
from tests.announcing.bench import Bench
from tests.clock import START
from tests.fakes.chat import Fault
from tests.seeds import NLP


async def test_what_is_due_is_sent_in_order(bench: Bench) -> None:
    await bench.seeds.announce("One", "Two", "Three")

    await bench.sweep()

    assert bench.chat.texts() == ["One", "Two", "Three"]
    assert await bench.seeds.states() == {"One": "sent", "Two": "sent", "Three": "sent"}
    assert bench.chat.looks == 0


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


async def test_a_channel_of_a_chat_that_is_not_configured_waits(bench: Bench) -> None:
    elsewhere = replace(NLP, platform="slack", id="C1")
    await bench.seeds.channel(elsewhere)
    await bench.seeds.announce("One", channel=elsewhere)

    await bench.sweep()
    await bench.engine.wake("drain", str(elsewhere))
    await bench.engine.idle()

    assert await bench.seeds.states() == {"One": "pending"}
