"""The file of `tidings plan` and `apply`: what it wants, and everything that is wrong with it, by line."""

import re
import reprlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from bot.domain.asking import FILTER
from bot.domain.channel_names import is_id, read_channel
from bot.domain.channel_settings import setting_named
from bot.domain.channels import ChannelOptions
from bot.domain.errors import BadSettings, UsageError
from bot.domain.located import Fault, Path, read_yaml
from bot.domain.model import SHARED, Channel, Each, Mode, Strictness, workspace_of
from bot.domain.names import name_key
from bot.domain.own_topics import OwnRules, read_name
from bot.domain.query_text import parse_filters, parse_query
from bot.domain.schedules import parse_mode
from bot.domain.setup import ChannelSetup, Followed, Setup, Target, WorkspaceSetup
from bot.domain.terms import Term
from bot.domain.typed import as_url, words
from bot.domain.vocabulary import Topic

_KINDS = ("topic", "feed", "query")
_SUBSCRIPTION = {*_KINDS, "strictness", "mode", "filters", "mention"}
_ROLE = re.compile(r"\d{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a file is read against."""

    #: What the database holds.
    now: Setup
    built_in: Collection[Topic]
    #: What a new channel starts with: settings are told apart from these.
    start: ChannelOptions


def read_setup(text: str, file: str, known: Known) -> Setup:
    """Return what a file wants, or raise BadSettings with every mistake in it."""
    reading = _Reading(text, file, known)
    setup = reading.setup()
    if reading.faults:
        raise BadSettings(sorted(reading.faults, key=lambda fault: fault.line or 0))
    return setup


class _Reading:
    def __init__(self, text: str, file: str, known: Known) -> None:
        self._located = read_yaml(text, file)
        self._file = file
        self._known = known
        self._built_in = {topic.slug for topic in known.built_in}
        self._names = {
            name_key(name): topic.slug for topic in known.built_in for name in (topic.slug, topic.label, *topic.aliases)
        }
        self.faults = list(self._located.faults)

    def _fault(self, path: Path, text: str) -> None:
        self.faults.append(Fault(file=self._file, line=self._located.line(path) or 1, text=text))

    def setup(self) -> Setup:
        if self.faults:
            return {}
        top = self._mapping(self._located.value, (), {"feeds", "workspaces"})
        found: dict[str, WorkspaceSetup] = {}
        if "feeds" in top:
            found[SHARED] = WorkspaceSetup(feeds=self._feeds(top["feeds"], ("feeds",)))
        for name, value in self._mapping(top.get("workspaces"), ("workspaces",)).items():
            if workspace := self._workspace(str(name), value):
                found[str(name)] = workspace
        return found

    def _workspace(self, name: str, value: Any) -> WorkspaceSetup | None:
        path: Path = ("workspaces", name)
        try:
            read_channel(f"{name}/x")
        except UsageError:
            self._fault(path, f"{name} is no workspace. Write slack:TEAM, discord:GUILD or room:NAME.")
            return None
        parts = self._mapping(value, path, {"feeds", "topics", "channels"})
        topics = self._topics(name, parts["topics"], (*path, "topics")) if "topics" in parts else None
        channels: dict[Channel, ChannelSetup] = {}
        for id_, one in self._mapping(parts.get("channels"), (*path, "channels")).items():
            channel_path = (*path, "channels", id_)
            if isinstance(id_, bool) or not str(id_) or any(letter.isspace() for letter in str(id_)):
                self._fault(channel_path, f"{_shown(id_)} is no channel's id; put it between quotes.")
                continue
            if not is_id(name, str(id_)):
                self._fault(channel_path, f"{id_} is no id of a channel there. Copy its id, not its name.")
                continue
            channel = read_channel(f"{name}/{id_}")
            channels[channel] = self._channel(channel, one, topics, channel_path)
        if topics is not None:
            self._check_dropped(name, topics, channels, (*path, "topics"))
        return WorkspaceSetup(
            feeds=self._feeds(parts["feeds"], (*path, "feeds")) if "feeds" in parts else None,
            topics=topics,
            channels=channels,
        )

    def _feeds(self, value: Any, path: Path) -> frozenset[str]:
        found: dict[str, int] = {}
        for number, url in enumerate(self._list(value, path)):
            if not self._is_address(url):
                self._fault((*path, number), f"{_shown(url)} is no feed's address; it starts with https:// or http://.")
            elif url in found:
                self._fault((*path, number), f"{url} is in this list already.")
            else:
                found[url] = number
        return frozenset(found)

    def _is_address(self, url: object) -> bool:
        return isinstance(url, str) and as_url(url) == url

    def _topics(self, workspace: str, value: Any, path: Path) -> Mapping[str, OwnRules]:
        found: dict[str, OwnRules] = {}
        for slug, parts in self._mapping(value, path).items():
            rules = self._mapping(parts, (*path, slug), {"terms", "not"})
            strong, against = (self._terms(rules.get(key), (*path, slug, key)) for key in ("terms", "not"))
            if not strong:
                self._fault(
                    (*path, slug), f"The topic {slug} needs `terms`: words and phrases, each of which suffices."
                )
            self._check_slug(workspace, str(slug), (*path, slug))
            found[str(slug)] = OwnRules(strong=strong, against=against)
        return found

    def _check_slug(self, workspace: str, slug: str, path: Path) -> None:
        try:
            if read_name(slug) != (slug, ""):
                self._fault(path, f"{slug} cannot be a topic's name: use a-z, 0-9 and single hyphens, 40 at most.")
        except UsageError as error:
            self._fault(path, str(error))
        owner = self._names.get(name_key(slug), slug)
        # One that is there already was made before the word had this meaning.
        if owner != slug and slug not in (self._known.now.get(workspace, WorkspaceSetup()).topics or ()):
            self._fault(path, f"{slug} already means {owner}; a word means one topic only.")

    def _terms(self, value: Any, path: Path) -> tuple[str, ...]:
        found: list[str] = []
        for number, term in enumerate(self._list(value, path)):
            if not isinstance(term, str):
                self._fault((*path, number), f"{_shown(term)} must be a text; put it between quotes.")
            elif fault := Term(term).fault:
                self._fault((*path, number), f"{term} {fault}, so it cannot be a term.")
            else:
                found.append(term)
        return tuple(dict.fromkeys(found))

    def _channel(self, channel: Channel, value: Any, topics: Mapping[str, OwnRules] | None, path: Path) -> ChannelSetup:
        parts = self._mapping(value, path, {"name", "settings", "subscriptions"})
        name = parts.get("name")
        if name is not None and not isinstance(name, str):
            self._fault((*path, "name"), f"{_shown(name)} must be a text; put it between quotes.")
            name = None
        options = self._settings(parts["settings"], (*path, "settings")) if "settings" in parts else None
        zone = (options or self._known.start).zone
        if "subscriptions" not in parts:
            return ChannelSetup(name=name, options=options)
        own = topics if topics is not None else self._now(channel).topics or {}
        followed: dict[Target, Followed] = {}
        for number, one in enumerate(self._list(parts["subscriptions"], (*path, "subscriptions"))):
            at = (*path, "subscriptions", number)
            read = self._subscription(one, self._built_in | own.keys(), zone, at)
            if read and read.target in followed:
                self._fault(at, f"{read.target[1]} is in this list already.")
            elif read:
                followed[read.target] = read
        return ChannelSetup(name=name, options=options, subscriptions=followed)

    def _now(self, channel: Channel) -> WorkspaceSetup:
        return self._known.now.get(workspace_of(channel), WorkspaceSetup())

    def _settings(self, value: Any, path: Path) -> ChannelOptions:
        options = self._known.start
        for name, chosen in self._mapping(value, path).items():
            # YAML reads a bare `off` as false.
            text = {True: "on", False: "off"}[chosen] if isinstance(chosen, bool) else str(chosen)
            try:
                setting = setting_named(str(name))
                changed: dict[str, Any] = {setting.field: setting.read(text)}
            except UsageError as error:
                self._fault((*path, name), str(error).replace("`", ""))
                continue
            options = replace(options, **changed)
        return options

    def _subscription(self, value: Any, slugs: Iterable[str], zone: str | None, path: Path) -> Followed | None:
        if isinstance(value, str):
            value = {"feed" if self._is_address(value) else "topic": value}
        parts = self._mapping(value, path, _SUBSCRIPTION)
        kinds = [kind for kind in _KINDS if kind in parts]
        if len(kinds) != 1 or not isinstance(parts[kinds[0]], str):
            self._fault(path, "A subscription names one `topic`, one `feed` or one `query`, as a text.")
            return None
        target = cast("Target", (kinds[0], parts[kinds[0]].strip()))
        self._check_target(target, slugs, path)
        return Followed(
            target=target,
            mode=self._mode(parts.get("mode", "each"), zone, (*path, "mode")),
            strictness=self._strictness(parts.get("strictness", "normal"), (*path, "strictness")),
            filters=self._filters(parts.get("filters"), (*path, "filters")),
            mention=self._mention(parts.get("mention", ""), (*path, "mention")),
        )

    def _check_target(self, target: Target, slugs: Iterable[str], path: Path) -> None:
        kind, name = target
        if kind == "topic" and name not in slugs:
            meant = self._names.get(name_key(name))
            hint = f"Write its short name, {meant}." if meant else "It is neither built in nor under `topics`."
            self._fault(path, f"There is no topic {name} here. {hint}")
        elif kind == "feed" and not self._is_address(name):
            self._fault(path, f"{name} is no feed's address; it starts with https:// or http://.")
        elif kind == "query":
            try:
                parse_query(name)
            except UsageError as error:
                self._fault(path, f"The query {name} cannot be read. {str(error).splitlines()[0]}")

    def _mode(self, value: Any, zone: str | None, path: Path) -> Mode:
        try:
            parsed = parse_mode(words(str(value)) or [""], zone)
        except UsageError as error:
            self._fault(path, str(error).replace("`", ""))
            return Each()
        if parsed.rest:
            self._fault(path, f"{' '.join(parsed.rest)} says nothing about when: write `each` or a digest.")
        return parsed.mode

    def _strictness(self, value: Any, path: Path) -> Strictness:
        if value in list(Strictness):
            return Strictness(value)
        self._fault(path, f"{value} is no strictness; there are {', '.join(Strictness)}.")
        return Strictness.NORMAL

    def _filters(self, value: Any, path: Path) -> tuple[str, ...]:
        found = []
        for number, one in enumerate(self._list(value, path)):
            if why := _no_filter(one):
                self._fault((*path, number), f"{one} is no filter. {why}")
            else:
                found.append(one)
        return tuple(found)

    def _mention(self, value: Any, path: Path) -> str:
        if value == "" or (not isinstance(value, bool) and _ROLE.fullmatch(str(value))):
            return str(value)
        self._fault(path, f"{value} is no role's id.")
        return ""

    def _check_dropped(
        self, workspace: str, topics: Mapping[str, OwnRules], ruled: Mapping[Channel, ChannelSetup], path: Path
    ) -> None:
        """A topic that goes must not be followed where this file says nothing about it."""
        now = self._known.now.get(workspace, WorkspaceSetup())
        gone = (now.topics or {}).keys() - topics.keys() - self._built_in
        for channel, one in now.channels.items():
            if ruled.get(channel, ChannelSetup()).subscriptions is None:
                for kind, name in one.subscriptions or ():
                    if kind == "topic" and name in gone:
                        self._fault(path, f"The topic {name} is not in this list, and {channel} follows it.")

    def _mapping(self, value: Any, path: Path, known: Collection[str] = ()) -> Mapping[Any, Any]:
        if value is not None and not isinstance(value, dict):
            self._fault(path, "Names and values belong here.")
            return {}
        for key in value or () if known else ():
            if key not in known:
                self._fault((*path, key), f"There is no `{key}` here; there are {', '.join(sorted(known))}.")
        return value or {}

    def _list(self, value: Any, path: Path) -> list[Any]:
        if value is not None and not isinstance(value, list):
            self._fault(path, "A list belongs here.")
            return []
        return value or []


def _no_filter(one: object) -> str:
    """Say why something is no filter; empty where it is one."""
    if not isinstance(one, str) or not FILTER.fullmatch(one):
        return "Write -word, a phrase in quotes, feed:host, lang:en, title:word or author:name."
    try:
        parse_filters((one,))
    except UsageError as error:
        return str(error).splitlines()[0]
    return ""


def _shown(value: object) -> str:
    """Return what stands in the file, cut: a few aliases of YAML can stand for gigabytes."""
    short = reprlib.Repr()
    short.maxstring, short.maxlevel, short.maxlist = 80, 2, 3
    return short.repr(value)
