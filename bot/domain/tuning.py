"""What a channel changed about a topic for itself: terms that count less there, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.matching import reached
from bot.domain.model import Channel, Evidence, Match
from bot.domain.unsaid import Text
from bot.domain.vocabulary import ANCHOR_IN_TEXT, ANCHOR_IN_TITLE, ANCHORED, POINTS, Vocabulary, Weight

#: How much less: a term can only lose weight, since a match that never was has no evidence to raise.
Change = Literal["medium", "weak", "off"]
CHANGED: Mapping[Change, Text] = {"medium": Text("medium"), "weak": Text("weak"), "off": Text("off")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """A channel's changes to one topic, by term."""

    channel: Channel
    topic: str
    terms: Mapping[str, Change] = field(default_factory=dict)


def tune(match: Match, tuning: Tuning, vocabulary: Vocabulary) -> Match | None:
    """Return the match as the channel weighs it; None where too little is left of it."""
    evidence: list[Evidence] = []
    anchors: dict[str, float] = {}
    for found in match.evidence:
        weight = vocabulary.weight(found.term, match.topic)
        change = tuning.terms.get(found.term)
        if found.where == "category" or weight is None or weight == "not":
            evidence.append(found)
            anchors[found.term] = ANCHORED if found.where == "category" else 0.0
        elif change != "off":
            weight, points = _lowered(weight, change, found.points)
            evidence.append(Evidence(term=found.term, where=found.where, points=points))
            anchor = (ANCHOR_IN_TITLE if found.where == "title" else ANCHOR_IN_TEXT)[weight]
            # A term that anchors in the title does not do so once more in the text.
            anchors[found.term] = max(anchor, anchors.get(found.term, 0.0))
    # What evidence says is rounded, and adds up to the score only nearly: what is taken away is taken from the score.
    taken = sum(found.points for found in match.evidence) - sum(found.points for found in evidence)
    score = round(match.score - taken, 2)
    strictness = reached(score, vocabulary.levels[match.topic])
    if strictness is None or sum(anchors.values()) < ANCHORED:
        return None
    return Match(topic=match.topic, score=score, evidence=tuple(evidence), strictness=strictness)


def _lowered(weight: Weight, change: Change | None, points: float) -> tuple[Weight, float]:
    if change is None or change == "off" or POINTS[change] >= POINTS[weight]:
        return weight, points
    return change, round(points * POINTS[change] / POINTS[weight], 2)
