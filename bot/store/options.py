"""ChannelOptions and Mode as JSON: only what differs from the default is stored, so that defaults may change."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bot.domain.channels import ChannelOptions, Look, QuietHours
from bot.domain.model import Digest, Each, Mode

DEFAULTS = ChannelOptions()


def write_options(options: ChannelOptions) -> dict[str, Any]:
    """Return what `channels.options` holds."""
    chosen = {field.name: getattr(options, field.name) for field in fields(options)}
    changed = {name: value for name, value in chosen.items() if value != getattr(DEFAULTS, name)}
    if options.quiet is not None:
        changed["quiet"] = [options.quiet.start, options.quiet.end]
    return changed


def read_options(stored: Mapping[str, Any]) -> ChannelOptions:
    """Return the options a channel chose; a name that is not known (any more) is ignored."""
    known = {field.name for field in fields(ChannelOptions)}
    values = {name: value for name, value in stored.items() if name in known}
    if "quiet" in values and values["quiet"] is not None:
        values["quiet"] = QuietHours(start=values["quiet"][0], end=values["quiet"][1])
    if "look" in values:
        values["look"] = Look(values["look"])
    return ChannelOptions(**values)


def write_mode(mode: Mode) -> dict[str, Any]:
    """Return what `subscriptions.mode` holds: empty for each at once."""
    match mode:
        case Each():
            return {}
        case Digest(every=every, at_minute=at_minute, weekdays=weekdays, zone=zone):
            return {"every": every, "at_minute": at_minute, "weekdays": list(weekdays), "zone": zone}


def read_mode(stored: Mapping[str, Any]) -> Mode:
    """Return the mode that `write_mode` wrote."""
    if not stored:
        return Each()
    return Digest(**{**stored, "weekdays": tuple(stored.get("weekdays", ()))})
