"""Which topics a post has, and the words that say so: an explainable lexicon, measured in docs/topics.md."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import compress

from bot.domain.model import Evidence, Match, Post, Strictness
from bot.domain.terms import chunks_of, word_of
from bot.domain.vocabulary import Node, Topic, Vocabulary, Weight, category_key

TITLE_FACTOR = 2.0
#: A category the feed itself wrote decides.
CATEGORY_POINTS = 9.0
#: Repeats of a term add less and less, and nothing beyond the fourth: min(1 + log2(n) / 2, 2).
_REPEATS = (0.0, 1.0, 1.5, 1.792, 2.0)
#: Only the start of a text counts in full: at full weight a long text costs 0.04 macro-F1.
LEAD, LONGEST, REST_FACTOR = 500, 3000, 0.25
#: A post is about a topic only if its words anchor it there: one strong term, a medium one in the title, or two.
ANCHORED = 1.5
ANCHOR_IN_TITLE: Mapping[Weight, float] = {"strong": 2.0, "medium": 1.5, "weak": 0.0, "not": 0.0}
ANCHOR_IN_TEXT: Mapping[Weight, float] = {"strong": 2.0, "medium": 1.0, "weak": 0.0, "not": 0.0}


class _Tally:
    """What was found for one topic: in the title and the leading text, and in all of the text."""

    __slots__ = ("anchor", "evidence", "lead", "lead_anchor", "total")

    def __init__(self) -> None:
        self.lead = self.total = self.lead_anchor = self.anchor = 0.0
        self.evidence: list[tuple[str, float]] = []

    def score(self, threshold: float) -> float:
        """Return the points of title and leading text, and a quarter of what the rest adds.

        Without an anchor they stay below the threshold: many weak words are not a subject.
        """
        lead = self.lead if self.lead_anchor >= ANCHORED else min(self.lead, threshold - 0.5)
        total = self.total if self.anchor >= ANCHORED else min(self.total, threshold - 0.5)
        return lead + REST_FACTOR * max(0.0, total - lead)


class _Finds:
    """How often each term occurs: in the title, in the leading text, in all of the text."""

    __slots__ = ("lead", "title", "total")

    def __init__(self, title: str, text: str, vocabulary: Vocabulary) -> None:
        lead = chunks_of(text[:LEAD])
        self.title: dict[str, int] = {}
        for term, _ in _find(chunks_of(title[:LEAD]), vocabulary):
            self.title[term] = 1
        self.lead: dict[str, int] = {}
        self.total: dict[str, int] = {}
        for term, place in _find(lead + chunks_of(text[LEAD:LONGEST]), vocabulary):
            self.total[term] = self.total.get(term, 0) + 1
            if place < len(lead):
                self.lead[term] = self.lead.get(term, 0) + 1

    def terms(self) -> Iterable[str]:
        return self.title | self.total

    def times(self, term: str) -> tuple[float, float, float]:
        """Return the factors for the term's points: of the title, the leading text, all of the text."""
        lead, total = self.lead.get(term, 0), self.total.get(term, 0)
        in_title = TITLE_FACTOR if term in self.title else 0.0
        return in_title, _REPEATS[min(lead, 4)], _REPEATS[min(total, 4)]


