"""Words of a text and terms of a topic: how both are cut, and when they are the same."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeVar
from unicodedata import category

from bot.domain.unsaid import Text

Kept = TypeVar("Kept")

#: node.js, c++, ci/cd and gpt-4 are one word each: these signs belong to words,
#: the last four only inside.
_KEPT = "+#.'/-"
_JOINS = re.compile(r"['/-]")


#: ASCII, byte for byte: what belongs to no word becomes a space. Bytes above 127 stay.
_SPACED = bytes(b if b > 127 or chr(b).isalnum() or chr(b) in _KEPT else 32 for b in range(256))
#: The characters beyond ASCII that English prose is full of. Others are left to `words_in`.
_TYPOGRAPHY = (("’", "'"), ("‑", "-"), *((mark, " ") for mark in "‘“”–—…\u00a0•·→"))

#: Signs that join nothing where they stand; a sentence's full stop belongs to no word either.
_NO_JOIN = ("--", "..", "//", ". ")

#: Scripts that write no spaces between words (and Korean, which glues endings on): each sign is a word, so that
#: a term is found inside a run of them, as a phrase.
_SIGNS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
#: The marks that Thai, Burmese and Khmer put on their signs; none of them begins a word.
_MARKED = (*range(0xE00, 0xF00), *range(0x1000, 0x10A0), *range(0x1780, 0x1800))
_MARKS = "".join(sign for sign in map(chr, _MARKED) if category(sign)[0] == "M")
_UNSPACED = re.compile(f"[{_SIGNS}][{_MARKS}]*")

#: Longer words are never terms; the bound keeps one 5,000-character "word" from costing anything.
LONGEST_WORD = 60
#: A term of more words than this is refused when the vocabulary is loaded; so is one of more such signs.
LONGEST_TERM, MOST_SIGNS = 12, 40


def chunks_of(text: str) -> list[str]:
    """Cut *text* roughly, nearly always into words that may have joins around them, such as a full stop.

    Translating bytes and splitting run in C and take a third of the time of a regular expression.
    """
    if not text.isascii():
        for mark, plain in _TYPOGRAPHY:
            text = text.replace(mark, plain)
        if not _is_latin(text) and _UNSPACED.search(text):
            text = _UNSPACED.sub(r" \g<0> ", text)
    spaced = text.encode("utf-8", "replace").translate(_SPACED).decode("utf-8", "replace")
    for sign in _NO_JOIN:
        spaced = spaced.replace(sign, " ")
    return spaced.split()


def _is_latin(text: str) -> bool:
    """Say whether no sign of an unspaced script can be in *text*; the codec knows ten times as fast as a pattern."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def words_in(chunk: str) -> list[str]:
    """Return the words of a chunk: mostly one; several around an emoji or a Chinese full stop."""
    if not chunk.isascii():
        chunk = "".join(c if c.isalnum() or c in _KEPT else " " for c in chunk)
    words = [part.rstrip(".'/-").lstrip(_KEPT) for part in chunk.split()]
    return [word for word in words if word]


def word_of(chunk: str) -> str:
    """Return the first word of a chunk, empty if it has no letter or digit."""
    if chunk.isascii():
        return chunk.rstrip(".'/-").lstrip(_KEPT)
    return next(iter(words_in(chunk)), "")


class Memory(dict[str, Kept]):
    """What was made of chunks, kept: texts repeat them, and a look-up runs in C."""

    #: About 10 MB; beyond it the memory starts afresh.
    MOST = 100_000

    def __init__(self, make: Callable[[str], Kept]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, chunk: str) -> Kept:
        if len(self) >= self.MOST:
            self.clear()
        self[chunk] = self._make(chunk)
        return self[chunk]


#: The first word of a chunk, with its case and in lower case.
WORD = Memory(word_of)
FOLDED = Memory(lambda chunk: word_of(chunk).lower())


