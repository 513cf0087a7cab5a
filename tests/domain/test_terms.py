"""Words and terms: what is one word, which spellings are one term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.terms import Term, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Node.js and C++, C# too.", ["Node.js", "and", "C++", "C#", "too"]),
        ("CI/CD with gpt-4 -- or `gpt-4`?", ["CI/CD", "with", "gpt-4", "or", "gpt-4"]),
        ("it’s “smart”—quotes…", ["it's", "smart", "quotes"]),
        ("snake_case #hashtag ... .NET", ["snake", "case", "hashtag", "NET"]),
        ("naïve café", ["naïve", "café"]),
        ("🎉 🚀", []),
        ("Rust🎉Go", ["Rust", "Go"]),
        ("用Python写", ["用", "Python", "写"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("term", "spelling"),
    [
        ("open source", "open-source"),
        ("open-source", "open source"),
        ("language model", "language models"),
        ("vulnerability", "vulnerabilities"),
        ("postmortem", "postmortems"),
        ("k-nearest neighbor", "k-nearest-neighbors"),
    ],
)
def test_a_term_is_found_in_its_other_spellings(term: str, spelling: str) -> None:
    assert tuple(spelling.split(" ")) in set(Term(term).spellings())


@pytest.mark.parametrize(("term", "spelling"), [("gpt-4", "gpt 4"), ("css", "csss"), ("=Go", "go")])
def test_a_term_has_no_spelling_that_would_be_another(term: str, spelling: str) -> None:
    assert tuple(spelling.split(" ")) not in set(Term(term).spellings())


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("--", "has no letter or digit"),
        ("=", "has no letter or digit"),
        ("*", "has no letter or digit"),
        (" ".join("abcdefghijklm"), "has more than 12 words"),
        ("x" * 61, "has a word of more than 60 characters"),
        ("big data*", "is a prefix of more than one word"),
        ("go*", "is a prefix of fewer than 3 letters"),
        ("数" * 41, "has more than 40 signs"),
        ("数据*", "needs no `*`: it is found inside a run of such signs anyway"),
    ],
)
def test_what_cannot_be_found_is_no_term(term: str, fault: str) -> None:
    assert fault == str(Term(term).fault)


@given(st.text(max_size=200))
def test_words_have_no_space_and_begin_with_a_letter_or_digit(text: str) -> None:
    for word in words_of(text):
        assert word[0].isalnum()
        assert not any(character.isspace() for character in word)
