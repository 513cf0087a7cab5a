"""Topics and a web of blogs that tests lay out in a line each."""

from collections.abc import Mapping, Sequence

from bot.domain.errors import FeedNotReached, UsageError
from bot.domain.following import FeedList, FoundFeed
from bot.domain.model import TopicName

TOPICS = (
    TopicName(slug="ai", label="AI"),
    TopicName(slug="nlp", label="NLP", aliases=("natural language processing",), parent="ai"),
    TopicName(slug="rust", label="Rust"),
    TopicName(slug="machine-learning", label="Machine learning", aliases=("ml",), parent="ai"),
)


class FakeTopics:
    """Keeps bot.ports.Topics over a fixed list."""

    def __init__(self, topics: Sequence[TopicName] = TOPICS) -> None:
        self._topics = topics

    async def all(self, workspace: str) -> Sequence[TopicName]:
        return sorted(self._topics, key=lambda topic: topic.label)

    async def find(self, workspace: str, name: str) -> TopicName | None:
        wanted = name.casefold().replace(" ", "-")
        for topic in self._topics:
            if wanted in {known.casefold().replace(" ", "-") for known in (topic.slug, topic.label, *topic.aliases)}:
                return topic
        return None

    async def near(self, workspace: str, name: str) -> TopicName | None:
        return next((topic for topic in self._topics if sorted(topic.slug) == sorted(name) != list(topic.slug)), None)


class FakeDiscovery:
    """Keeps bot.ports.Discovery over addresses that a test lays out."""

    def __init__(self, web: Mapping[str, Sequence[FoundFeed] | FeedList]) -> None:
        self.web: dict[str, Sequence[FoundFeed] | FeedList] = dict(web)
        #: Addresses that do not answer now.
        self.silent: set[str] = set()
        #: What was asked for, in order.
        self.asked: list[str] = []

    async def discover(self, url: str) -> Sequence[FoundFeed] | FeedList:
        self.asked.append(url)
        if url in self.silent:
            raise FeedNotReached("The host does not answer.", url)
        if url not in self.web:
            raise UsageError(f"There is no feed at {url}.")
        return self.web[url]
