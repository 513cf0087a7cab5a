"""A channel's options as people read and write them: one row for each, with the values it takes."""

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.channels import ChannelOptions, Look
from bot.domain.errors import UsageError
from bot.domain.localtime import zone_named
from bot.domain.quiet import parse_quiet, show_quiet
from bot.domain.sending import PUBLISHES, SILENCES, THREADS
from bot.domain.templates import check_template

OFF = {"off", "none", "no", ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One option. `read` raises a UsageError that names the values."""

    name: str
    #: The field of ChannelOptions.
    field: str
    label: str
    #: The values it takes, in words.
    takes: str
    read: Callable[[str], Any]
    show: Callable[[Any], str] = str
    choices: tuple[str, ...] = ()
    #: The chats it does something in; empty: all.
    chats: frozenset[str] = frozenset()
    #: No word for nothing: a number, or one of `choices`.
    needs_value: bool = True

    def works_in(self, platform: str) -> bool:
        """Say whether it does anything in this chat."""
        return not self.chats or platform in self.chats

    def of(self, options: ChannelOptions) -> str:
        """Return the value as it is typed."""
        return self.show(getattr(options, self.field))


def _one_of(
    name: str,
    label: str,
    *choices: str,
    field: str = "",
    kind: Callable[[str], Any] = str,
    chats: Collection[str] = (),
) -> Setting:
    def read(text: str) -> Any:
        value = text.strip().casefold()
        if value not in choices:
            raise UsageError(f"`{name}` is one of {_listed(choices)}.")
        return kind(value)

    return Setting(
        name=name,
        field=field or name,
        label=label,
        takes=" | ".join(choices),
        read=read,
        show=str,
        choices=choices,
        chats=frozenset(chats),
    )


def _switch(name: str, label: str, field: str, chats: Collection[str] = ()) -> Setting:
    def read(text: str) -> bool:
        value = text.strip().casefold()
        if value not in {"on", "off", "yes", "no"}:
            raise UsageError(f"`{name}` is `on` or `off`.")
        return value in {"on", "yes"}

    return Setting(
        name=name,
        field=field,
        label=label,
        takes="on | off",
        read=read,
        show=lambda value: "on" if value else "off",
        choices=("on", "off"),
        chats=frozenset(chats),
    )


def _number(name: str, label: str, least: int, most: int, field: str = "") -> Setting:
    def read(text: str) -> int:
        return _whole(text, least, most, f"`{name}` is a number from {least} to {most}.")

    return Setting(name=name, field=field or name, label=label, takes=f"{least} to {most}", read=read)


def _whole(text: str, least: int, most: int, says: str) -> int:
    value = text.strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 7 and least <= int(value) <= most):
        raise UsageError(says)
    return int(value)


def _listed(choices: tuple[str, ...]) -> str:
    return ", ".join(f"`{choice}`" for choice in choices[:-1]) + f" and `{choices[-1]}`"


def read_budget(text: str) -> int | None:
    """Return the posts a day of `10/day`, `10 a day` or `10`; None for `off`."""
    folded = text.strip().casefold()
    if folded in OFF:
        return None
    number = folded.removesuffix("day").strip().removesuffix("/").removesuffix(" a").removesuffix(" per").strip()
    return _whole(number, 1, 1000, "A budget is `off` or from `1/day` to `1000/day`, for example `10/day`.")


def _zone(text: str) -> str | None:
    return None if text.strip().casefold() in OFF else zone_named(text)


def _template(text: str) -> str | None:
    return None if text.strip().casefold() in OFF else check_template(text.strip())


def _or_off(value: object) -> str:
    return "off" if value is None else str(value)


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            name="zone",
            field="zone",
            needs_value=False,
            label="Time zone",
            takes="off | Region/City, as in Europe/Berlin",
            read=_zone,
            show=_or_off,
        ),
        Setting(
            name="quiet",
            field="quiet",
            needs_value=False,
            label="Quiet hours",
            takes="off | from-to, as in 22:00-07:00",
            read=parse_quiet,
            show=show_quiet,
        ),
        Setting(
            name="budget",
            field="budget",
            needs_value=False,
            label="Posts a day",
            takes="off | 1/day to 1000/day",
            read=read_budget,
            show=lambda value: "off" if value is None else f"{value}/day",
        ),
        _one_of("look", "Look", "full", "compact", "title-only", kind=Look),
        _one_of("silent", "Without a sound", "off", "digests", "all", chats=SILENCES),
        _one_of("images", "Images", "off", "thumbnail"),
        _one_of("buttons", "Buttons", "menu", "full", "none"),
        _number("summary", "Characters of a summary", 0, 600, field="summary_length"),
        _number("burst", "More than so many at once become a digest", 1, 100),
        _number("backfill", "Posts a new subscription brings", 0, 10),
        Setting(
            name="template",
            field="template",
            needs_value=False,
            label="Template",
            takes="off | text with {title}, {blog}, {author|somebody} …",
            read=_template,
            show=_or_off,
        ),
        _one_of("on-unknown", "Where nobody can say if it arrived", "skip", "resend", "ask", field="on_unknown"),
        _switch("threads", "Digests as threads", "threads", THREADS),
        _switch("publish", "Publish in announcement channels", "publish", PUBLISHES),
        _switch("views", "Count clicks", "views"),
        _switch("announce", "Say in the channel who subscribed", "announce_subscriptions"),
        _switch("respect-people", "Do not repeat links people posted", "respect_people", {"slack"}),
    )
}
#: How they stand in a form: a modal on Discord holds five.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "When": ("zone", "quiet", "budget", "burst", "silent"),
    "Look": ("look", "images", "summary", "buttons", "template"),
    "Where": ("threads", "publish", "respect-people", "announce", "views"),
    "More": ("backfill", "on-unknown"),
}


def change_setting(options: ChannelOptions, name: str, text: str) -> ChannelOptions:
    """Return the options with one changed; raise a UsageError for a name or value there is not."""
    setting = setting_named(name)
    changed: dict[str, Any] = {setting.field: setting.read(text)}
    return replace(options, **changed)


def setting_named(name: str) -> Setting:
    """Return the setting, or raise a UsageError with the names there are."""
    folded = name.strip().casefold().replace("_", "-")
    if folded in SETTINGS:
        return SETTINGS[folded]
    near = difflib.get_close_matches(folded, SETTINGS, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    raise UsageError(f"There is no setting `{name[:30]}`.{meant} There are {_listed(tuple(SETTINGS))}.")
