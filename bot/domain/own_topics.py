"""A workspace's own topics: `rag "retrieval augmented generation" rag -vacuum`, read and written out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.domain.errors import UsageError
from bot.domain.model import Strictness
from bot.domain.terms import Term
from bot.domain.typed import unquoted, words
from bot.domain.vocabulary import Topic, own_slug

#: One mention is enough; `strict` asks for one in the title, or two.
OWN_THRESHOLDS: Mapping[Strictness, float] = MappingProxyType(
    {Strictness.WIDE: 3.0, Strictness.NORMAL: 3.0, Strictness.STRICT: 4.5}
)
MOST_TERMS = 50
#: A topic that would match more than this share of the archive is asked about before it is saved.
TOO_MUCH = 1 / 3
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRules:
    """What a person wrote for a topic."""

    #: Each of them suffices.
    strong: tuple[str, ...]
    #: Each takes points back.
    against: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write the terms as they are typed."""
        return " ".join([*map(_typed, self.strong), *(f"-{_typed(term)}" for term in self.against)])

    def stored(self) -> dict[str, Any]:
        """Return what goes into the database."""
        return {"strong": list(self.strong), "not": list(self.against)}


def rules_of(stored: Mapping[str, Sequence[str]]) -> OwnRules:
    """Return the rules that `stored` wrote."""
    return OwnRules(strong=tuple(stored["strong"]), against=tuple(stored["not"]))


def own_topic(workspace: str, slug: str, rules: OwnRules) -> Topic:
    """Return the topic as posts are matched against it."""
    return Topic(
        slug=own_slug(workspace, slug),
        label=slug,
        terms={"strong": rules.strong, "not": rules.against},
        thresholds=OWN_THRESHOLDS,
    )


def read_name(text: str) -> tuple[str, str]:
    """Return a new topic's name, and what follows it. Raises UsageError where it cannot be a name."""
    found = words(text)
    if not found:
        raise UsageError('Give it a name and words: `/tidings topic create rag "retrieval augmented generation" rag`.')
    name = unquoted(found[0]).lower()
    if not _SLUG.fullmatch(name) or len(name) > 40:
        raise UsageError("{name} cannot be a topic's name: use a-z, 0-9 and single hyphens, 40 at most.", name=found[0])
    return name, " ".join(found[1:])


def read_rules(text: str) -> OwnRules:
    """Return the terms a person typed. Raises UsageError with what is wrong."""
    strong: list[str] = []
    against: list[str] = []
    for word in words(text):
        term = unquoted(word.removeprefix("-")) if word != "-" else word
        if term.startswith("re:"):
            raise UsageError(
                "{word} is a pattern, and a topic has words only. `/subscribe query: re:/…/` takes patterns.", word=word
            )
        if fault := Term(term).fault:
            raise UsageError("{word} {fault}, so it cannot be a term.", word=word, fault=fault)
        (against if word.startswith("-") else strong).append(term)
    if not strong:
        raise UsageError("A topic needs at least one word or phrase that a post is found by.")
    if len(strong) + len(against) > MOST_TERMS:
        raise UsageError(
            "A topic may have {most} terms, this one has {have}.", most=MOST_TERMS, have=len(strong) + len(against)
        )
    return OwnRules(strong=tuple(dict.fromkeys(strong)), against=tuple(dict.fromkeys(against)))


def _typed(term: str) -> str:
    return f'"{term}"' if " " in term else term