def words_of(text: str) -> list[str]:
    """Cut *text* into words, in order, with their case."""
    return [word for chunk in chunks_of(text) for word in words_in(chunk)]


#: Words that stand everywhere: a phrase that begins with one is looked for by its last word instead.
COMMON = frozenset(
    words_of(
        "a an and are as at be by can do for from get go has have how i if in into is it let's my new no not of off "
        "on one or our out over so that the this to two up us use using was we what when why with you your"
    )
)


def parts_of(word: str) -> list[str]:
    """Return the parts of a joined word that can be terms: python-based has python and based."""
    if word.isalnum():
        return []
    return [part for part in _JOINS.split(word) if len(part) > 2] if _JOINS.search(word) else []


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a topic, as written: ``=Go`` keeps its case, ``esp32*`` is a prefix of one word."""

    text: str

    @property
    def keeps_case(self) -> bool:
        return self.text.startswith("=")

    @property
    def is_prefix(self) -> bool:
        return self.text.endswith("*")

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words to look for, folded unless the term keeps its case."""
        bare = self.text.removeprefix("=").removesuffix("*")
        return tuple(words_of(bare if self.keeps_case else bare.lower()))

    @property
    def fault(self) -> Text | None:
        """Say why this cannot be a term, or None."""
        if not self.words:
            return Text("has no letter or digit")
        if _UNSPACED.search(self.text) and len(self.words) > MOST_SIGNS:
            return Text("has more than {most} signs", most=MOST_SIGNS)
        if not _UNSPACED.search(self.text) and len(self.words) > LONGEST_TERM:
            return Text("has more than {most} words", most=LONGEST_TERM)
        if any(len(word) > LONGEST_WORD for word in self.words):
            return Text("has a word of more than {most} characters", most=LONGEST_WORD)
        return self._fault_as_prefix() if self.is_prefix else None

    def _fault_as_prefix(self) -> Text | None:
        if _UNSPACED.search(self.text):
            return Text("needs no `*`: it is found inside a run of such signs anyway")
        if len(self.words) > 1:
            return Text("is a prefix of more than one word")
        return Text("is a prefix of fewer than 3 letters") if len(self.words[0]) < 3 else None

    def spellings(self) -> tuple[tuple[str, ...], ...]:
        """Return each sequence of words that is this term: open source, open-source, open sources.

        Authors write compounds both ways and in the plural; listing every form by hand forgets some.
        """
        return _spellings(self.text)

    def first_words(self) -> frozenset[str]:
        """Return the words, in lower case, with one of which every text begins that is this term."""
        return _first_words(self.text)


@lru_cache(200_000)
def _first_words(text: str) -> frozenset[str]:
    return frozenset(words[0].lower() for words in _spellings(text))


@lru_cache(200_000)
def _spellings(text: str) -> tuple[tuple[str, ...], ...]:
    term = Term(text)
    found: dict[tuple[str, ...], None] = {}
    for words in _joined_and_split(term.words):
        found[words] = None
        if (plural := _plural(words[-1])) and not term.is_prefix:
            found[(*words[:-1], plural)] = None
    return tuple(found)


def _joined_and_split(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    loose = tuple(part for word in words for part in _loosened(word))
    if not 2 <= len(loose) <= 4:
        yield words
        return
    for joins in product((" ", "-"), repeat=len(loose) - 1):
        yield tuple("".join(a + b for a, b in zip(loose, (*joins, ""), strict=True)).split(" "))


def _loosened(word: str) -> list[str]:
    """Split at hyphens between words of letters; gpt-4 and x-1 stay whole."""
    parts = word.split("-")
    return parts if len(parts) > 1 and all(len(part) > 1 and part.isalpha() for part in parts) else [word]


def _plural(word: str) -> str | None:
    if len(word) < 3 or not word[-1].isalpha() or word[-1] in "sS":
        return None
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("ch", "sh", "x")) else "s")