def match(post: Post, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Return the topics of a post, best first, with their parents and the evidence."""
    return match_text(post.title, post.text, post.categories, vocabulary)


def match_text(title: str, text: str, categories: Iterable[str], vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Do what `match` does for a title, a text and categories that are no post yet."""
    finds = _Finds(title, text, vocabulary)
    named = _named(categories, vocabulary)
    found: dict[str, Match] = {}
    for slug, tally in _tallies(finds, named, vocabulary).items():
        topic = vocabulary.topics[slug]
        score = tally.score(topic.thresholds[Strictness.WIDE])
        if strictness := reached(score, topic):
            evidence = _evidence(tally, finds) + named.get(slug, ())
            found[slug] = Match(topic=slug, score=round(score, 2), evidence=evidence, strictness=strictness)
    return tuple(sorted(_with_parents(found, vocabulary), key=lambda match: (-match.score, match.topic)))


def reached(score: float, topic: Topic) -> Strictness | None:
    """Return the strictest level a score reaches; None where it is no match at all."""
    for strictness in (Strictness.STRICT, Strictness.NORMAL, Strictness.WIDE):
        if score >= topic.thresholds[strictness]:
            return strictness
    return None


def _find(chunks: list[str], vocabulary: Vocabulary) -> list[tuple[str, int]]:
    """Return every term among *chunks*, with the place of its last word."""
    starts = list(map(vocabulary.__getitem__, chunks))
    found: list[tuple[str, int]] = []
    last = len(chunks) - 1
    for place in compress(range(len(chunks)), starts):
        terms, folded, exact = starts[place]  # type: ignore[misc]  # compress() left the None out
        found += [(term, place) for term in terms]
        if place < last and (folded or exact):
            word = word_of(chunks[place + 1])
            if node := folded.get(word.lower()):
                _follow(node, str.lower, chunks, place + 1, found)
            if node := exact.get(word):
                _follow(node, str, chunks, place + 1, found)
    return found


def _follow(
    node: Node, fold: Callable[[str], str], chunks: list[str], place: int, found: list[tuple[str, int]]
) -> None:
    """Walk from word to word, as long as a term goes on."""
    following: Node | None = node
    while following is not None:
        found += [(term, place) for term in following.terms]
        place += 1
        if place == len(chunks) or not following.next:
            return
        following = following.next.get(fold(word_of(chunks[place])))


def _tallies(finds: _Finds, named: Mapping[str, tuple[Evidence, ...]], vocabulary: Vocabulary) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for term in finds.terms():
        in_title, in_lead, in_text = finds.times(term)
        for slug, weight, points in vocabulary.claims[term]:
            tally = tallies.get(slug)
            if tally is None:
                tally = tallies[slug] = _Tally()
            tally.evidence.append((term, points))
            tally.lead += points * (in_title + in_lead)
            tally.total += points * (in_title + in_text)
            anchor = ANCHOR_IN_TITLE[weight] if in_title else 0.0
            tally.lead_anchor += anchor or (ANCHOR_IN_TEXT[weight] if in_lead else 0.0)
            tally.anchor += anchor or (ANCHOR_IN_TEXT[weight] if in_text else 0.0)
    for slug, evidence in named.items():
        tally = tallies.setdefault(slug, _Tally())
        tally.lead += CATEGORY_POINTS * len(evidence)
        tally.total += CATEGORY_POINTS * len(evidence)
        tally.lead_anchor = tally.anchor = ANCHORED
    return tallies


def _named(categories: Iterable[str], vocabulary: Vocabulary) -> dict[str, tuple[Evidence, ...]]:
    found: dict[str, tuple[Evidence, ...]] = {}
    for category in dict.fromkeys(map(category_key, categories)):
        for slug in vocabulary.categories.get(category, ()):
            evidence = Evidence(term=category, where="category", points=CATEGORY_POINTS)
            found[slug] = (*found.get(slug, ()), evidence)
    return found


def _evidence(tally: _Tally, finds: _Finds) -> tuple[Evidence, ...]:
    """Return the terms that made the score, by what they gave; the rest of a text gives a quarter here too."""
    found: list[Evidence] = []
    for term, points in tally.evidence:
        in_title, in_lead, in_text = finds.times(term)
        text_factor = in_lead + REST_FACTOR * (in_text - in_lead)
        for where, factor in (("title", in_title), ("text", text_factor)):
            if factor:
                found.append(Evidence(term=term, where=where, points=round(points * factor, 2)))
    return tuple(sorted(found, key=lambda evidence: (-abs(evidence.points), evidence.term, evidence.where)))


def _with_parents(found: Mapping[str, Match], vocabulary: Vocabulary) -> Iterable[Match]:
    """A child's post is its parents' too, as surely as it is the child's."""
    whole = dict(found)
    for child in found.values():
        for slug in vocabulary.lineages[child.topic][1:]:
            own = whole.get(slug)
            if own is None or _rank(own) < _rank(child):
                evidence = own.evidence if own else child.evidence
                score = max(child.score, own.score if own else 0.0)
                whole[slug] = replace(child, topic=slug, score=score, evidence=evidence)
    return whole.values()


def _rank(match: Match) -> int:
    return list(Strictness).index(match.strictness)
