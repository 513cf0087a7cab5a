"""Names as typed: aliases resolve, near names are only asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.names import Known, Names, distance
from bot.domain.vocabulary import Topic

NAMES = Names(
    [
        Topic(slug="nlp", label="Natural language processing", aliases=("text mining",)),
        Topic(slug="python", label="Python", aliases=("py",)),
        Topic(slug="databases", label="Databases", aliases=("db", "sql")),
        Topic(slug="rust", label="Rust"),
        Topic(slug="design", label="Design"),
    ]
)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("NLP", Known("nlp")),
        ("#nlp", Known("nlp")),
        ("Text_Mining", Known("nlp", "Text_Mining")),
        ("natural-language processing", Known("nlp", "natural-language processing")),
        ("nlpp", None),
    ],
)
def test_only_an_exact_name_is_known(typed: str, known: Known | None) -> None:
    assert known == NAMES.find(typed)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("pyhton", "python"),
        ("pythn", "python"),
        ("pythons", "python"),
        ("database", "databases"),
        ("datbase", "databases"),
        ("rsut", "rust"),
        ("nlpp", None),
        ("sqk", None),
        ("chess", None),
        ("photography", None),
        ("birds", None),
    ],
)
def test_a_slip_of_the_pen_is_asked_about_and_a_foreign_word_is_not(typed: str, slug: str | None) -> None:
    assert slug == NAMES.near(typed)


def test_between_two_equally_near_names_nothing_is_proposed() -> None:
    names = Names([Topic(slug="mobile", label="Mobile"), Topic(slug="nobile", label="Nobile")])

    assert names.near("xobile") is None


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_distance_is_symmetric_and_zero_only_for_the_same(a: str, b: str) -> None:
    assert distance(a, b, 9) == distance(b, a, 9)
    assert (distance(a, b, 9) == 0) == (a == b)


@given(st.text("abcdefgh", min_size=2, max_size=8), st.integers(0, 6))
def test_two_letters_swapped_are_one_slip(word: str, at: int) -> None:
    at = min(at, len(word) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    assert distance(word, swapped, 2) == (word != swapped)
