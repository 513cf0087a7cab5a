"""What the core needs of the outside: each sentence here is a promise that a contract test executes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.explaining import Case
from bot.domain.fetched import Body, Failed, Fetched, Parsed
from bot.domain.following import Ask, FeedCounts, FoundFeed, Interest, KnownFeed, Subscribed
from bot.domain.model import (
    Announcement,
    AnnouncementId,
    Channel,
    ChannelOptions,
    ChannelStatus,
    Evidence,
    Feed,
    FeedId,
    LookUp,
    Message,
    MessageId,
    MessageRef,
    Outcome,
    Post,
    Subscription,
    SubscriptionId,
    TopicName,
)
from bot.domain.muting import Mute
from bot.domain.own_topics import OwnRules
from bot.domain.pages import PAGE_SIZE, Wanted
from bot.domain.pages import Found as FoundPosts
from bot.domain.polled import Claimed, Judged, Polled, Recorded, Remembered
from bot.domain.previewing import Dated
from bot.domain.receipt import Receipt
from bot.domain.sending import Settlement
from bot.domain.tuning import Change, Tuning
from bot.domain.vocabulary import Topic, Weight
from bot.domain.websub import Hook
from bot.domain.wishes import Wishes


class Clock(Protocol):
    """Time is passed in, so that no test sleeps and no decision reads a clock."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""


class Engine(Protocol):
    """What wakes the core. The rows are the truth: a lost wake-up costs latency, never a message."""

    async def wake(self, kind: str, key: str, at: datetime | None = None) -> None:
        """Run `kind(key)` soon, or at *at*; at most one waiting and one running per (kind, key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A chat's rules for sending. The rates are messages a second; None: no rule."""

    channel: float | None = 1.0
    workspace: float | None = None
    platform: float | None = None
    #: This long after the first attempt the chat itself drops a second copy with the same key: send again, no look.
    dedupes_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    ok: bool
    #: What to do next; empty while all is well.
    why: str = ""


class Chat(Protocol):
    """A chat platform: how messages get out. Commands come in through `bot.commands`."""

    @property
    def platform(self) -> str:
        """The first word of its channels: `slack`, `discord`, `room`."""

    @property
    def pace(self) -> Pace:
        """How fast it may be sent to."""

    async def send(self, message: Message) -> Outcome:
        """Make one attempt. Never raises for what the platform answered, never repeats by itself."""

    async def find_sent(self, message: Message) -> LookUp:
        """Look for what an earlier attempt at *message* may have left in its channel, by the message's key."""

    async def run(self) -> None:
        """Connect and serve commands until cancelled. Returns or raises only when connecting is hopeless."""

    async def close(self) -> None:
        """Let go of connections; sends in flight were awaited before."""

    def health(self) -> Health:
        """Say whether commands and sends work now."""


class Outbox(Protocol):
    """The messages. Every write after a claim is fenced by the attempt number."""

    async def due_channels(self, platforms: Collection[str], now: datetime, limit: int) -> Sequence[Channel]:
        """Return active channels of *platforms* whose head of line may be claimed now, longest waiting first."""

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        """Reserve the head of each channel's due messages, in one transaction; a channel without one is left out."""

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Write outcomes, in one transaction; one whose attempt is no longer the newest is ignored."""

    async def tidy(self, now: datetime, keep: timedelta) -> int:
        """End pauses, make digests of a backlog, cancel what a shut channel kept beyond *keep*; again while not 0."""

    async def take_over(self, now: datetime, lag: timedelta) -> int:
        """Put what earlier owners, proven dead, were sending in doubt: look now, believe an absence after *lag*."""


class Channels(Protocol):
    """What is known and chosen about channels."""

    async def status(self, channel: Channel) -> ChannelStatus:
        """Return it; for a channel that nobody used, what a new one starts with."""

    async def set_options(self, channel: Channel, options: ChannelOptions, now: datetime, name: str = "") -> None:
        """Write what the channel chose."""

    async def pause(self, channel: Channel, until: datetime | None, now: datetime, name: str = "") -> None:
        """Stop posting until then, or until a person resumes; the queue is kept."""

    async def resume(self, channel: Channel, now: datetime) -> None:
        """Post again, also where the chat had closed the channel."""


class Receipts(Protocol):
    """What became of messages; and a person's word on those that need one."""

    async def receipt(self, channel: Channel | None, now: datetime) -> Receipt:
        """Count for one channel, or for all."""

    async def retry(self, message: MessageId, channel: Channel | None, now: datetime) -> bool:
        """Send a dead or parked message anew; False where there is none such in the channel (None: in any)."""

    async def drop(self, message: MessageId, channel: Channel | None, now: datetime) -> bool:
        """Give a message up; False where there is none such, or it is under way."""


