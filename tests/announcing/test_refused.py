"""Clear refusals: waits that are kept, channels and tokens that are dead, content that is malformed."""

from dataclasses import replace

from bot.domain.model import Channel
from tests.announcing.bench import Bench
from tests.fakes.chat import Fault
from tests.seeds import NLP, RUST


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


async def test_a_chat_that_gives_no_answer_is_left_alone_whoever_s_turn_it_is(bench: Bench) -> None:
    others = [replace(NLP, id=f"c{number}") for number in range(30)]
    for channel in others:
        await bench.seeds.channel(channel)
        await bench.seeds.announce(channel.id, channel=channel)
    elsewhere = replace(NLP, workspace="other")
    await bench.seeds.channel(elsewhere)
    bench.chat.faults.extend([Fault.REFUSED] * 1000)

    await bench.sweep()
    for _ in range(10):
        await bench.sweep(60)
    asked = len(bench.chat.requests)
    bench.chat.faults.clear()
    await bench.seeds.announce("Elsewhere", channel=elsewhere, due_at=bench.clock.now())
    await bench.engine.wake("drain", str(elsewhere))
    await bench.engine.idle()

    # Ten minutes: at first all that were under way, then a few a minute; each for itself would have asked 180 times.
    assert asked < 100
    assert bench.chat.texts() == ["Elsewhere"]
    await bench.work_off(0.2)
    assert sorted(bench.chat.texts()) == sorted([*(channel.id for channel in others), "Elsewhere"])


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
