from bot.commands.known_topics import KnownTopics
from bot.domain.vocabulary import Topic, Vocabulary, own_slug

TOPICS = KnownTopics(
    lambda: Vocabulary(
        (
            Topic(slug="nlp", label="Natural language processing", aliases=("llm",), parent="ai"),
            Topic(slug="ai", label="AI"),
            Topic(slug=own_slug("slack:T1", "rag"), label="RAG"),
            Topic(slug=own_slug("slack:T1", "nlp"), label="NLP as we see it"),
        )
    )
)


async def test_a_workspace_sees_the_built_in_topics_and_its_own() -> None:
    assert [topic.label for topic in await TOPICS.all("slack:T1")] == ["AI", "NLP as we see it", "RAG"]
    assert [topic.slug for topic in await TOPICS.all("slack:T2")] == ["ai", "nlp"]


async def test_a_topic_is_found_by_slug_label_and_alias() -> None:
    found = [await TOPICS.find("slack:T2", name) for name in ("nlp", "natural language processing", "LLM")]

    assert [topic and topic.slug for topic in found] == ["nlp", "nlp", "nlp"]


async def test_a_topic_of_another_workspace_is_not_found() -> None:
    assert await TOPICS.find("slack:T2", "rag") is None


async def test_a_slip_of_the_pen_is_only_asked_about() -> None:
    near = await TOPICS.near("slack:T2", "natural language procesing")

    assert near is not None
    assert near.slug == "nlp"
    assert await TOPICS.find("slack:T2", "natural language procesing") is None
