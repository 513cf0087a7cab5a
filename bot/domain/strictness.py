"""Which matches a subscription's strictness lets through: strict implies normal, normal implies wide."""

from bot.domain.model import Strictness

ORDER = (Strictness.WIDE, Strictness.NORMAL, Strictness.STRICT)


def reaches(reached: Strictness, wanted: Strictness) -> bool:
    """Say whether a match that reached one level is let through at another."""
    return ORDER.index(reached) >= ORDER.index(wanted)
