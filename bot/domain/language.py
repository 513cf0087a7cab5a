"""Texts for people in their language: gettext's rules, from one .po file for each language."""

import gettext
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from babel.messages.pofile import read_po

ENGLISH = "en"


def _plural_of_english(number: int) -> int:
    return int(number != 1)


@dataclass(frozen=True, slots=True)
class Language:
    """One language's texts; what it has no text for is said in English."""

    code: str = ENGLISH
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plural: Callable[[int], int] = _plural_of_english

    def say(self, text: str, **values: object) -> str:
        """Return *text* in this language, its {places} filled."""
        told = self.texts.get(text, (text,))[0]
        return told.format(**values) if values else told

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form of the text that fits *number*, which is {number} in it."""
        forms = self.texts.get(one)
        told = (one, many)[_plural_of_english(number)] if forms is None else forms[self.plural(number)]
        return told.format(number=number, **values)


def read_language(code: str, catalogue: str) -> Language:
    """Return the language of a .po file's text; entries that are fuzzy or empty stay English."""
    read = read_po(io.StringIO(catalogue), locale=code)
    texts: dict[str, tuple[str, ...]] = {}
    for message in read:
        told: Any = message.string
        forms: tuple[str, ...] = tuple(told) if isinstance(told, list | tuple) else (told,)
        if message.id and not message.fuzzy and all(forms):
            texts[message.id[0] if isinstance(message.id, list | tuple) else message.id] = forms
    return Language(code, texts, gettext.c2py(read.plural_expr))


@dataclass(frozen=True, slots=True)
class Languages:
    """Every language there is, English always."""

    by_code: Mapping[str, Language] = field(default_factory=dict)

    def get(self, code: str | None) -> Language:
        """Return the language for a code such as `de`, `de-AT`, `en_US`; English where there is none."""
        name = (code or "").replace("_", "-").lower()
        return self.by_code.get(name) or self.by_code.get(name.partition("-")[0]) or Language()

    def best(self, accept: str) -> Language:
        """Return what an Accept-Language header asks for first and we have."""
        wanted = []
        for place, part in enumerate(accept[:200].split(",")):
            code, _, quality = part.strip().partition(";q=")
            wanted.append((-_quality(quality), place, code.lower()))
        for weight, _, code in sorted(wanted):
            known = self.get(code)
            if weight and (known.code != ENGLISH or code.startswith(ENGLISH)):
                return known
        return Language()


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0) if text else 1.0
    except ValueError:
        return 0.0
