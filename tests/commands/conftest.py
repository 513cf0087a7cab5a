"""A channel with a person in it, over a real store."""

from dataclasses import replace

import pytest

from bot.commands.desk import Desk
from bot.commands.dispatch import Commands
from bot.commands.known_topics import KnownTopics
from bot.domain.following import FoundFeed
from bot.domain.model import SHARED, Channel, FeedId
from bot.domain.reply import Person, Press, Reply, Request
from bot.domain.vocabulary import Topic
from bot.polling.judging import WishJudge
from bot.store.actions import SqlActions
from bot.store.backfill import SqlBackfill
from bot.store.channels import SqlChannels
from bot.store.database import Database
from bot.store.departures import SqlDepartures
from bot.store.feedback import SqlFeedback
from bot.store.known_feeds import SqlFeeds
from bot.store.mutes import SqlMutes
from bot.store.own_topics import SqlOwnTopics
from bot.store.pages import SqlPages
from bot.store.reasons import SqlReasons
from bot.store.receipts import SqlReceipts
from bot.store.removals import SqlRemovals
from bot.store.shown_posts import SqlPosts
from bot.store.subscriptions import SqlSubscriptions
from bot.store.wishes import SqlWishBook
from tests.clock import FakeClock
from tests.fakes.topics import FakeDiscovery, FakeTopics
from tests.seeds import NLP, Seeds

ANN = Person(id="ann", may_change_channel=True, may_change_workspace=True)
GUEST = Person(id="guest")
MEMBER = Person(id="member", may_change_channel=True)

SIMON = FoundFeed(url="https://simon.example/atom", title="Simon’s Weblog", site="https://simon.example")
REDIS = FoundFeed(url="https://redis.example/rss", title="<antirez>")
NEWS = (
    FoundFeed(url="https://news.example/all.xml", title="All news"),
    FoundFeed(url="https://news.example/tech.xml", title="Tech news"),
)


#: The terms of the topics that FakeTopics names.
RULES = (
    Topic(slug="ai", label="AI", terms={"strong": ("=AI",)}),
    Topic(slug="nlp", label="NLP", parent="ai", terms={"strong": ("=BERT",), "medium": ("openai",), "not": ("css",)}),
    Topic(slug="rust", label="Rust", terms={"strong": ("=Rust",)}),
)


class Talk:
    """What a person types and presses in a channel, and what is answered."""

    def __init__(self, commands: Commands, desk: Desk, clock: FakeClock, discovery: FakeDiscovery) -> None:
        self.commands = commands
        self.desk = desk
        self.clock = clock
        self.discovery = discovery
        self.last = Reply()

    async def type(self, text: str, *, who: Person = ANN, where: Channel = NLP) -> str:
        """Type a command and return the text of the answer."""
        self.last = await self.commands.run(Request(channel=where, person=who, text=text))
        return self.last.text

    async def press(self, label: str, *, who: Person = ANN, where: Channel = NLP, **values: str) -> str:
        """Press a button of the last answer, or send its form, and return the text of the answer."""
        actions = {button.label: button.action for button in self.last.buttons}
        if self.last.form:
            actions[self.last.form.submit] = self.last.form.action
        self.last = await self.commands.press(Press(channel=where, person=who, action=actions[label], values=values))
        return self.last.text

    @property
    def buttons(self) -> list[str]:
        return [button.label for button in self.last.buttons]

    @property
    def titles(self) -> list[str]:
        return [card.post.title for card in self.last.posts]

    async def share(self, *found: FoundFeed) -> list[FeedId]:
        """Put feeds into the pool that all share."""
        ids = [feed.id for feed in await self.desk.feeds.know(found, self.clock.now())]
        await self.desk.feeds.add(SHARED, ids, by="operator", now=self.clock.now())
        return ids


async def at_once() -> None:
    """Wait for nobody."""


@pytest.fixture
def seeds(sqlite: Database) -> Seeds:
    return Seeds(sqlite)


@pytest.fixture
def talk(sqlite: Database, clock: FakeClock) -> Talk:
    web = {SIMON.url: [SIMON], "https://simon.example": [SIMON], REDIS.url: [REDIS], "https://news.example": NEWS}
    discovery = FakeDiscovery(web)
    judge = WishJudge(RULES, SqlWishBook(sqlite))
    desk = Desk(
        clock=clock,
        channels=SqlChannels(sqlite),
        topics=FakeTopics(),
        feeds=SqlFeeds(sqlite),
        posts=SqlPosts(sqlite),
        library=SqlPages(sqlite),
        counted_base="https://tidings.example",
        subscriptions=SqlSubscriptions(sqlite),
        receipts=SqlReceipts(sqlite),
        mutes=SqlMutes(sqlite),
        reasons=SqlReasons(sqlite),
        removals=SqlRemovals(sqlite),
        departures=SqlDepartures(sqlite, at_once),
        rules=KnownTopics(lambda: judge.vocabulary),
        own_topics=SqlOwnTopics(sqlite),
        heed=judge.refresh,
        feedback=SqlFeedback(sqlite),
        backfill=SqlBackfill(sqlite),
        discovery=discovery,
        actions=SqlActions(sqlite),
        timezone="Europe/Berlin",
    )
    return Talk(Commands(desk), desk, clock, discovery)


def titled(found: FoundFeed, title: str) -> FoundFeed:
    return replace(found, title=title)
