"""Whether posts of two feeds are one article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.links import canonical_url, without_secrets
from bot.domain.model import FeedId, StoryId
from bot.domain.story import Face, candidates, face, oldest_match, same_story, sampled, shingles

TEXT = " ".join(f"word{number} and{number % 7}" for number in range(80))
OTHER = " ".join(f"term{number} or{number % 5}" for number in range(80))


def seen(feed: int, url: str | None = None, title: str = "A title of some words", text: str = TEXT) -> Face:
    return face(FeedId(feed), url, title, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/post", "http://www.a.example/post/?utm_source=planet&fbclid=1"),
        ("https://a.example/post?b=2&a=1", "https://A.example//post/index.html?a=1&b=2#comments"),
        ("https://a.example/post", "https://m.a.example/post/amp/"),
    ],
)
def test_addresses_that_differ_in_decoration_are_one(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)
    assert same_story(seen(1, one, "One", TEXT), seen(2, other, "Another", OTHER))


@pytest.mark.parametrize(
    ("one", "other"),
    [("https://a.example/1", "https://a.example/2"), ("https://a.example/?p=1", "https://a.example/?p=2")],
)
def test_addresses_of_two_articles_stay_two(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


CASES = {
    "crosspost with another address": (seen(1, "https://a.example/1"), seen(2, "https://b.example/9"), True),
    "planet puts its name in front": (seen(1), seen(2, title="Jane Doe: A title of some words"), True),
    "planet cuts the text": (seen(1), seen(2, text=TEXT[:420]), True),
    "retitled": (seen(1), seen(2, title="Quite another heading"), True),
    "same title, another text": (seen(1), seen(2, text=OTHER), False),
    "the same feed": (seen(1), seen(1), False),
    "a series that differs in digits": (
        seen(1, title="Announcing Rust 1.26 today"),
        seen(2, title="Announcing Rust 1.27 today"),
        False,
    ),
    "retitled and short": (seen(1, text="a b c d e f"), seen(2, title="Else", text="a b c d e f"), False),
    "no text at all": (seen(1, text=""), seen(2, text=""), False),
    "front pages as links": (
        seen(1, "https://a.example/", "One", TEXT),
        seen(2, "https://a.example/", "Two", OTHER),
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rule(case: str) -> None:
    one, other, same = CASES[case]

    assert same_story(one, other) is same
    assert same_story(other, one) is same


def test_a_post_joins_the_oldest_story_and_never_one_that_has_its_feed() -> None:
    a, b, c = StoryId("a"), StoryId("b"), StoryId("c")

    assert oldest_match(seen(9), {a: [seen(1, text=OTHER)], b: [seen(2)], c: [seen(3)]}) == b
    assert oldest_match(seen(2), {b: [seen(1), seen(2)]}) is None


def test_copies_share_enough_sampled_shingles_to_be_found() -> None:
    story = StoryId("a")
    index = set(sampled(shingles(TEXT)))

    hits = [story for shingle in sampled(shingles(TEXT[:420])) if shingle in index]

    assert candidates(hits) == [story]


def test_secrets_in_an_address_are_never_shown() -> None:
    shown = without_secrets("https://user:pass@h.example/feed?token=abc&x=1")

    assert "pass" not in shown
    assert "abc" not in shown
    assert shown == "https://…@h.example/feed?token=…&x=…"


@given(st.text(max_size=300))
def test_any_address_has_a_canonical_form_that_is_its_own(url: str) -> None:
    assert isinstance(canonical_url(url), str)
    assert isinstance(without_secrets(url), str)


@given(st.text(max_size=500), st.text(max_size=500))
def test_the_rule_is_symmetric(one: str, other: str) -> None:
    assert same_story(seen(1, text=one), seen(2, text=other)) == same_story(seen(2, text=other), seen(1, text=one))
