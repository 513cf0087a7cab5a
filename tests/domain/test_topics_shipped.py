"""The topics we ship, on a dozen posts written for this test: the evidence of each is a golden file."""

import json
from pathlib import Path

import pytest

from bot.domain.matching import match_text
from bot.domain.model import Strictness
from bot.domain.topic_file import read_topics
from bot.domain.vocabulary import Vocabulary
from tests.golden import assert_golden

HERE = Path(__file__).parent
TOPICS = read_topics((HERE.parents[1] / "config" / "topics.yaml").read_text("utf-8"), "topics.yaml")
VOCABULARY = Vocabulary(TOPICS)
POSTS = json.loads((HERE / "golden" / "posts.json").read_text("utf-8"))


@pytest.mark.parametrize("post", POSTS, ids=[post["name"] for post in POSTS])
def test_the_evidence_is_as_reviewed(post: dict[str, str]) -> None:
    found = {
        match.topic: {
            "score": match.score,
            "strictness": match.strictness,
            "evidence": [f"{e.term} in {e.where}: {e.points:+g}" for e in match.evidence],
        }
        for match in match_text(post["title"], post["text"], post.get("categories", ()), VOCABULARY)
    }
    assert_golden(HERE / "golden" / f"{post['name']}.topics.json", found)


@pytest.mark.parametrize("post", POSTS, ids=[post["name"] for post in POSTS])
def test_the_topics_are_those_a_reader_would_name(post: dict[str, list[str]]) -> None:
    found = {
        match.topic
        for match in match_text(str(post["title"]), str(post["text"]), post.get("categories", []), VOCABULARY)
        if match.strictness != Strictness.WIDE
    }

    assert set(post["topics"]) <= found
    assert not found & set(post["not"])


def test_there_are_at_least_24_topics_with_names_and_categories() -> None:
    assert len(TOPICS) >= 24
    assert all(topic.label and topic.aliases and topic.categories for topic in TOPICS)


def test_llm_is_under_nlp_and_nlp_under_ai() -> None:
    assert VOCABULARY.lineages["llm"] == ("llm", "nlp", "ai")
