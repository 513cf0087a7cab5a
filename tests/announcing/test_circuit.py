"""When a chat that gives no answer is left alone, and when it is asked again."""

from datetime import timedelta

import pytest

from bot.announcing.circuit import IN_A_ROW, LONGEST_REST, Circuit, is_silence
from bot.domain.message import Absent, CannotLook, Found, LookUp, NotSent, Outcome, Sent, Undeliverable, Unknown
from bot.domain.model import Channel, MessageRef
from tests.clock import START

HERE = Channel(platform="slack", workspace="T1", id="C1")
THERE = Channel(platform="slack", workspace="T2", id="C2")
LOST = Unknown("lost")


def silent(circuit: Circuit, times: int, after: timedelta = timedelta(0)) -> list[float | None]:
    """Let requests get no answer; return the seconds of rest that each gave."""
    rests = [circuit.heard(HERE, LOST, START + after) for _ in range(times)]
    return [None if rest is None else (rest.until - START - after).total_seconds() for rest in rests]


def test_a_few_failures_in_a_row_give_a_rest_and_those_under_way_no_longer_one() -> None:
    circuit = Circuit()

    assert silent(circuit, IN_A_ROW + 2) == [None] * (IN_A_ROW - 1) + [2.0, None, None]
    assert silent(circuit, 2, timedelta(seconds=3)) == [4.0, None]


def test_rests_double_up_to_a_minute() -> None:
    circuit = Circuit()
    rests = [silent(circuit, 1, timedelta(minutes=2 * number))[0] for number in range(20)]

    assert rests[IN_A_ROW - 1 : IN_A_ROW + 4] == [2.0, 4.0, 8.0, 16.0, 32.0]
    assert rests[-1] == LONGEST_REST.total_seconds()


@pytest.mark.parametrize("answer", [Sent(MessageRef("1")), NotSent("429", 5), Undeliverable("gone"), Absent()])
def test_any_answer_ends_the_count(answer: Outcome | LookUp) -> None:
    circuit = Circuit()
    silent(circuit, IN_A_ROW - 1)

    assert circuit.heard(HERE, answer, START) is None
    assert silent(circuit, IN_A_ROW - 1) == [None] * (IN_A_ROW - 1)


def test_workspaces_are_apart() -> None:
    circuit = Circuit()
    silent(circuit, IN_A_ROW - 1)

    assert circuit.heard(THERE, LOST, START) is None
    rest = circuit.heard(HERE, LOST, START)
    assert rest is not None
    assert (rest.channel, rest.scope) == (HERE, "workspace")


@pytest.mark.parametrize(
    ("answer", "silence"),
    [
        (LOST, True),
        (NotSent("refused"), True),
        (CannotLook("5xx", for_now=True), True),
        (CannotLook("no right"), False),
        (CannotLook("429", for_now=True, retry_after=3), False),
        (Found(MessageRef("1")), False),
    ],
)
def test_what_is_silence(answer: Outcome | LookUp, silence: bool) -> None:
    assert is_silence(answer) is silence
