"""The decisions keep to the table of transitions, and the table has no row that no decision takes."""

import itertools

from bot.domain.channels import ChannelOptions
from bot.domain.message import (
    Absent,
    CannotLook,
    Found,
    LookUp,
    MessageKind,
    NotSent,
    Outcome,
    Sent,
    Undeliverable,
    Unknown,
)
from bot.domain.model import Channel, MessageRef
from bot.domain.sending import Timing, after_look, after_send, given_back, targetless
from bot.domain.transitions import FINAL, STATES, TRANSITIONS, may_become
from tests.clock import START
from tests.posts import announcement, message

NLP = Channel(platform="room", workspace="demo", id="nlp")
REF = MessageRef("r1")
TIMING = Timing()
OUTCOMES: list[Outcome] = [
    Sent(REF),
    NotSent("refused"),
    NotSent("429", 30),
    Unknown("lost"),
    Undeliverable("no", "message"),
    Undeliverable("no", "thread"),
    Undeliverable("no", "channel"),
    Undeliverable("no", "installation"),
]
LOOKS: list[LookUp] = [Found(REF), Absent(), CannotLook("no right"), CannotLook("busy", for_now=True)]
DOUBTS = [None, START, START + TIMING.platform_lag]


def decided() -> set[str]:
    """Return every state that an attempt can end in."""
    states = {given_back(message(NLP, announcement()), START, "too late").state}
    for doubt, plain, choice in itertools.product(DOUBTS, [False, True], ["skip", "resend", "ask"]):
        options = ChannelOptions(on_unknown=choice)  # type: ignore[arg-type]
        claimed = message(NLP, announcement(), doubt_until=doubt, plain=plain, options=options)
        for outcome, looked in itertools.product(OUTCOMES, [False, True]):
            states.add(after_send(claimed, outcome, START, TIMING, 0.5, looked=looked).state)
        for look in LOOKS:
            if settled := after_look(claimed, look, START, TIMING, 0.5):
                states.add(settled.state)
    if settled := targetless(message(NLP, kind=MessageKind.EDIT)):
        states.add(settled.state)
    return states


def test_an_attempt_ends_as_the_table_says_and_in_all_its_ways() -> None:
    # That a lease runs out is no decision: the next claim sees it.
    in_the_table = {row.after for row in TRANSITIONS if row.before == "sending"} - {"sending"}

    assert decided() == in_the_table


def test_every_state_is_reached_and_left_unless_it_is_final() -> None:
    assert {row.after for row in TRANSITIONS} == set(STATES)
    assert {row.before for row in TRANSITIONS} == set(STATES) - {"sent", "cancelled"}
    assert not any(may_become(state, "sending") for state in FINAL)
