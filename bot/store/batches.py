"""Many rows, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give *things* in lists of at most *size*; itertools.batched came with Python 3.12."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