class ChannelStates(Protocol):
    """What a chat tells of its channels outside of sending: closed to us, open again."""

    async def close_channel(self, channel: Channel, why: str, now: datetime) -> None:
        """Send nothing there; the queue is kept. A channel nobody follows is left alone."""

    async def reopen_channel(self, channel: Channel, now: datetime) -> None:
        """Undo a close by the chat; what a person paused stays paused."""

    async def close_workspace(self, platform: str, workspace: str, why: str, now: datetime) -> None:
        """Close every channel of a workspace that removed us; after a grace period all that is its goes."""

    async def reopen_workspace(self, platform: str, workspace: str, now: datetime) -> None:
        """Undo the close of every channel of a workspace; it is ours again."""

    async def returned(self, platform: str, workspace: str) -> None:
        """Keep what is a workspace's: we are in it again, whatever its channels' states."""

    async def is_followed(self, channel: Channel) -> bool:
        """Return whether the channel has a subscription."""

    async def workspaces(self, platform: str) -> Sequence[str]:
        """Return the workspaces of a platform that have channels, open or closed."""

    async def closed(self, platform: str, workspace: str) -> Mapping[Channel, str]:
        """Return the channels that are closed to us, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInstallation:
    """An app's installation in one workspace, sealed by its adapter: no token in the clear."""

    platform: str
    #: Empty where the workspace belongs to no enterprise grid.
    enterprise: str
    workspace: str
    data: bytes
    installed_at: datetime


class Installations(Protocol):
    """The workspaces that installed the app by OAuth, and the one-time states of installations under way."""

    async def put(self, installation: StoredInstallation) -> None:
        """Remember an installation in place of an earlier one; it is active."""

    async def get(self, platform: str, workspace: str) -> StoredInstallation | None:
        """Return an active installation; None where there is none, or it was removed."""

    async def remove(self, platform: str, workspace: str) -> None:
        """Forget the sealed data of an installation."""

    async def workspaces(self, platform: str) -> Sequence[str]:
        """Return the workspaces with an active installation."""

    async def add_state(self, state: str, expires_at: datetime) -> None:
        """Remember a state until it is taken or too old."""

    async def take_state(self, state: str, now: datetime) -> bool:
        """Return True once for a known state that is not too old."""


class Topics(Protocol):
    """The topics a workspace sees: the built-in ones, and its own."""

    async def all(self, workspace: str) -> Sequence[TopicName]:
        """Return them by label."""

    async def find(self, workspace: str, name: str) -> TopicName | None:
        """Return the topic with this slug, label or alias; case and hyphens do not matter."""

    async def near(self, workspace: str, name: str) -> TopicName | None:
        """Return the one topic whose name is a slip of the pen away, to ask about; never to be assumed."""


class TopicRules(Protocol):
    """By which words topics are found."""

    async def rules(self, workspace: str, slug: str) -> Topic | None:
        """Return a topic of *workspace* with its terms."""

    async def weights(self, workspace: str, slug: str) -> Mapping[str, Weight]:
        """Return how much each term counts for a topic, the terms of the topics below it with them."""

    async def is_built_in(self, slug: str) -> bool:
        """Whether a topic of this name is there for everybody."""


