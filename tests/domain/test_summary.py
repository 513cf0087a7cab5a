"""Cutting a text to a summary."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.summary import first_words, summarise


@pytest.mark.parametrize(
    ("text", "limit", "summary"),
    [
        ("Short.", 300, "Short."),
        ("One. Two. Three is longer than that.", 10, "One. Two."),
        ("A first sentence here! And a second one follows it.", 30, "A first sentence here!"),
        ("He met Dr. Who at noon and they left at once.", 20, "He met Dr. Who at…"),
        ("Version 1.2.3 is out today and brings much", 20, "Version 1.2.3 is…"),
        ("word " * 20, 22, "word word word word…"),
        ("x" * 50, 20, "x" * 19 + "…"),
        ("これは文です。これも文です。長い長い長い文", 15, "これは文です。これも文です。"),
        ("spread   over\n\nlines", 300, "spread over lines"),
        ("Anything", 0, ""),
    ],
)
def test_a_summary_ends_at_a_sentence_else_at_a_word(text: str, limit: int, summary: str) -> None:
    assert summary == summarise(text, limit)


def test_eighty_thousand_characters_become_at_most_three_hundred_that_end_a_sentence() -> None:
    summary = summarise("This sentence is repeated very often. " * 2100)

    assert 200 < len(summary) <= 300
    assert summary.endswith("often.")


def test_a_family_of_emoji_is_never_split() -> None:
    family = "👨‍👩‍👧‍👦"

    assert summarise(family * 300, 300) == family * (299 // len(family)) + "…"


@given(st.text(max_size=600), st.integers(0, 100))
def test_a_summary_is_never_longer_than_asked_and_splits_no_grapheme(text: str, limit: int) -> None:
    summary = summarise(text, limit)
    whole = regex.findall(r"\X", regex.sub(r"\s+", " ", text).strip())

    assert len(summary) <= max(limit, 0)
    assert all(part in {*whole, "…", " "} or part.endswith("…") for part in regex.findall(r"\X", summary))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A sentence. Another.", "A sentence."),
        ("no end " * 30, "no end " * 10 + "no end…"),
        ("", ""),
    ],
)
def test_first_words_make_a_title(text: str, title: str) -> None:
    assert title == first_words(text)
