"""What people read, in their language: gettext's rules, from one .po file for each language.

A text is a literal where it is said: `say("Following {topic} here.", topic=label)`. Numbers, dates and lists are
written as the language writes them. What is not said yet, because nobody knows for whom, is a `Text`.
"""

import gettext
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from babel.dates import format_date, format_skeleton, get_day_names
from babel.lists import format_list
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.domain.unsaid import Text

ENGLISH = "en"


def _english_form(number: int) -> int:
    return int(number != 1)


@dataclass(frozen=True, slots=True)
class Language:
    """One language's texts; what it has no text for is said in English."""

    code: str = ENGLISH
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Which of a text's forms fits a number.
    form: Callable[[int], int] = _english_form

    def __call__(self, text: str | Text, **values: object) -> str:
        """Say *text*, its {places} filled."""
        if isinstance(text, Text):
            values = {**text.values, **values}
            return self(text.text, **values) if values else self.again(text.text)
        told = self.texts.get(text, (text,))[0]
        return told.format(**self._written(values)) if values else told

    def plural(self, one: str, many: str, number: int, **values: object) -> str:
        """Say the form of the text that fits *number*, which is {number} in it."""
        forms = self.texts.get(one)
        told = (one, many)[_english_form(number)] if forms is None else forms[self.form(number)]
        return told.format(**self._written({"number": number, **values}))

    def again(self, english: str) -> str:
        """Say a sentence that was stored in English."""
        if self.code == ENGLISH or not english or english in self.texts:
            return self(english)
        if english.removesuffix(".") in self.texts:
            return f"{self(english.removesuffix('.'))}."
        for text in self.texts:
            if (pattern := _pattern(text)) and (found := pattern.fullmatch(english)):
                # Why something is so is a stored sentence itself.
                return self(text, **found.groupdict() | {"why": self.again(found.groupdict().get("why", ""))})
        # What a chat said itself follows a colon.
        ours, colon, theirs = english.partition(": ")
        return f"{self(ours)}{colon}{theirs}"

    def number(self, number: float) -> str:
        """Return `1,200` as the language writes it."""
        return str(format_decimal(number, locale=self._locale))

    def tenths(self, number: float) -> str:
        """Return `13.0`, with one digit behind the point."""
        return str(format_decimal(number, "0.0", locale=self._locale))

    def day(self, moment: datetime) -> str:
        """Return a date of few signs. English ones differ by country, so there the year comes first."""
        if self.code == ENGLISH:
            return f"{moment:%Y-%m-%d}"
        return str(format_date(moment, "medium", locale=self._locale))

    def day_of_year(self, day: date) -> str:
        """Return `02 November`."""
        return f"{day:%d %B}" if self.code == ENGLISH else str(format_skeleton("MMMMd", day, locale=self._locale))

    def moment(self, moment: datetime) -> str:
        """Return date and time, in UTC."""
        say = self
        return say("{day} {time} UTC", day=self.day(moment), time=f"{moment:%H:%M}")

    def weekdays(self, numbers: Sequence[int]) -> str:
        """Return the short names of weekdays, Monday being 0; in English as they are typed, `mon,thu`."""
        names = get_day_names("abbreviated", "stand-alone", locale=self._locale)
        named = [str(names[number]) for number in numbers]
        return ",".join(named).lower() if self.code == ENGLISH else self.joined(named)

    def joined(self, names: Sequence[str]) -> str:
        """Return `a, b and c`."""
        # American English would have a comma before "and".
        return str(format_list(names, locale="en_GB" if self.code == ENGLISH else self._locale)) if names else ""

    @property
    def _locale(self) -> str:
        return self.code.replace("-", "_")

    def _written(self, values: Mapping[str, object]) -> dict[str, object]:
        return {name: self._value(value) for name, value in values.items()}

    def _value(self, value: object) -> object:
        match value:
            case bool():
                return value
            case int():
                return self.number(value)
            case Text():
                return self(value)
            case list() | tuple():
                return self.joined([str(self._value(one)) for one in value])
            case _:
                return value


IN_ENGLISH = Language()
_PLACE = re.compile(r"\\{(\w+)\\}")
#: Fewer letters than this around the places would fit sentences they were not made for.
_TELLING = 8


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """Return what a sentence made of *text* looks like; None where that is too little to tell."""
    escaped = re.escape(text)
    places = _PLACE.findall(escaped)
    if not places or len(places) != len(set(places)) or len(_PLACE.sub("", escaped)) < _TELLING:
        return None
    return re.compile(_PLACE.sub(r"(?P<\1>.+)", escaped), re.DOTALL)


def read_language(code: str, catalogue: str) -> Language:
    """Return the language of a .po file's text; entries that are fuzzy or empty stay English."""
    read = read_po(io.StringIO(catalogue), locale=code.replace("-", "_"))
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
    #: The code of the language for who asked for none.
    default: str = ENGLISH

    def __iter__(self) -> Iterator[str]:
        """Yield the codes there are."""
        return iter(sorted({ENGLISH, *self.by_code}))

    def get(self, code: str | None) -> Language:
        """Return the language for a code such as `de`, `de-AT`, `en_US`; the default where there is none."""
        return self.find(code or "") or self.find(self.default) or Language()

    def find(self, code: str) -> Language | None:
        """Return the language of a code; None where there is none."""
        name = code.replace("_", "-").lower()
        known = self.by_code.get(name) or self.by_code.get(name.partition("-")[0])
        return known or (Language() if name.partition("-")[0] == ENGLISH else None)

    def best(self, accept: str) -> Language:
        """Return what an Accept-Language header asks for first and we have."""
        wanted = []
        for place, part in enumerate(accept[:200].split(",")):
            code, _, quality = part.strip().partition(";q=")
            wanted.append((-_quality(quality), place, code))
        for weight, _, code in sorted(wanted):
            if weight and (known := self.find(code)):
                return known
        return self.get(None)


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0) if text else 1.0
    except ValueError:
        return 0.0