class OwnTopics(Protocol):
    """The topics that workspaces made themselves; every change is noted in the audit and heeded by the next post."""

    async def find(self, workspace: str, slug: str) -> OwnRules | None:
        """Return the rules of a topic of *workspace*."""

    async def share(self, workspace: str, slug: str, rules: OwnRules, since: datetime) -> tuple[int, int]:
        """Return how many posts since then such a topic would have, and of how many; nothing is stored."""

    async def put(self, workspace: str, slug: str, rules: OwnRules, *, by: str, now: datetime, limit: int) -> None:
        """Make or change a topic. Raises UsageError where the workspace has *limit* already."""

    async def rematch(self, workspace: str, slug: str, since: datetime) -> int:
        """File the posts since then under the topic as it is now; nothing is announced. Return how many."""

    async def delete(self, workspace: str, slug: str, *, by: str, now: datetime) -> bool:
        """Delete a topic; False: there was none."""

    async def followers(self, workspace: str, slug: str) -> int:
        """Count the channels of *workspace* that follow a topic of this name."""


class Feedback(Protocol):
    """What people said about announcements, and how channels weigh topics since."""

    async def vote(self, announcement: AnnouncementId, channel: Channel, person: str, now: datetime) -> str | None:
        """Count one `Not about`, once for a person and post; return the topic, None where there is none."""

    async def ballots(self, channel: Channel, topic: str) -> Sequence[Sequence[Evidence]]:
        """Return the evidence of the match behind every vote in *channel* against *topic*."""

    async def tunings(self, channel: Channel) -> Mapping[str, Mapping[str, Change]]:
        """Return what *channel* changed, by topic and term."""

    async def tune(self, tuning: Tuning, *, by: str, now: datetime) -> None:
        """Weigh a topic's terms for one channel; without terms, as everywhere."""


class Discovery(Protocol):
    """From what a person typed to feeds that work."""

    async def discover(self, url: str) -> Sequence[FoundFeed]:
        """Return the feed at *url*, or those its page names, best first. Raises UsageError."""


class Actions(Protocol):
    """Commands too long for a button."""

    async def keep(self, channel: Channel, command: str, now: datetime) -> str:
        """Store a command for a button in *channel* and return its id."""

    async def find(self, channel: Channel, action: str) -> str | None:
        """Return the command; None where it was made for another channel, or is gone."""


class Subscriptions(Protocol):
    """What channels follow. Every change is seen by the next post that is stored, in whatever process."""

    async def of_channel(self, channel: Channel) -> Sequence[Subscription]:
        """Return a channel's subscriptions, oldest first; feeds carry the blog's name as label."""

    async def subscribe(
        self, channel: Channel, asks: Sequence[Ask], *, by: str, now: datetime, limit: int, channel_name: str = ""
    ) -> Sequence[Subscribed]:
        """Make or change subscriptions, all or none. Raises UsageError above *limit* for a channel."""

    async def unsubscribe(self, channel: Channel, ids: Collection[SubscriptionId], now: datetime) -> int:
        """Remove subscriptions, cancel what is pending and no other one wants; return how many were cancelled."""


class Feeds(Protocol):
    """Which feeds there are, and who sees them.

    A workspace's pool is what its topics are found in, beside the shared feeds (the pool of workspace ''). A feed that
    a channel follows is polled, too, but reaches no topic unless it is in the pool.
    """

    async def counts(self, workspace: str) -> FeedCounts:
        """Count the feeds *workspace* sees."""

    async def pool(self, workspace: str) -> Sequence[KnownFeed]:
        """Return the feeds added in *workspace*, by name."""

    async def followed(self, channel: Channel) -> Sequence[KnownFeed]:
        """Return the feeds *channel* follows, in a pool or not."""

    async def find(self, workspace: str, text: str, limit: int = 25) -> Sequence[KnownFeed]:
        """Return feeds *workspace* sees whose address, site or name is *text*; else those that contain it."""

    async def know(self, found: Sequence[FoundFeed], now: datetime) -> Sequence[KnownFeed]:
        """Return these feeds, new ones made and due at once, in no pool."""

    async def add(
        self, workspace: str, feeds: Collection[FeedId], *, by: str, now: datetime, limit: int | None = None
    ) -> Collection[FeedId]:
        """Put feeds into a pool; return those *workspace* did not see before. Raises UsageError above *limit*."""

    async def remove(self, workspace: str, feeds: Collection[FeedId], now: datetime) -> int:
        """Take feeds out of a pool, and cancel what is pending because of that; return how many were in it."""


