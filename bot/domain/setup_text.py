"""The file that `tidings dump` writes, as bot/domain/setup_file.py reads it."""

from typing import Any

import yaml

from bot.domain.channel_settings import SETTINGS
from bot.domain.channels import ChannelOptions
from bot.domain.model import SHARED, Channel, Each, Strictness
from bot.domain.schedules import show_mode
from bot.domain.setup import ChannelSetup, Followed, Setup, WorkspaceSetup


def write_setup(setup: Setup, start: ChannelOptions) -> str:
    """Return *setup* as `read_setup` reads it: the same rows give the same text."""
    top: dict[str, Any] = {"feeds": sorted(setup.get(SHARED, WorkspaceSetup()).feeds or ())}
    workspaces = {name: _workspace(one, start) for name, one in sorted(setup.items()) if name != SHARED}
    top["workspaces"] = {name: parts for name, parts in workspaces.items() if parts}
    return yaml.safe_dump(top, sort_keys=False, allow_unicode=True, width=120)


def _workspace(one: WorkspaceSetup, start: ChannelOptions) -> dict[str, Any]:
    topics = {
        slug: {"terms": list(rules.strong)} | ({"not": list(rules.against)} if rules.against else {})
        for slug, rules in sorted((one.topics or {}).items())
    }
    channels = {channel.id: _channel(of, start) for channel, of in sorted(one.channels.items(), key=_by_name)}
    parts = {
        "feeds": sorted(one.feeds or ()),
        "topics": topics,
        "channels": {name: shown for name, shown in channels.items() if shown.keys() - {"name"}},
    }
    return {name: value for name, value in parts.items() if value}


def _by_name(item: tuple[Channel, object]) -> str:
    return item[0].id


def _channel(one: ChannelSetup, start: ChannelOptions) -> dict[str, Any]:
    options = one.options or start
    changed = {row.name: row.of(options) for row in SETTINGS.values() if row.of(options) != row.of(start)}
    followed = [_followed(of) for _, of in sorted((one.subscriptions or {}).items())]
    parts = {"name": one.name, "settings": changed, "subscriptions": followed}
    return {name: value for name, value in parts.items() if value}


def _followed(one: Followed) -> str | dict[str, Any]:
    kind, name = one.target
    options = {
        "strictness": "" if one.strictness is Strictness.NORMAL else one.strictness.value,
        "mode": "" if isinstance(one.mode, Each) else show_mode(one.mode),
        "filters": list(one.filters),
        "mention": one.mention,
    }
    chosen = {key: value for key, value in options.items() if value}
    return name if kind == "topic" and not chosen else {kind: name, **chosen}
