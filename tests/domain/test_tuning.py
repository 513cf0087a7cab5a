"""A channel's own weights: less of a term, or nothing of it, and the anchor rule still holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.matching import match_text
from bot.domain.model import Channel, Evidence, Match, Strictness
from bot.domain.tuning import Change, Tuning, tune
from bot.domain.vocabulary import Topic, Vocabulary

CHANNEL = Channel(platform="slack", workspace="T1", id="C1")
TERMS = ("parsing", "gpt", "openai", "claude", "prompt", "css")
VOCABULARY = Vocabulary(
    [
        Topic(
            slug="nlp",
            label="NLP",
            categories=("nlp",),
            terms={"strong": ("parsing", "gpt"), "medium": ("openai", "claude"), "weak": ("prompt",), "not": ("css",)},
        )
    ]
)


def tuned(title: str, text: str, category: str = "", **changes: Change) -> Match | None:
    (match,) = match_text(title, text, (category,), VOCABULARY)
    return tune(match, Tuning(channel=CHANNEL, topic="nlp", terms=changes), VOCABULARY)


@pytest.mark.parametrize(
    ("title", "text", "changes", "score"),
    [
        ("parsing gpt", "", {}, 12.0),
        ("parsing gpt", "", {"gpt": "weak"}, 8.0),
        ("parsing gpt", "", {"gpt": "medium"}, 10.0),
        ("parsing gpt", "", {"gpt": "off"}, 6.0),
        ("parsing prompt", "", {"prompt": "medium"}, 8.0),
        ("parsing css", "parsing", {"css": "off"}, 3.0),
    ],
)
def test_a_term_counts_less(title: str, text: str, changes: dict[str, Change], score: float) -> None:
    match = tuned(title, text, "", **changes)

    assert match is not None
    assert match.score == score


def test_the_strictness_follows_the_score() -> None:
    match = tuned("parsing gpt", "", gpt="off")

    assert match is not None
    assert match.strictness == Strictness.NORMAL


def test_what_has_lost_its_anchor_is_no_match() -> None:
    assert tuned("openai", "prompt", openai="weak") is None
    assert tuned("", "openai claude prompt", openai="off") is None


def test_a_category_of_the_feed_still_decides() -> None:
    assert tuned("parsing", "", "nlp", parsing="off") is not None


words = st.lists(st.sampled_from(TERMS), max_size=6).map(" ".join)
changes = st.dictionaries(st.sampled_from(TERMS), st.sampled_from(["medium", "weak", "off"]), max_size=3)


@given(words, words, changes)
def test_tuning_never_raises_a_score(title: str, text: str, terms: dict[str, Change]) -> None:
    for match in match_text(title, text, (), VOCABULARY):
        after = tune(match, Tuning(channel=CHANNEL, topic="nlp", terms=terms), VOCABULARY)

        assert after is None or after.score <= match.score


@given(words, words)
def test_no_change_leaves_a_match_as_it_is(title: str, text: str) -> None:
    for match in match_text(title, text, (), VOCABULARY):
        assert tune(match, Tuning(channel=CHANNEL, topic="nlp"), VOCABULARY) == match


def test_rounded_evidence_does_not_change_a_score() -> None:
    found = tuple(Evidence(f"term-{n}", "text", 0.33) for n in range(3))
    match = Match(topic="nlp", score=7.17, evidence=(Evidence("parsing", "title", 6.0), *found))

    after = tune(match, Tuning(channel=CHANNEL, topic="nlp"), VOCABULARY)

    assert after is not None
    assert after.score == 7.17