class Posts(Protocol):
    """The posts that are stored."""

    async def latest(
        self, workspace: str, interests: Sequence[Interest] | None, *, limit: int, offset: int = 0
    ) -> Sequence[Announcement]:
        """Return the newest that match any interest, one for each story; None: all it sees. Topics are slugs."""

    async def count(self, workspace: str, interests: Sequence[Interest] | None, since: datetime) -> int:
        """Count the stories published since then that match any interest."""

    async def dated(self, workspace: str, interests: Sequence[Interest], since: datetime) -> Sequence[Dated]:
        """Return when and where each of those stories was published, oldest first."""


class MuteBook(Protocol):
    """What channels and workspaces never want to see again; every change is heeded by the next post."""

    async def of_channel(self, channel: Channel) -> Sequence[Mute]:
        """Return what is muted in *channel*, its workspace's mutes included, oldest first."""

    async def add(self, mute: Mute, here: Channel) -> bool:
        """Mute, with a line in the audit; False: it is muted already. *here* is where it was asked for."""

    async def remove(self, id: int, here: Channel, by: str, now: datetime) -> bool:
        """Unmute; False: there is no such mute that applies *here*."""


class Removals(Protocol):
    """A person's word that an announcement was not wanted."""

    async def remove(self, announcement: AnnouncementId, channel: Channel, by: str, now: datetime) -> str | None:
        """Take a single message away and never bring its story back; return its title, None where there is none."""


class Departures(Protocol):
    """What belongs to a workspace, and its end."""

    async def channels(self, workspace: str) -> int:
        """Count the channels that are known there."""

    async def forget(self, workspace: str, now: datetime) -> None:
        """Delete at once and for good all that belongs to a workspace, its installation too, and nothing of others."""


class Reasons(Protocol):
    """What is known of a post and a channel."""

    async def newest(self, channel: Channel) -> Case | None:
        """Return the case of the newest post shown there."""

    async def announced(self, announcement: AnnouncementId, channel: Channel) -> Case | None:
        """Return the case of an announcement of that channel."""

    async def carried(self, channel: Channel, ref: MessageRef) -> Announcement | None:
        """Return what a message of its own shows there; None for a digest, what was taken away, others' messages."""

    async def linked(self, url: str, channel: Channel) -> Case | None:
        """Return the case of the post at a link, with or without a tracker's query; None: nobody has seen it."""


class Library(Protocol):
    """The posts that are stored, as lists that can be searched and paged."""

    async def find(self, wanted: Wanted, page: int = 1, size: int = PAGE_SIZE) -> FoundPosts:
        """Return one page of a list, newest first, each story once."""


class Backfill(Protocol):
    """What a new subscription brings of the past, where an operator or a channel wants that."""

    async def post(
        self, channel: Channel, cards: Sequence[Announcement], wanted_by: SubscriptionId, now: datetime
    ) -> None:
        """Put posts that are stored into a channel's line, in this order and silently; each story once."""


class Fetcher(Protocol):
    """How feeds get in."""

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, readers: int = 0
    ) -> Fetched:
        """Fetch *url*, conditionally where validators are given. Never raises for what a server did."""

    def is_inside(self, host: str) -> bool:
        """Whether *host* is known to lie in a private network allowed by setting: it needs no politeness."""


class Parser(Protocol):
    """How bodies are read, away from the event loop."""

    async def parse(self, body: Body, known: bytes = b"") -> Parsed:
        """Read a body; items whose hash is among *known* (8 bytes each) are passed over. Never raises for the body."""


