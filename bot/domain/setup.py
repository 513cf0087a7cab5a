"""All that is followed, as one value: what the database holds, what a reviewed file wants, and the way between them.

A list in a file is complete: what it lacks is removed. What a file does not name at all is left as it is: a workspace,
a channel, the topics of a workspace, the settings of a channel.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.domain.channel_settings import SETTINGS
from bot.domain.channels import ChannelOptions
from bot.domain.model import SHARED, Channel, Each, Mode, Strictness
from bot.domain.own_topics import OwnRules
from bot.domain.schedules import show_mode

#: What is followed: its kind, and a topic's slug, a feed's address or a query's text.
Target = tuple[Literal["topic", "feed", "query"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A subscription as a file writes it."""

    target: Target
    mode: Mode = field(default_factory=Each)
    strictness: Strictness = Strictness.NORMAL
    filters: tuple[str, ...] = ()
    #: The role to mention; empty: nobody.
    mention: str = ""

    def __str__(self) -> str:
        """Write it as it is typed after `/subscribe`: two that read alike are alike."""
        kind, name = self.target
        return " ".join([f"query: {name}" if kind == "query" else name, *self._options()])

    def _options(self) -> Iterator[str]:
        yield from self.filters
        if self.strictness is not Strictness.NORMAL:
            yield self.strictness
        if not isinstance(self.mode, Each):
            yield show_mode(self.mode)
        if self.mention:
            yield f"mention:{self.mention}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSetup:
    """One channel. None: nothing is said about it."""

    name: str | None = None
    options: ChannelOptions | None = None
    subscriptions: Mapping[Target, Followed] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSetup:
    """One workspace; the one named '' has the feeds that all share, and nothing else. None: nothing is said."""

    feeds: frozenset[str] | None = None
    topics: Mapping[str, OwnRules] | None = None
    channels: Mapping[Channel, ChannelSetup] = field(default_factory=dict)


Setup = Mapping[str, WorkspaceSetup]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChange:
    """Feeds that a workspace gets or loses."""

    workspace: str
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        yield "feeds shared by all" if self.workspace == SHARED else self.workspace
        yield from (f"  + feed {url}" for url in self.added)
        yield from (f"  - feed {url}" for url in self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """A topic of a workspace's own that is made (before: None), changed, or deleted (after: None)."""

    workspace: str
    slug: str
    before: OwnRules | None
    after: OwnRules | None

    def lines(self) -> Iterator[str]:
        yield self.workspace
        if self.before is None:
            yield f"  + topic {self.slug}: {self.after}"
        elif self.after is None:
            yield f"  - topic {self.slug}"
        else:
            yield f"  ~ topic {self.slug}: {self.after} (was: {self.before})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChange:
    """What is different in one channel."""

    channel: Channel
    #: None: it stays.
    name: str | None = None
    #: All options after the change; None: they stay.
    options: ChannelOptions | None = None
    options_before: ChannelOptions
    #: New or changed.
    asked: tuple[Followed, ...] = ()
    before: Mapping[Target, Followed]
    removed: tuple[Followed, ...] = ()

    def lines(self) -> Iterator[str]:
        yield str(self.channel)
        if self.name is not None:
            yield f"  ~ name: {self.name}"
        for one in SETTINGS.values() if self.options else ():
            old, new = one.of(self.options_before), one.of(self.options or self.options_before)
            if old != new:
                yield f"  ~ {one.name}: {new} (was: {old})"
        for asked in self.asked:
            old_one = self.before.get(asked.target)
            yield f"  ~ {asked} (was: {old_one})" if old_one else f"  + {asked}"
        yield from (f"  - {gone}" for gone in self.removed)


Change = PoolChange | TopicChange | ChannelChange


def renamed(setup: Setup, name_of: Callable[[str], str]) -> Setup:
    """Return *setup* with every feed's address under another name."""
    return {place: _renamed(one, name_of) for place, one in setup.items()}


def _renamed(one: WorkspaceSetup, name_of: Callable[[str], str]) -> WorkspaceSetup:
    def followed(of: ChannelSetup) -> ChannelSetup:
        if of.subscriptions is None:
            return of
        targets = [
            replace(each, target=("feed", name_of(each.target[1]))) if each.target[0] == "feed" else each
            for each in of.subscriptions.values()
        ]
        return replace(of, subscriptions={each.target: each for each in targets})

    feeds = None if one.feeds is None else frozenset(map(name_of, one.feeds))
    return replace(one, feeds=feeds, channels={channel: followed(of) for channel, of in one.channels.items()})


def changes(now: Setup, wanted: Setup, start: ChannelOptions) -> tuple[Change, ...]:
    """Return what leads from *now* to *wanted*, by workspace; *start* is what a new channel begins with."""
    found: list[Change] = []
    for name in sorted(wanted):
        here, there = wanted[name], now.get(name, WorkspaceSetup())
        found += _pool(name, here, there)
        found += _topics(name, here, there)
        for channel in sorted(here.channels, key=str):
            found += _channel(channel, here.channels[channel], there.channels.get(channel), start)
    return tuple(found)


def _pool(name: str, here: WorkspaceSetup, there: WorkspaceSetup) -> Iterable[PoolChange]:
    wanted, known = here.feeds, there.feeds or frozenset()
    if wanted is not None and wanted != known:
        yield PoolChange(workspace=name, added=tuple(sorted(wanted - known)), removed=tuple(sorted(known - wanted)))


def _topics(name: str, here: WorkspaceSetup, there: WorkspaceSetup) -> Iterable[TopicChange]:
    wanted, known = here.topics, there.topics or {}
    for slug in sorted({*wanted, *known}) if wanted is not None else ():
        before, after = known.get(slug), (wanted or {}).get(slug)
        if before != after:
            yield TopicChange(workspace=name, slug=slug, before=before, after=after)


def _channel(
    channel: Channel, here: ChannelSetup, there: ChannelSetup | None, start: ChannelOptions
) -> Iterable[ChannelChange]:
    there = there or ChannelSetup()
    options = there.options or start
    known, wanted = there.subscriptions or {}, here.subscriptions
    change = ChannelChange(
        channel=channel,
        name=here.name if here.name not in (None, there.name or "") else None,
        options=here.options if here.options not in (None, options) else None,
        options_before=options,
        asked=tuple(one for target, one in sorted((wanted or {}).items()) if str(one) != str(known.get(target))),
        before=known,
        removed=tuple(one for target, one in sorted(known.items()) if wanted is not None and target not in wanted),
    )
    if change.name is not None or change.options or change.asked or change.removed:
        yield change
