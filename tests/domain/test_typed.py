import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.typed import as_url, count, joined, listed, nearest, plain, words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/subscribe “vector search”", '/subscribe "vector search"'),
        ("/subscribe „Vektorsuche“", '/subscribe "Vektorsuche"'),
        ("/subscribe <https://example.org/feed|example.org/feed>", "/subscribe https://example.org/feed"),
        ("/subscribe <https://example.org/a?b=1>", "/subscribe https://example.org/a?b=1"),
        ("pause <#C012AB3CD|general>", "pause #general"),
        ("pause <#123456789012345678>", "pause #123456789012345678"),
        ("ask <@U1|ann> and <@!42>", "ask @ann and @42"),
        ("/subscribe <antirez>", "/subscribe <antirez>"),
        ("  don’t  ", "don't"),
        ("/subscribe\u00a0nlp", "/subscribe nlp"),
    ],
)
def test_what_chats_and_keyboards_did_is_undone(typed: str, meant: str) -> None:
    assert plain(typed) == meant


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("nlp, rust", ["nlp", "rust"]),
        ("nlp, rust,", ["nlp", "rust"]),
        ("nlp,,rust", ["nlp", "rust"]),
        ('"a, b", c', ['"a, b"', "c"]),
        ("https://example.org/a,b?c=1,2, rust", ["https://example.org/a,b?c=1,2", "rust"]),
        ("https://example.org/feed,", ["https://example.org/feed"]),
        ("", []),
    ],
)
def test_several_things_are_told_apart_by_commas(text: str, pieces: list[str]) -> None:
    assert listed(text) == pieces


def test_quoted_words_stay_together() -> None:
    assert words('nlp "vector search" -jobs title:"release notes" "open') == [
        "nlp",
        '"vector search"',
        "-jobs",
        'title:"release notes"',
        '"open',
    ]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org/feed", "https://example.org/feed"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("example.org", "https://example.org"),
        ("vgel.me/posts", "https://vgel.me/posts"),
        ("localhost:8000", None),
        ("nlp", None),
        ("node.js", "https://node.js"),
        ("ftp://example.org", None),
        ("c++", None),
    ],
)
def test_an_address_is_told_from_words(text: str, url: str | None) -> None:
    assert as_url(text) == url


@given(st.text(), st.text())
def test_nothing_typed_makes_the_reading_fail(first: str, second: str) -> None:
    text = plain(f"{first} <https://x|{second}> {second}")

    assert all(piece.strip() == piece and piece for piece in listed(text))
    assert [word for word in words(text) if not word.strip()] == []


def test_a_slip_of_the_pen_is_near_and_another_word_is_not() -> None:
    assert nearest("subscrbe", ["subscribe", "topics"]) == "subscribe"
    assert nearest("weather", ["subscribe", "topics"]) is None


def test_numbers_and_lists_read_as_sentences() -> None:
    assert [count(1, "post"), count(1200, "post"), count(2, "match", "matches")] == [
        "1 post",
        "1,200 posts",
        "2 matches",
    ]
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
