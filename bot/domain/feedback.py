"""What `Not about nlp` clicks say about a topic's terms: proposals for a person, never a change by themselves.

Letting votes change matching was measured and lost: precision rose by .03, recall fell by .10.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.errors import UsageError
from bot.domain.model import Evidence
from bot.domain.tuning import Change
from bot.domain.vocabulary import Weight

#: Fewer clicks than this say nothing.
ENOUGH = 3
#: A term that gave at least this share of a match's points brought it.
BROUGHT = 0.25
MOST = 3
CHANGES: tuple[Change, ...] = ("medium", "weak", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Make a term count less here."""

    term: str
    change: Change
    #: Of so many clicks, so many came from posts that the term brought.
    clicks: int
    of: int


def propose(
    ballots: Sequence[Sequence[Evidence]], weights: Mapping[str, Weight], tuned: Mapping[str, Change]
) -> list[Proposal]:
    """Return the terms that brought at least half of the posts people did not want, one *ballot* for each click."""
    if len(ballots) < ENOUGH:
        return []
    brought = Counter(term for ballot in ballots for term in _bringing(ballot))
    found = []
    for term, clicks in brought.most_common():
        change = _less(term, weights, tuned)
        if clicks * 2 >= len(ballots) and change is not None:
            found.append(Proposal(term=term, change=change, clicks=clicks, of=len(ballots)))
    return found[:MOST]


def _bringing(ballot: Sequence[Evidence]) -> set[str]:
    points: dict[str, float] = {}
    for one in ballot:
        if one.where != "category" and one.points > 0:
            points[one.term] = points.get(one.term, 0.0) + one.points
    whole = sum(points.values())
    return {term for term, given in points.items() if given >= whole * BROUGHT}


def _less(term: str, weights: Mapping[str, Weight], tuned: Mapping[str, Change]) -> Change | None:
    now = tuned.get(term) or weights.get(term)
    if now in ("strong", "medium"):
        return "weak"
    return "off" if now == "weak" else None


def read_change(text: str, weights: Mapping[str, Weight]) -> tuple[str, Change]:
    """Read `openai=weak`. Raises UsageError where the topic has no such term."""
    term, _, change = text.rpartition("=")
    known = {one.lstrip("=").casefold(): one for one in weights}
    found = known.get(term.strip().strip('"').lstrip("=").casefold())
    if found is None:
        raise UsageError(
            "The topic has no term {term}. Write one as in `openai=weak`, or `openai=off`.", term=term or text
        )
    for one in CHANGES:
        if change.strip().casefold() == one:
            return found, one
    raise UsageError("A term can be made {changes}, not {change}.", changes=", ".join(CHANGES), change=change)
