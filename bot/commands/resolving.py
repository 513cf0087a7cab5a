"""From a name as typed to what it means: a topic, a blog that is known, or a blog that is looked up now."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.commands.command import Call
from bot.commands.desk import Desk
from bot.domain.asking import QUERY, is_query, segments
from bot.domain.errors import FeedNotReached, TooManyLookups, UsageError
from bot.domain.following import FeedList, FoundFeed, KnownFeed
from bot.domain.links import concealed, has_secret, host_of, is_concealed, without_secrets
from bot.domain.model import Follows, FollowsFeed, FollowsQuery, FollowsTopic, TopicName
from bot.domain.query_text import parse_query
from bot.domain.reply import Button
from bot.domain.typed import as_url, folded
from bot.domain.unsaid import Text

MOST_CHOICES = 5
#: Before an address: take it for a feed although it does not answer now.
ANYWAY = "anyway "
ADD_ANYWAY = Text("Add anyway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a name means."""

    typed: str
    follows: Follows
    label: str
    #: The address of a feed; None for a topic.
    url: str | None = None
    #: In the pool that topics are found in.
    pooled: bool = True


@dataclass(slots=True)
class Findings:
    """What several names mean, and what is to be said about those that mean nothing (or too much)."""

    meant: list[Meant] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    #: Lists of feeds that stand at some of the addresses.
    lists: list[FeedList] = field(default_factory=list)

    def take(self, other: "Findings") -> None:
        """Add what *other* found."""
        self.meant += other.meant
        self.problems += other.problems
        self.buttons += other.buttons
        self.lists += other.lists


async def resolve(desk: Desk, call: Call, names: Sequence[str], verb: str) -> Findings:
    """Find out what *names* mean; *verb* is what the buttons for a second try start with."""
    findings = Findings()
    for name in names:
        try:
            await _resolve_one(desk, call, name, verb, findings)
        except UsageError as error:
            findings.problems.append(call.say(error.told))
    for found in findings.lists:
        findings.problems.append(
            call.say.plural(
                "That is a list of {number} blog: `/tidings feeds add` with its link takes them all.",
                "That is a list of {number} blogs: `/tidings feeds add` with its link takes them all.",
                len(found.feeds),
            )
        )
    return findings


async def _resolve_one(desk: Desk, call: Call, name: str, verb: str, findings: Findings) -> None:
    if is_query(name):
        findings.meant.append(_query(name))
    elif topic := await desk.topics.find(call.workspace, name):
        findings.meant.append(_topic(name, topic))
    elif url := as_url(name.removeprefix(ANYWAY)):
        await look_up(desk, call, url, verb, findings, anyway=name.startswith(ANYWAY))
    elif several := await _several(desk, call, name):
        findings.meant += several
    else:
        await _by_name(desk, call, name, verb, findings)


def _topic(typed: str, topic: TopicName) -> Meant:
    return Meant(typed=typed, follows=FollowsTopic(slug=topic.slug), label=topic.label)


def _query(typed: str) -> Meant:
    """Read a query once, so that what cannot be read is refused now. Raises UsageError with a caret under it."""
    text = typed[len(QUERY) :].strip()
    parse_query(text)
    return Meant(typed=typed, follows=FollowsQuery(text=text), label=f"{QUERY} {text}")


def _blog(typed: str, feed: KnownFeed) -> Meant:
    follows = FollowsFeed(feed_id=feed.id, label=feed.name)
    return Meant(typed=typed, follows=follows, label=feed.name, url=feed.url, pooled=feed.own or feed.shared)


async def _several(desk: Desk, call: Call, name: str) -> list[Meant]:
    """Read `nlp rust` as two topics, where every part is one."""
    parts = name.split()
    if not 1 < len(parts) <= 12:
        return []
    runs = {" ".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}
    known = {run: topic for run in runs if (topic := await desk.topics.find(call.workspace, run))}
    return [_topic(run, known[run]) for run in segments(name, known.__contains__) or ()]


async def _by_name(desk: Desk, call: Call, name: str, verb: str, findings: Findings) -> None:
    blogs = await desk.feeds.find(call.workspace, name)
    if len(blogs) == 1 and folded(blogs[0].name) == folded(name):
        findings.meant.append(_blog(name, blogs[0]))
        return
    say = call.say
    if topic := await desk.topics.near(call.workspace, name):
        findings.problems.append(say("There is no topic {name}. Did you mean {topic}?", name=name, topic=topic.label))
        findings.buttons.append(Button(label=topic.label, action=f"{verb} {topic.slug}"))
    elif blogs:
        findings.problems.append(
            say.plural(
                "{number} blog could be meant by {name}:",
                "{number} blogs could be meant by {name}:",
                len(blogs),
                name=name,
            )
        )
        findings.buttons += [Button(label=b.name, action=f"{verb} {b.url}") for b in blogs[:MOST_CHOICES]]
    else:
        findings.problems.append(
            say("There is no topic {name}. `/topics` lists the topics; a blog is followed by its address.", name=name)
        )


async def look_up(desk: Desk, call: Call, url: str, verb: str, findings: Findings, *, anyway: bool = False) -> None:
    """Find the blog at *url*: among those seen here, else on the web. Raises UsageError with a sentence.

    One that does not answer is offered to be added *anyway*.
    """
    known = [feed for feed in await desk.feeds.find(call.workspace, url) if is_at(feed, url)]
    if len(known) == 1:
        findings.meant.append(_blog(url, known[0]))
        return
    if not known and is_concealed(url):
        # A name of ours, from a button: the feed is there, if nobody's at the moment.
        (feed,) = await desk.feeds.know([FoundFeed(url=url)], desk.clock.now())
        findings.meant.append(_blog(url, feed))
        return
    if not known:
        if not desk.lookups.take(call.person.id, desk.clock.now()):
            raise TooManyLookups("That is a lot of addresses at once; please wait a minute, then try again.")
        desk.feeds.check(url)
        try:
            found: Sequence[FoundFeed] | FeedList = await desk.discovery.discover(url)
        except FeedNotReached as error:
            if not anyway:
                anyhow = call.say("{host} can be added all the same and is tried again.", host=host_of(error.url))
                findings.problems.append(f"{call.say(error.told)} {anyhow}")
                findings.buttons.append(Button(label=call.say(ADD_ANYWAY), action=f"{verb} {ANYWAY}{error.url}"))
                return
            found = [FoundFeed(url=error.url)]
        if isinstance(found, FeedList):
            findings.lists.append(found)
            return
        if len(found) == 1:
            (feed,) = await desk.feeds.know(found, desk.clock.now())
            findings.meant.append(_blog(url, feed))
            return
        choices = [(one.title or without_secrets(one.url), one.url) for one in found]
    else:
        choices = [(feed.name, feed.url) for feed in known]
    findings.problems.append(
        call.say.plural(
            "{host} has {number} feed. Which one?",
            "{host} has {number} feeds. Which one?",
            len(choices),
            host=host_of(url),
        )
    )
    findings.buttons += [Button(label=label[:70], action=f"{verb} {at}") for label, at in choices[:MOST_CHOICES]]


def is_at(feed: KnownFeed, url: str) -> bool:
    """Say whether a person who types *url* means this blog."""
    bare = concealed(url).rstrip("/") if has_secret(url) and not is_concealed(url) else url.rstrip("/")
    if is_concealed(feed.url) and bare == feed.url.partition("#")[0].rstrip("/"):
        return True
    if bare in {feed.url.rstrip("/"), (feed.site or "").rstrip("/")}:
        return True
    return bare.count("/") == 2 and host_of(bare) == host_of(feed.url)
