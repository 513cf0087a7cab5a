"""The query language: what a person writes after `query:`, and what it says about a post.

    postgres AND (vacuum OR autovacuum) NOT title:"release notes" author:"..." feed:example.com lang:en re:/v1[67]/

Words side by side must all occur; `-word` is `NOT word`; `=Word` keeps its case; `data*` is the start of a word.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import re2

from bot.domain.seen import Seen
from bot.domain.terms import Term

Field = Literal["title", "author", "feed", "lang", "category"]
#: Words of which a post must have at least one for a query to hold; None: the query may hold without any.
Needs = frozenset[str] | None
#: A bounded automaton: patterns come from anyone in a chat.
_PATTERN_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class Has:
    """The title or the text has a term."""

    term: Term

    def holds(self, seen: Seen) -> bool:
        return seen.words.has(self.term)

    def needs(self) -> Needs:
        """Return the words by one of which it can be found; a prefix has none, nor has a case kept."""
        return None if self.term.is_prefix else self.term.first_words()

    @property
    def is_one_word(self) -> bool:
        """Say whether one of `needs` is all it takes."""
        return not (self.term.keeps_case or self.term.is_prefix) and all(
            len(words) == 1 for words in self.term.spellings()
        )

    def __str__(self) -> str:
        return f'"{self.term.text}"' if " " in self.term.text else self.term.text


@dataclass(frozen=True, slots=True)
class Is:
    """One field of the post or its blog is what was asked for."""

    field: Field
    value: str

    def holds(self, seen: Seen) -> bool:
        match self.field:
            case "title":
                return seen.title.has(Term(self.value))
            case "author":
                return seen.author.has(Term(self.value))
            case "feed":
                return seen.is_from(self.value)
            case "lang":
                return seen.is_in(self.value)
            case "category":
                return any(self.value.lower() == category.lower() for category in seen.post.categories)

    def needs(self) -> Needs:
        return Has(Term(self.value)).needs() if self.field == "title" else None

    def __str__(self) -> str:
        return f'{self.field}:"{self.value}"' if " " in self.value else f"{self.field}:{self.value}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The title or the text matches a regular expression, in time that grows with the text only."""

    source: str

    def holds(self, seen: Seen) -> bool:
        text = f"{seen.post.title}\n{seen.post.text or seen.post.summary}"
        # As bytes: half a surrogate pair, which some feeds have, cannot be encoded by the library.
        return compiled(self.source).search(text.encode("utf-8", "replace")) is not None

    def needs(self) -> Needs:
        return None

    def __str__(self) -> str:
        return f"re:/{self.source}/"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Query"

    def holds(self, seen: Seen) -> bool:
        return not self.part.holds(seen)

    def needs(self) -> Needs:
        return None

    def __str__(self) -> str:
        return f"NOT {_grouped(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Query, ...]"

    def holds(self, seen: Seen) -> bool:
        return all(part.holds(seen) for part in self.parts)

    def needs(self) -> Needs:
        """Return the needs of the part that fewest posts fulfil: few words, then long ones."""
        found = [needs for part in self.parts if (needs := part.needs()) is not None]
        return min(found, key=lambda words: (len(words), -min(map(len, words)), sorted(words)), default=None)

    def __str__(self) -> str:
        return " AND ".join(map(_grouped, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Query, ...]"

    def holds(self, seen: Seen) -> bool:
        return any(part.holds(seen) for part in self.parts)

    def needs(self) -> Needs:
        found = [part.needs() for part in self.parts]
        return None if None in found else frozenset().union(*(needs for needs in found if needs))

    def __str__(self) -> str:
        return " OR ".join(map(_grouped, self.parts))


Query = Has | Is | Pattern | Not | And | Or


def _grouped(part: Query) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)


@cache
def compiled(source: str) -> Any:
    """Compile a pattern by google-re2, which takes no back-references and never backtracks."""
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(source, options)
