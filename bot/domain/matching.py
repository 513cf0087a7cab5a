"""Which topics a post has, and the words that say so: an explainable lexicon, measured in docs/topics.md."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import compress

from bot.domain.model import Evidence, Match, Post, Strictness
from bot.domain.terms import FOLDED, WORD, chunks_of
from bot.domain.vocabulary import ANCHORED, Claim, Entry, Node, Vocabulary, category_key

TITLE_FACTOR = 2.0
#: A category the feed itself wrote decides.
CATEGORY_POINTS = 9.0
#: Repeats of a term add less and less, and nothing beyond the fourth: min(1 + log2(n) / 2, 2).
_REPEATS = (0.0, 1.0, 1.5, 1.792)
#: Only the start of a text counts in full: at full weight a long text costs 0.04 macro-F1.
LEAD, LONGEST, REST_FACTOR = 500, 3000, 0.25

#: A term that was found, and the factors its points count by in the title, the leading text, all of the text.
_Find = tuple[str, float, float, float]
#: What `Evidence._make` does, without a Python call for each of a dozen terms.
_EVIDENCE: Callable[[tuple[str, str, float]], Evidence] = partial(tuple.__new__, Evidence)


class _Tally:
    """What was found for one topic: in the title and the leading text, and in all of the text."""

    __slots__ = ("anchor", "finds", "lead", "lead_anchor", "total")

    def __init__(self, points: float = 0.0, anchor: float = 0.0) -> None:
        self.lead = self.total = points
        self.lead_anchor = self.anchor = anchor
        self.finds: list[tuple[float, _Find]] = []

    def add(self, claim: Claim, find: _Find) -> None:
        """Count a term that says something about this topic."""
        _, _, points, anchor_in_title, anchor_in_text = claim
        _, in_title, in_lead, in_text = find
        self.finds.append((points, find))
        self.lead += points * (in_title + in_lead)
        self.total += points * (in_title + in_text)
        if in_title:
            self.lead_anchor += anchor_in_title
            self.anchor += anchor_in_title
        else:
            self.anchor += anchor_in_text
            if in_lead:
                self.lead_anchor += anchor_in_text

    def score(self, threshold: float) -> float:
        """Return the points of title and leading text, and a quarter of what the rest adds.

        Without an anchor they stay below the threshold: many weak words are not a subject.
        """
        lead, total = self.lead, self.total
        if self.lead_anchor < ANCHORED:
            lead = min(lead, threshold - 0.5)
        if self.anchor < ANCHORED:
            total = min(total, threshold - 0.5)
        return lead + REST_FACTOR * (total - lead) if total > lead else lead

    def evidence(self) -> list[Evidence]:
        """Return the terms that made the score, by what they gave; the rest of a text gives a quarter here too."""
        found = []
        for points, (term, in_title, in_lead, in_text) in self.finds:
            if in_title:
                found.append((-abs(points * in_title), term, "title", points * in_title))
            if in_text:
                given = round(points * (in_lead + REST_FACTOR * (in_text - in_lead)), 2)
                found.append((-abs(given), term, "text", given))
        found.sort()
        return [_EVIDENCE(one[1:]) for one in found]


def match(post: Post, vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Return the topics of a post, best first, with their parents and the evidence."""
    return match_text(post.title, post.text, post.categories, vocabulary)


def match_text(title: str, text: str, categories: Iterable[str], vocabulary: Vocabulary) -> tuple[Match, ...]:
    """Do what `match` does for a title, a text and categories that are no post yet."""
    named = _named(categories, vocabulary)
    found: dict[str, Match] = {}
    for slug, tally in _tallies(title, text, named, vocabulary).items():
        levels = vocabulary.levels[slug]
        score = tally.score(levels[-1][0])
        if strictness := reached(score, levels):
            evidence = (*tally.evidence(), *named.get(slug, ()))
            found[slug] = Match(topic=slug, score=round(score, 2), evidence=evidence, strictness=strictness)
    return tuple(sorted(_with_parents(found, vocabulary), key=lambda match: (-match.score, match.topic)))


