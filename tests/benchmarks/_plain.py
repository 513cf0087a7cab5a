"""The same scoring done the plain way, one n-gram after the other: what the speed of the matcher is measured beside."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import log2

from bot.domain.matching import LEAD, LONGEST, REST_FACTOR, TITLE_FACTOR
from bot.domain.terms import Term
from bot.domain.vocabulary import ANCHOR_IN_TEXT, ANCHOR_IN_TITLE, ANCHORED, POINTS, Topic, Weight

_WORD = re.compile(r"[^\W_][\w+#]*(?:[.'/-][\w+#]+)*")
_PARTS = re.compile(r"['/-]")


class PlainMatcher:
    """A table of n-grams, and how many words the longest has that begins with a word; no memory of words."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._claims: dict[str, list[tuple[str, Weight]]] = defaultdict(list)
        self._ngrams: dict[str, str] = {}
        self._longest: dict[str, int] = {}
        self._prefixes: dict[str, str] = {}
        for topic in topics:
            for weight, terms in topic.terms.items():
                for term in map(Term, terms):
                    self._claims[term.text].append((topic.slug, weight))
                    self._plant(term)
        self._sizes = sorted({len(prefix) for prefix in self._prefixes})

    def scores(self, title: str, text: str) -> dict[str, float]:
        """Return the points of every topic that has any."""
        in_title, in_lead = self._found(title), self._found(text[:LEAD])
        lead = self._scores(in_title, in_lead)
        whole = self._scores(in_title, in_lead + self._found(text[LEAD:LONGEST]))
        return {
            slug: lead.get(slug, 0.0) + REST_FACTOR * max(0.0, score - lead.get(slug, 0.0))
            for slug, score in whole.items()
        }

    def _plant(self, term: Term) -> None:
        if term.is_prefix:
            self._prefixes[term.words[0]] = term.text
            return
        mark = "=" if term.keeps_case else ""
        for words in term.spellings():
            self._ngrams[mark + " ".join(words)] = term.text
            first = mark + words[0]
            self._longest[first] = max(self._longest.get(first, 0), len(words))

    def _found(self, text: str) -> Counter[str]:
        exact = _WORD.findall(text.replace("’", "'"))
        folded = [word.lower() for word in exact]
        found: Counter[str] = Counter()
        for place, word in enumerate(folded):
            for mark, words in (("", folded), ("=", exact)):
                for size in range(1, self._longest.get(mark + words[place], 0) + 1):
                    if term := self._ngrams.get(mark + " ".join(words[place : place + size])):
                        found[term] += 1
            if word not in self._longest:
                self._look_inside(word, found)
        return found

    def _look_inside(self, word: str, found: Counter[str]) -> None:
        parts = _PARTS.split(word) if "-" in word or "'" in word or "/" in word else ()
        for part in (word, *(part for part in parts if len(part) > 2)):
            for size in self._sizes:
                if term := self._prefixes.get(part[:size]):
                    found[term] += 1
            if part is not word and (one := self._ngrams.get(part)):
                found[one] += 1

    def _scores(self, in_title: Counter[str], in_text: Counter[str]) -> Mapping[str, float]:
        scores: dict[str, float] = defaultdict(float)
        anchors: dict[str, float] = defaultdict(float)
        for term in in_title.keys() | in_text.keys():
            count = in_text[term]
            factor = (TITLE_FACTOR if term in in_title else 0.0) + (min(1 + log2(count) / 2, 2.0) if count else 0.0)
            for slug, weight in self._claims[term]:
                scores[slug] += POINTS[weight] * factor
                anchors[slug] += (ANCHOR_IN_TITLE if term in in_title else ANCHOR_IN_TEXT)[weight]
        return {slug: score if anchors[slug] >= ANCHORED else min(score, 2.5) for slug, score in scores.items()}
