from datetime import timedelta

from bot.domain.allowance import Allowance
from tests.clock import START


def test_so_many_are_allowed_and_no_more_until_time_has_passed() -> None:
    allowance = Allowance(2, timedelta(minutes=1))

    assert [allowance.take("ann", START) for _ in range(3)] == [True, True, False]
    assert not allowance.take("ann", START + timedelta(seconds=59))
    assert allowance.take("ann", START + timedelta(seconds=60))


def test_each_key_has_its_own() -> None:
    allowance = Allowance(1, timedelta(minutes=1))

    assert [allowance.take("ann", START), allowance.take("ben", START)] == [True, True]


def test_too_many_at_once_take_nothing() -> None:
    allowance = Allowance(3, timedelta(minutes=1))

    assert not allowance.take("ann", START, 4)
    assert allowance.take("ann", START, 3)
