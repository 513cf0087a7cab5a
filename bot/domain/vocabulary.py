"""The topics, compiled: one look-up table from the words of a text to what they say about every topic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from bot.domain.model import Strictness
from bot.domain.terms import COMMON, LONGEST_WORD, Term, parts_of, word_of, words_in

Weight = Literal["strong", "medium", "weak", "not"]

#: Points for a term that is found once in the text.
POINTS: Mapping[Weight, float] = MappingProxyType({"strong": 3.0, "medium": 2.0, "weak": 1.0, "not": -3.0})

#: The points a match needs, where a topic sets none of its own.
THRESHOLDS: Mapping[Strictness, float] = MappingProxyType(
    {Strictness.WIDE: 3.0, Strictness.NORMAL: 4.0, Strictness.STRICT: 8.0}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A named subject with the rules that say which posts belong to it."""

    slug: str
    label: str
    aliases: tuple[str, ...] = ()
    #: The topic that gets this one's posts too; None at the top.
    parent: str | None = None
    #: Feed categories that mean this topic, as written.
    categories: tuple[str, ...] = ()
    terms: Mapping[Weight, tuple[str, ...]] = field(default_factory=dict)
    # A factory: before Python 3.12 a mappingproxy has no hash, and dataclasses take such a default for mutable.
    thresholds: Mapping[Strictness, float] = field(default_factory=lambda: THRESHOLDS)


def own_slug(workspace: str, slug: str) -> str:
    """Return the name of a workspace's own topic among all topics: `slack:T1/rag`."""
    return f"{workspace}/{slug}"


#: A post is about a topic only if its words anchor it there: one strong term, a medium one in the title, or two.
ANCHORED = 1.5
ANCHOR_IN_TITLE: Mapping[Weight, float] = MappingProxyType({"strong": 2.0, "medium": 1.5, "weak": 0.0, "not": 0.0})
ANCHOR_IN_TEXT: Mapping[Weight, float] = MappingProxyType({"strong": 2.0, "medium": 1.0, "weak": 0.0, "not": 0.0})


class Claim(NamedTuple):
    """What finding a term says about one topic."""

    topic: str
    weight: Weight
    points: float
    #: How firmly it anchors a post to the topic, found in the title or only in the text.
    in_title: float
    in_text: float


def _claim(topic: str, weight: Weight) -> Claim:
    return Claim(topic, weight, POINTS[weight], ANCHOR_IN_TITLE[weight], ANCHOR_IN_TEXT[weight])


class Node:
    """A place in the tree of terms, word by word."""

    __slots__ = ("behind", "next", "terms")

    def __init__(self) -> None:
        self.terms: tuple[str, ...] = ()
        self.next: Branches = {}
        #: Terms that end here and begin with a common word, with the words that must stand before.
        self.behind: tuple[tuple[tuple[str, ...], str], ...] = ()


Branches = dict[str, Node]


class Starts(NamedTuple):
    """What a chunk says alone and with its neighbours; `exact`: where case counts."""

    terms: tuple[str, ...]
    folded: Branches
    exact: Branches
    #: By the word just before: case kept or not, the words that must stand before, the term.
    behind: Mapping[str, tuple[tuple[bool, tuple[str, ...], str], ...]]


#: False: terms have this word, but none is it or begins with it. None: no term has it.
Entry = Starts | Literal[False] | None


