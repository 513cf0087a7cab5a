"""The topics as people name them, read from the vocabulary that posts are matched against."""

from collections.abc import Callable, Mapping, Sequence

from bot.domain.model import TopicName
from bot.domain.names import Names
from bot.domain.vocabulary import Topic, Vocabulary, Weight


class KnownTopics:
    """Keeps bot.ports.Topics over the newest vocabulary, which *vocabulary* returns."""

    def __init__(self, vocabulary: Callable[[], Vocabulary]) -> None:
        self._vocabulary = vocabulary

    async def all(self, workspace: str) -> Sequence[TopicName]:
        return sorted(map(_name, self._seen_in(workspace).values()), key=lambda topic: topic.label.casefold())

    async def find(self, workspace: str, name: str) -> TopicName | None:
        topics = self._seen_in(workspace)
        known = Names(topics.values()).find(name)
        return _name(topics[known.slug]) if known else None

    async def near(self, workspace: str, name: str) -> TopicName | None:
        topics = self._seen_in(workspace)
        slug = Names(topics.values()).near(name)
        return _name(topics[slug]) if slug else None

    async def rules(self, workspace: str, slug: str) -> Topic | None:
        return next((one for one in self._seen_in(workspace).values() if one.slug.rpartition("/")[2] == slug), None)

    async def weights(self, workspace: str, slug: str) -> Mapping[str, Weight]:
        topic = await self.rules(workspace, slug)
        if topic is None:
            return {}
        claims = self._vocabulary().claims
        return {term: claim.weight for term, of in claims.items() for claim in of if claim.topic == topic.slug}

    async def is_built_in(self, slug: str) -> bool:
        return slug in self._vocabulary().topics

    def _seen_in(self, workspace: str) -> dict[str, Topic]:
        """Return the built-in topics and the workspace's own, which come first where names are the same."""
        topics = self._vocabulary().topics.values()
        own = {topic.slug: topic for topic in topics if topic.slug.startswith(f"{workspace}/")}
        built_in = {topic.slug: topic for topic in topics if "/" not in topic.slug}
        hidden = {slug.rpartition("/")[2] for slug in own}
        return own | {slug: topic for slug, topic in built_in.items() if slug not in hidden}


def _name(topic: Topic) -> TopicName:
    """Return a topic without its rules; a workspace's own loses the workspace from its slug."""
    slug = topic.slug.rpartition("/")[2]
    return TopicName(slug=slug, label=topic.label, aliases=topic.aliases, parent=topic.parent)