def reached(score: float, levels: Iterable[tuple[float, Strictness]]) -> Strictness | None:
    """Return the strictest level a score reaches; None where it is no match at all."""
    for least, strictness in levels:
        if score >= least:
            return strictness
    return None


def _find(chunks: list[str], vocabulary: Vocabulary, border: int = 0) -> tuple[list[str], int]:
    """Return every term among *chunks*, and how many of them begin before *border*."""
    entries = list(map(vocabulary.__getitem__, chunks))
    places = list(compress(range(len(chunks)), entries))
    entries.append(None)
    early = bisect_left(places, border)
    found: list[str] = []
    _walk(places[:early], entries, chunks, found)
    before = len(found)
    _walk(places[early:], entries, chunks, found)
    return found, before


def _walk(places: list[int], entries: list[Entry], chunks: list[str], found: list[str]) -> None:
    for place in places:
        terms, folded, exact, behind = entries[place]  # type: ignore[misc]  # compress() left the others out
        found += terms
        # Most neighbours are words of no term at all, which their own entry says at once.
        if (folded or exact) and entries[place + 1] is not None:
            chunk = chunks[place + 1]
            if folded and (node := folded.get(FOLDED[chunk])):
                _follow(node, FOLDED, chunks, place + 1, found)
            if exact and (node := exact.get(WORD[chunk])):
                _follow(node, WORD, chunks, place + 1, found)
        # The entry before the first is the None at the end.
        if behind and entries[place - 1] is not None:
            for case, words, term in behind.get(FOLDED[chunks[place - 1]], ()):
                if _stand_before(words, case, chunks, place):
                    found.append(term)


def _stand_before(words: tuple[str, ...], case: bool, chunks: list[str], place: int) -> bool:
    start = place - len(words)
    form = WORD if case else FOLDED
    return start >= 0 and all(form[chunk] == word for chunk, word in zip(chunks[start:place], words, strict=True))


def _follow(node: Node, form: Mapping[str, str], chunks: list[str], place: int, found: list[str]) -> None:
    """Walk from word to word, as long as a term goes on."""
    following: Node | None = node
    while following is not None:
        found += following.terms
        place += 1
        if place == len(chunks) or not following.next:
            return
        following = following.next.get(form[chunks[place]])


def _tallies(
    title: str, text: str, named: Mapping[str, tuple[Evidence, ...]], vocabulary: Vocabulary
) -> dict[str, _Tally]:
    lead = chunks_of(text[:LEAD])
    found, early = _find(lead + chunks_of(text[LEAD:LONGEST]), vocabulary, len(lead))
    in_lead, in_text = Counter(found[:early]), Counter(found)
    in_title = dict.fromkeys(_find(chunks_of(title[:LEAD]), vocabulary)[0], 0)
    finds = [
        (term, TITLE_FACTOR if term in in_title else 0.0, _repeats(in_lead[term]), _repeats(total))
        for term, total in (in_title | in_text).items()
    ]
    tallies: dict[str, _Tally] = {}
    for slug, evidence in named.items():
        tallies[slug] = _Tally(CATEGORY_POINTS * len(evidence), ANCHORED)
    for find in finds:
        for claim in vocabulary.anchors[find[0]]:
            if claim[0] not in tallies:
                tallies[claim[0]] = _Tally()
            tallies[claim[0]].add(claim, find)
    # Words that anchor nothing are counted only where something does: most posts have "data" or "team" in them.
    for find in finds:
        for claim in vocabulary.others[find[0]]:
            if tally := tallies.get(claim[0]):
                tally.add(claim, find)
    return tallies


def _repeats(count: int) -> float:
    return _REPEATS[count] if count < 4 else 2.0


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