class Vocabulary(dict[str, Entry]):
    """Topics in one table: a chunk of text -> the terms it is or starts, None for most.

    The dictionary remembers chunks it has seen. Texts repeat their words, and one look-up that runs in C
    is what lets a post be matched against all topics in one pass.
    """

    #: Chunks remembered, about 20 MB; beyond it the memory starts afresh.
    MEMORY = 200_000

    def __init__(self, topics: Iterable[Topic]) -> None:
        super().__init__()
        self.topics: Mapping[str, Topic] = {topic.slug: topic for topic in topics}
        self.lineages = {slug: (slug, *ancestors(slug, self.topics)) for slug in self.topics}
        self.claims = _claims(self.topics, self.lineages)
        #: The claims by which a post can be about a topic, and those that only add to it.
        self.anchors = {term: tuple(one for one in of if one.in_text) for term, of in self.claims.items()}
        self.others = {term: tuple(one for one in of if not one.in_text) for term, of in self.claims.items()}
        #: The points each topic asks for, the strictest first.
        self.levels = {slug: _levels(topic) for slug, topic in self.topics.items()}
        self.categories = _categories(self.topics)
        self._folded, self._exact = Node(), Node()
        self._prefixes: Branches = {}
        #: The words of terms of several words, folded.
        self._within: set[str] = set()
        for text in self.claims:
            self._plant(Term(text))
        self._heads = {prefix[:_HEAD] for prefix in self._prefixes}
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})

    def weight(self, term: str, slug: str) -> Weight | None:
        """Return how much a term counts for a topic; None where it says nothing about it."""
        return next((claim.weight for claim in self.claims.get(term, ()) if claim.topic == slug), None)

    def _plant(self, term: Term) -> None:
        if term.is_prefix:
            node = self._prefixes.setdefault(term.words[0], Node())
            node.terms = (*node.terms, term.text)
            return
        for words in term.spellings():
            node = self._exact if term.keeps_case else self._folded
            if len(words) > 1:
                self._within.update(word.lower() for word in words)
            if len(words) > 1 and words[0] in COMMON:
                node = node.next.setdefault(words[-1], Node())
                node.behind = (*node.behind, (words[:-1], term.text))
                continue
            for word in words:
                node = node.next.setdefault(word, Node())
            node.terms = (*node.terms, term.text)

    def __missing__(self, chunk: str) -> Entry:
        if len(self) >= self.MEMORY:
            self.clear()
        if len(chunk) > LONGEST_WORD:
            return None
        if chunk.isascii():
            self[chunk] = self._starts(word_of(chunk))
        else:
            self[chunk] = self._joined(words_in(chunk))
        return self[chunk]

    def _joined(self, words: list[str]) -> Entry:
        """Make one of words that share a chunk: what stands between them, such as an emoji, ends a term."""
        entries = [self._starts(word) for word in words]
        found = [entry for entry in entries if entry]
        if found:
            return found[-1]._replace(terms=tuple(term for starts in found for term in starts.terms))
        return False if False in entries else None

    def _starts(self, word: str) -> Entry:
        # Most words that come here are seen once and never again: each step must be able to say no at once.
        lower = word.lower()
        folded, exact = self._folded.next.get(lower), self._exact.next.get(word)
        if folded is None and lower[:_HEAD] in self._heads:
            folded = self._of_prefix(lower)
        if folded is None and not word.isalnum():
            folded = self._of_parts(lower)
        if folded is None and exact is None:
            return False if lower in self._within else None
        return _merged(folded or _NOTHING, exact or _NOTHING)

    def _of_prefix(self, word: str) -> Node | None:
        for length in self._prefix_lengths:
            if node := self._prefixes.get(word[:length]):
                return node
        return None

    def _of_parts(self, word: str) -> Node | None:
        """Return the one-word terms among the parts of a joined word: python-based is about python."""
        nodes = [self._folded.next.get(part) or self._of_prefix(part) for part in parts_of(word)]
        whole = Node()
        whole.terms = tuple(dict.fromkeys(term for node in nodes if node for term in node.terms))
        return whole if whole.terms else None


_NOTHING = Node()
#: The shortest prefix that a term may be.
_HEAD = 3


def _merged(folded: Node, exact: Node) -> Starts:
    behind: dict[str, tuple[tuple[bool, tuple[str, ...], str], ...]] = {}
    for case, node in ((False, folded), (True, exact)):
        for words, term in node.behind:
            before = words[-1].lower()
            behind[before] = (*behind.get(before, ()), (case, words, term))
    return Starts(terms=folded.terms + exact.terms, folded=folded.next, exact=exact.next, behind=behind)


def category_key(category: str) -> str:
    """Fold a feed's category: lower case, without a leading #, one kind of separator."""
    folded = category.strip().removeprefix("#").lower()
    return "-".join(folded.replace("_", " ").replace("/", " ").replace("-", " ").split())


def ancestors(slug: str, topics: Mapping[str, Topic]) -> Sequence[str]:
    """Return the topics above one, nearest first; where parents form a cycle, the walk ends."""
    found: list[str] = []
    parent = topics[slug].parent
    while parent is not None and parent in topics and parent != slug and parent not in found:
        found.append(parent)
        parent = topics[parent].parent
    return found


def _levels(topic: Topic) -> tuple[tuple[float, Strictness], ...]:
    return tuple((topic.thresholds[one], one) for one in reversed(Strictness))


def _claims(topics: Mapping[str, Topic], lineages: Mapping[str, Sequence[str]]) -> dict[str, tuple[Claim, ...]]:
    """Give every term the topics it speaks for: its own, and those above where they do not list it themselves."""
    claims: dict[str, dict[str, Claim]] = {}
    for depth in range(max(map(len, lineages.values()), default=0)):
        for topic in topics.values():
            for slug in lineages[topic.slug][depth : depth + 1]:
                for weight, terms in topic.terms.items():
                    # What only helps a child to be told apart says too little about its parent.
                    for term in terms if depth == 0 or weight != "weak" else ():
                        claims.setdefault(term, {}).setdefault(slug, _claim(slug, weight))
    return {term: tuple(by_topic.values()) for term, by_topic in claims.items()}


def _categories(topics: Mapping[str, Topic]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for topic in topics.values():
        for category in topic.categories:
            found.setdefault(category_key(category), {})[topic.slug] = None
    return {key: tuple(slugs) for key, slugs in found.items()}
