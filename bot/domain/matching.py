"""Which topics a post has, and the words that say so: an explainable lexicon, measured in docs/topics.md."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import compress

from bot.domain.model import Evidence, Match, Post, Strictness
from bot.domain.terms import FOLDED, WORD, chunks_of
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


#: A term that was found: its points, and the factors they count by in the title, the leading text, all of the text.
_Find = tuple[str, float, float, float, float]


class _Tally:
    """What was found for one topic: in the title and the leading text, and in all of the text."""

    __slots__ = ("anchor", "finds", "lead", "lead_anchor", "total")

    def __init__(self) -> None:
        self.lead = self.total = self.lead_anchor = self.anchor = 0.0
        self.finds: list[_Find] = []

    def score(self, threshold: float) -> float:
        """Return the points of title and leading text, and a quarter of what the rest adds.

        Without an anchor they stay below the threshold: many weak words are not a subject.
        """
        lead = self.lead if self.lead_anchor >= ANCHORED else min(self.lead, threshold - 0.5)
        total = self.total if self.anchor >= ANCHORED else min(self.total, threshold - 0.5)
        return lead + REST_FACTOR * max(0.0, total - lead)

    def evidence(self) -> list[Evidence]:
        """Return the terms that made the score, by what they gave; the rest of a text gives a quarter here too."""
        found = []
        for term, points, in_title, in_lead, in_text in self.finds:
            if in_title:
                found.append(Evidence(term, "title", points * in_title))
            if in_text:
                found.append(Evidence(term, "text", round(points * (in_lead + REST_FACTOR * (in_text - in_lead)), 2)))
        found.sort(key=lambda evidence: (-abs(evidence.points), evidence.term, evidence.where))
        return found


def match(post: Post, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Return the topics of a post, best first, with their parents and the evidence."""
    return match_text(post.title, post.text, post.categories, vocabulary)


def match_text(title: str, text: str, categories: Iterable[str], vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Do what `match` does for a title, a text and categories that are no post yet."""
    named = _named(categories, vocabulary)
    found: dict[str, Match] = {}
    for slug, tally in _tallies(title, text, named, vocabulary).items():
        topic = vocabulary.topics[slug]
        score = tally.score(topic.thresholds[Strictness.WIDE])
        if strictness := reached(score, topic):
            evidence = (*tally.evidence(), *named.get(slug, ()))
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
        terms, folded, exact, behind = starts[place]  # type: ignore[misc]  # compress() left the None out
        for term in terms:
            found.append((term, place))  # noqa: PERF401  # most have one term: a list costs more
        if behind:
            found += [(term, place) for case, words, term in behind if _stand_before(words, case, chunks, place)]
        if place == last:
            continue
        if folded and (node := folded.get(FOLDED[chunks[place + 1]])):
            _follow(node, FOLDED, chunks, place + 1, found)
        if exact and (node := exact.get(WORD[chunks[place + 1]])):
            _follow(node, WORD, chunks, place + 1, found)
    return found


def _stand_before(words: tuple[str, ...], case: bool, chunks: list[str], place: int) -> bool:
    start = place - len(words)
    form = WORD if case else FOLDED
    return start >= 0 and all(form[chunk] == word for chunk, word in zip(chunks[start:place], words, strict=True))


def _follow(node: Node, form: Mapping[str, str], chunks: list[str], place: int, found: list[tuple[str, int]]) -> None:
    """Walk from word to word, as long as a term goes on."""
    following: Node | None = node
    while following is not None:
        found += [(term, place) for term in following.terms]
        place += 1
        if place == len(chunks) or not following.next:
            return
        following = following.next.get(form[chunks[place]])


def _tallies(
    title: str, text: str, named: Mapping[str, tuple[Evidence, ...]], vocabulary: Vocabulary
) -> dict[str, _Tally]:
    lead = chunks_of(text[:LEAD])
    border = len(lead)
    in_title = dict(_find(chunks_of(title[:LEAD]), vocabulary))
    in_lead: dict[str, int] = {}
    in_text: dict[str, int] = dict.fromkeys(in_title, 0)
    for term, place in _find(lead + chunks_of(text[LEAD:LONGEST]), vocabulary):
        in_text[term] = in_text.get(term, 0) + 1
        if place < border:
            in_lead[term] = in_lead.get(term, 0) + 1
    tallies: dict[str, _Tally] = {}
    for term, total in in_text.items():
        t = TITLE_FACTOR if term in in_title else 0.0
        n = _REPEATS[min(in_lead.get(term, 0), 4)]
        m = _REPEATS[min(total, 4)]
        for slug, weight, points in vocabulary.claims[term]:
            tally = tallies.get(slug)
            if tally is None:
                tally = tallies[slug] = _Tally()
            _add(tally, (term, points, t, n, m), weight)
    for slug, evidence in named.items():
        tally = tallies.setdefault(slug, _Tally())
        tally.lead += CATEGORY_POINTS * len(evidence)
        tally.total += CATEGORY_POINTS * len(evidence)
        tally.lead_anchor = tally.anchor = ANCHORED
    return tallies


def _add(tally: _Tally, find: _Find, weight: Weight) -> None:
    _, points, in_title, in_lead, in_text = find
    tally.finds.append(find)
    tally.lead += points * (in_title + in_lead)
    tally.total += points * (in_title + in_text)
    if in_title:
        anchor = ANCHOR_IN_TITLE[weight]
        tally.lead_anchor += anchor
        tally.anchor += anchor
    else:
        anchor = ANCHOR_IN_TEXT[weight]
        tally.anchor += anchor
        if in_lead:
            tally.lead_anchor += anchor


def _named(categories: Iterable[str], vocabulary: Vocabulary) -> dict[str, tuple[Evidence, ...]]:
    found: dict[str, tuple[Evidence, ...]] = {}
    for category in dict.fromkeys(map(category_key, categories)):
        for slug in vocabulary.categories.get(category, ()):
            evidence = Evidence(category, "category", CATEGORY_POINTS)
            found[slug] = (*found.get(slug, ()), evidence)
    return found


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