class FeedQueue(Protocol):
    """Feeds by when they are due. Every write after a claim is fenced by the claim's token."""

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, *, not_since: datetime | None = None
    ) -> Sequence[Claimed]:
        """Reserve feeds that are due, the longest waiting first; nobody else gets them until the lease ends.

        *not_since*: reserve those not polled since then, due or not.
        """

    async def release(self, claimed: Collection[Claimed]) -> None:
        """Give back feeds that were not polled; they stay due."""

    async def remembered(
        self, feeds: Collection[FeedId], keys: Mapping[FeedId, Collection[bytes]], since: datetime
    ) -> Remembered:
        """Return who sees these *feeds*; of those in *keys* also which keys are known, and dates not before *since*."""

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        """Store polls with their posts, announcements and messages, in one transaction.

        Returns None, and stores nothing, where the version of what is wanted is no longer *version*.
        """


class PushedFeeds(FeedQueue, Protocol):
    """The feeds that hubs push to, beside the queue."""

    async def claim_one(self, feed: FeedId, now: datetime, lease: timedelta) -> Claimed | None:
        """Reserve one feed, due or not; None where somebody has it or it is stopped."""


class Hooks(Protocol):
    """Our addresses at WebSub hubs, one for each feed that names a hub."""

    async def due(self, now: datetime, limit: int) -> Sequence[Hook]:
        """Return those to be asked for, the longest waiting first; made and forgotten as feeds name hubs."""

    async def find(self, token: str) -> Hook | None:
        """Return the hook of an address; None where there is none, or its feed is stopped."""

    async def ask(self, hook: Hook, now: datetime, next_at: datetime) -> None:
        """Note that its hub is being asked; an intent is expected from now on."""

    async def refuse(self, hook: Hook, why: str, next_at: datetime) -> None:
        """Note that its hub does not push; ask again then. A lease that runs goes on."""

    async def grant(self, hook: Hook, lease_until: datetime, next_at: datetime) -> None:
        """Note that its hub pushes until then; the question is settled."""


class Hubs(Protocol):
    """WebSub hubs."""

    async def ask(self, hook: Hook) -> Failed | None:
        """Ask a hub to push; None where it took that. Never raises for what the hub did."""


class Judge(Protocol):
    """What a post is about and who wants it."""

    @property
    def version(self) -> int:
        """The version of subscriptions, topics and mutes that it decides by."""

    def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
        """Decide for a post of *feed*, which *workspaces* see ('' is everybody)."""

    async def refresh(self) -> None:
        """Take in what has changed since."""


class Roles(Protocol):
    """What one process at a time does for all: the Discord gateway, a Slack socket set."""

    async def hold(self, name: str, holder: str, now: datetime, lease: timedelta) -> bool:
        """Take or renew *name* until *lease* from now; return False while another holder's lease runs."""

    async def let_go(self, name: str, holder: str) -> None:
        """End the lease, if *holder* has it, so that another may take over at once."""

    async def held(self, prefix: str, now: datetime) -> Sequence[str]:
        """Return the names that start with *prefix* and whose lease runs."""

    async def take_lapsed(self, prefix: str, now: datetime) -> Sequence[str]:
        """Forget the names that start with *prefix* and whose lease ran out; of several callers one gets each."""


class Rates(Protocol):
    """A rate of sending that all processes keep together."""

    async def reserve(self, name: str, per_second: float, now: datetime) -> datetime:
        """Take the next free slot of *name* and return when it may be used: slots are as far apart as the rate says."""


class WishBook(Protocol):
    """All that decides who wants a post, to be held in memory."""

    async def version(self) -> int:
        """Return the number that grows with every change."""

    async def wishes(self) -> Wishes:
        """Return everything, as it was at one version."""


class Counts(Protocol):
    """Small counts kept by day, over restarts."""

    async def add(self, name: str, day: date) -> int:
        """Count one more and return how many there are on that day."""


class Marks(Protocol):
    """What a platform last accepted of us, over restarts."""

    async def get(self, name: str) -> str | None:
        """Return the mark; None where none was made."""

    async def put(self, name: str, value: str) -> None:
        """Make or replace a mark."""
