"""The table of transitions of a message. `sending.py` decides by it, and docs/reliability.md draws its picture from it.

A message is `pending` until claimed, `sending` while an attempt holds it, and ends `sent`, `dead` or `cancelled`.
`unknown` is an attempt without an answer: it may have been posted, so it is looked for before anything is sent again.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Transition(NamedTuple):
    """What happens to a message in one state, and the state that it is in then."""

    before: str
    what: str
    after: str


TRANSITIONS = tuple(
    Transition(*row)
    for row in (
        ("pending", "claimed: attempt + 1, lease", "sending"),
        ("sending", "the chat shows it, or a look found it", "sent"),
        ("sending", "not sent: back-off, or the wait asked for", "pending"),
        ("sending", "malformed, the first time: once more as plain text", "pending"),
        ("sending", "the channel or the token is dead: closed, queue kept", "pending"),
        ("sending", "no answer: look soon, believe an absence after the lag", "unknown"),
        ("sending", "not found, and the lag is not over: look again when it is", "unknown"),
        ("sending", "cannot look for now: back-off", "unknown"),
        ("sending", "cannot look at all: parked, unless on-unknown is resend", "unknown"),
        ("sending", "refused while an earlier attempt is in doubt", "unknown"),
        ("sending", "its owner is known to be dead: look first", "unknown"),
        ("sending", "the lease ran out: look first", "sending"),
        ("sending", "malformed as plain text, too, or its words are refused", "dead"),
        ("sending", "the thread of its digest takes nothing", "dead"),
        ("sending", "it changes a message that is not shown", "cancelled"),
        ("unknown", "its look is due: look first", "sending"),
        ("pending", "nobody wants it, it became part of a digest, its thread takes nothing", "cancelled"),
        ("pending", "30 days in a closed or paused channel", "cancelled"),
        ("unknown", "30 days in a closed or paused channel", "cancelled"),
        ("pending", "dropped by a person", "cancelled"),
        ("unknown", "dropped by a person", "cancelled"),
        ("dead", "dropped by a person", "cancelled"),
        ("unknown", "parked: a person sends it again", "pending"),
        ("dead", "a person sends it again", "pending"),
    )
)
STATES = ("pending", "sending", "unknown", "sent", "dead", "cancelled")
FINAL = ("sent", "dead", "cancelled")


def may_become(before: str, after: str) -> bool:
    """Say whether the table has a way from one state to the other."""
    return any((row.before, row.after) == (before, after) for row in TRANSITIONS)


def picture() -> str:
    """Return the table as a state diagram of Mermaid's."""
    lines = ["stateDiagram-v2", "[*] --> pending: planned", *(f"{a} --> {b}: {what}" for a, what, b in TRANSITIONS)]
    return "\n".join(_indented([*lines, *(f"{state} --> [*]" for state in FINAL)]))


def _indented(lines: Iterable[str]) -> Iterable[str]:
    first, *rest = lines
    return [first, *(f"    {line}" for line in rest)]
