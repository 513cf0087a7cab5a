"""The matcher: what counts how much, what anchors, what bounds the time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.matching import match, match_text
from bot.domain.model import FeedId, Post, PostId, Strictness
from bot.domain.vocabulary import Topic, Vocabulary, Weight

AI = Topic(
    slug="ai",
    label="AI",
    categories=("Machine Learning",),
    terms={"strong": ("=AI", "neural network"), "weak": ("model",)},
)
NLP = Topic(
    slug="nlp",
    label="NLP",
    parent="ai",
    categories=("nlp",),
    terms={
        "strong": ("large language model", "token*"),
        "medium": ("=Claude", "prompt", "embedding"),
        "weak": ("attention",),
        "not": ("css", "ring tokens"),
    },
)
GO = Topic(slug="go", label="Go", terms={"strong": ("=Go", "golang"), "not": ("=Go to",)})
TOPICS = (AI, NLP, GO)
VOCABULARY = Vocabulary(TOPICS)


def found(
    title: str, text: str = "", categories: Sequence[str] = (), vocabulary: Vocabulary = VOCABULARY
) -> dict[str, float]:
    return {match.topic: match.score for match in match_text(title, text, categories, vocabulary)}


@pytest.mark.parametrize(
    ("title", "text", "scores"),
    [
        ("Golang", "", {"go": 6.0}),
        ("", "golang", {"go": 3.0}),
        ("", "golang golang", {"go": 4.5}),
        ("", "golang " * 9, {"go": 6.0}),
        ("Golang", "golang", {"go": 9.0}),
        ("", "x " * 250 + "golang " * 4, {}),
        ("Golang", "x " * 250 + "golang " * 4, {"go": 7.5}),
        ("Golang", "x " * 1500 + "golang", {"go": 6.0}),
        ("", "Go to golang", {"go": 3.0}),
        ("", "go and gone", {}),
        ("Go's runtime", "", {}),
        ("Large-language tokens", "", {"nlp": 6.0, "ai": 6.0}),
        ("A large, language-models", "", {"nlp": 6.0, "ai": 8.0}),
        ("Tokenizers", "", {"nlp": 6.0, "ai": 6.0}),
        ("On token-based things", "", {"nlp": 6.0, "ai": 6.0}),
    ],
)
def test_points_are_what_the_rule_says(title: str, text: str, scores: dict[str, float]) -> None:
    assert scores == found(title, text)


@pytest.mark.parametrize(
    ("title", "text", "topics"),
    [
        ("attention attention", "attention attention", set()),
        ("attention", "prompt prompt prompt attention", set()),
        ("prompt", "attention", {"nlp", "ai"}),
        ("attention", "prompt Claude", {"nlp", "ai"}),
        ("attention", "prompt claude", set()),
        ("prompt for css", "css", set()),
    ],
)
def test_a_post_needs_an_anchor(title: str, text: str, topics: set[str]) -> None:
    assert topics == found(title, text).keys()


@pytest.mark.parametrize("category", ["nlp", "#NLP", "NLP ", "Machine_Learning", "machine/learning"])
def test_a_category_of_the_feed_decides(category: str) -> None:
    assert found("Untitled", "", [category])["ai"] == 9.0


def test_a_child_brings_its_posts_to_its_parent_with_its_own_reasons() -> None:
    vocabulary = Vocabulary([replace(AI, terms={"not": ("golang",)}), NLP])

    nlp, ai = sorted(match_text("NLP", "golang", ["nlp"], vocabulary), key=lambda match: match.topic, reverse=True)

    assert ("ai", nlp.score, nlp.evidence) == (ai.topic, ai.score, ai.evidence)


def test_the_parent_may_weigh_a_term_of_its_child_otherwise() -> None:
    vocabulary = Vocabulary([replace(AI, terms={"weak": ("prompt",)}), NLP])

    assert {match.topic: match.score for match in match_text("prompt", "", (), vocabulary) if match.topic == "nlp"} == {
        "nlp": 4.0
    }


def test_a_match_says_how_strict_one_may_be() -> None:
    topic = replace(GO, thresholds={Strictness.WIDE: 3.0, Strictness.NORMAL: 6.0, Strictness.STRICT: 9.0})
    vocabulary = Vocabulary([topic])

    levels = [
        match_text(title, text, (), vocabulary)[0].strictness
        for title, text in (("", "golang"), ("golang", ""), ("golang", "golang"))
    ]

    assert levels == [Strictness.WIDE, Strictness.NORMAL, Strictness.STRICT]


def test_the_evidence_names_each_term_its_place_and_its_points() -> None:
    post = Post(
        id=PostId("p"),
        feed_id=FeedId(1),
        title="Claude and tokens",
        url=None,
        summary="",
        text="A prompt, another prompt; css " + "x " * 250 + "embedding",
        first_seen=datetime(2026, 11, 1, tzinfo=UTC),
        categories=("NLP",),
    )

    nlp = next(match for match in match(post, VOCABULARY) if match.topic == "nlp")

    assert sorted(((e.term, e.where, e.points) for e in nlp.evidence), key=lambda e: -abs(e[2]) + (e[2] > 0) / 10) == [
        ("nlp", "category", 9.0),
        ("token*", "title", 6.0),
        ("=Claude", "title", 4.0),
        ("css", "text", -3.0),
        ("prompt", "text", 3.0),
        ("embedding", "text", 0.5),
    ]
    assert nlp.score == sum(evidence.points for evidence in nlp.evidence)


@pytest.mark.parametrize(
    "text",
    [
        "データベース" * 15_000,
        "a" * 80_000,
        "golang " * 12_000,
        "🎉" * 5_000,
        "x" * 5_000,
        "-/'." * 20_000,
        "\ud800 golang",
    ],
    ids=["no spaces", "one word", "repeats", "emoji", "long word", "joins", "lone surrogate"],
)
def test_odd_texts_cost_little_and_break_nothing(text: str) -> None:
    started = time.process_time()

    match_text(text, text, [text], VOCABULARY)

    assert time.process_time() - started < 0.5


def test_a_term_is_found_in_a_script_without_spaces() -> None:
    vocabulary = Vocabulary([Topic(slug="db", label="DB", terms={"strong": ("数据库", "=Redis")})])

    assert found("分布式数据库的设计", vocabulary=vocabulary) == {"db": 6.0}
    assert found("使用Redis缓存", vocabulary=vocabulary) == {"db": 6.0}


WORDS = (
    "large",
    "language",
    "model",
    "models",
    "token",
    "prompt",
    "Claude",
    "claude",
    "css",
    "attention",
    "AI",
    "ai",
    "neural",
    "network",
    "golang",
    "Go",
    "to",
    "ring",
    "tokens",
    "embedding",
    "x",
    "prompt-based",
    "large-language",
)
texts = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


@given(texts, texts, phrases)
def test_a_negative_term_never_adds_a_match(title: str, text: str, term: str) -> None:
    terms: Mapping[Weight, tuple[str, ...]] = {**NLP.terms, "not": (*NLP.terms["not"], term)}
    if any(term in of for weight, of in NLP.terms.items() if weight != "not"):
        return

    after = found(title, text, vocabulary=Vocabulary([AI, replace(NLP, terms=terms), GO]))

    assert after.keys() <= found(title, text).keys()
    assert after.get("nlp", 0) <= found(title, text).get("nlp", 0)


@given(texts, texts)
def test_case_does_not_change_a_term_that_does_not_keep_it(title: str, text: str) -> None:
    vocabulary = Vocabulary(
        [
            Topic(
                slug="nlp",
                label="NLP",
                terms={
                    weight: tuple(term for term in terms if not term.startswith("="))
                    for weight, terms in NLP.terms.items()
                },
            )
        ]
    )

    assert found(title, text, vocabulary=vocabulary) == found(title.title(), text.upper(), vocabulary=vocabulary)


@given(texts, texts, st.permutations(TOPICS))
def test_the_order_of_topics_does_not_matter(title: str, text: str, topics: list[Topic]) -> None:
    assert match_text(title, text, (), VOCABULARY) == match_text(title, text, (), Vocabulary(topics))


@given(texts)
def test_what_was_matched_before_does_not_matter(text: str) -> None:
    assert match_text("", text, (), Vocabulary(TOPICS)) == match_text("", text, (), VOCABULARY)
