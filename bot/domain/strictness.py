"""Which matches a subscription's strictness lets through: strict implies normal, normal implies wide."""

from bot.domain.model import Strictness
from bot.domain.unsaid import Text

ORDER = (Strictness.WIDE, Strictness.NORMAL, Strictness.STRICT)

HOW_STRICT = {
    Strictness.WIDE: Text("wide"),
    Strictness.NORMAL: Text("normal"),
    Strictness.STRICT: Text("strict"),
}


def reaches(reached: Strictness, wanted: Strictness) -> bool:
    """Say whether a match that reached one level is let through at another."""
    return ORDER.index(reached) >= ORDER.index(wanted)
