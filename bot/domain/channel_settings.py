"""A channel's options as people read and write them: one row for each, with the values it takes."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.channels import ChannelOptions, Look
from bot.domain.errors import UsageError
from bot.domain.language import Language
from bot.domain.localtime import zone_named
from bot.domain.quiet import parse_quiet, show_quiet
from bot.domain.sending import PUBLISHES, SILENCES, THREADS
from bot.domain.templates import check_template
from bot.domain.unsaid import Text

OFF = {"off", "none", "no", ""}
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One option. `read` raises a UsageError that names the values."""

    name: str
    #: The field of ChannelOptions.
    field: str
    #: As it stands within a sentence.
    label: Text
    #: The values it takes, in words.
    takes: Text | str
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

    def title(self, say: Language) -> str:
        """Return the label as it stands at the beginning."""
        label = say(self.label)
        return label[:1].upper() + label[1:]

    def of(self, options: ChannelOptions) -> str:
        """Return the value as it is typed."""
        return self.show(getattr(options, self.field))


def _one_of(
    name: str,
    label: Text,
    *choices: str,
    field: str = "",
    kind: Callable[[str], Any] = str,
    chats: Collection[str] = (),
) -> Setting:
    def read(text: str) -> Any:
        value = text.strip().casefold()
        if value not in choices:
            raise UsageError("`{name}` is one of {choices}.", name=name, choices=_listed(choices))
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


def _switch(name: str, label: Text, field: str, chats: Collection[str] = ()) -> Setting:
    def read(text: str) -> bool:
        value = text.strip().casefold()
        if value not in {"on", "off", "yes", "no"}:
            raise UsageError("`{name}` is `on` or `off`.", name=name)
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


def _number(name: str, label: Text, least: int, most: int, field: str = "") -> Setting:
    def read(text: str) -> int:
        if (value := _whole(text, least, most)) is None:
            raise UsageError("`{name}` is a number from {least} to {most}.", name=name, least=least, most=most)
        return value

    takes = Text("{least} to {most}", least=least, most=most)
    return Setting(name=name, field=field or name, label=label, takes=takes, read=read)


def _whole(text: str, least: int, most: int) -> int | None:
    value = text.strip()
    fits = value.isascii() and value.isdigit() and len(value) <= 7 and least <= int(value) <= most
    return int(value) if fits else None


def _listed(choices: Iterable[str]) -> list[str]:
    return [f"`{choice}`" for choice in choices]


def read_budget(text: str) -> int | None:
    """Return the posts a day of `10/day`, `10 a day` or `10`; None for `off`."""
    folded = text.strip().casefold()
    if folded in OFF:
        return None
    number = folded.removesuffix("day").strip().removesuffix("/").removesuffix(" a").removesuffix(" per").strip()
    if (budget := _whole(number, 1, 1000)) is None:
        raise UsageError("A budget is `off` or from `1/day` to `1000/day`, for example `10/day`.")
    return budget


def _zone(text: str) -> str | None:
    return None if text.strip().casefold() in OFF else zone_named(text)


def _template(text: str) -> str | None:
    return None if text.strip().casefold() in OFF else check_template(text.strip())


def _language(text: str) -> str | None:
    code = text.strip().casefold().replace("_", "-")
    if code in OFF:
        return None
    if not _CODE.fullmatch(code):
        raise UsageError("`{code}` is not a language's code. It is written as in `en` or `de`.", code=text.strip()[:20])
    return code


def _or_off(value: object) -> str:
    return "off" if value is None else str(value)


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            name="zone",
            field="zone",
            needs_value=False,
            label=Text("time zone"),
            takes=Text("off | Region/City, as in Europe/Berlin"),
            read=_zone,
            show=_or_off,
        ),
        Setting(
            name="quiet",
            field="quiet",
            needs_value=False,
            label=Text("quiet hours"),
            takes=Text("off | from-to, as in 22:00-07:00"),
            read=parse_quiet,
            show=show_quiet,
        ),
        Setting(
            name="budget",
            field="budget",
            needs_value=False,
            label=Text("posts a day"),
            takes=Text("off | 1/day to 1000/day"),
            read=read_budget,
            show=lambda value: "off" if value is None else f"{value}/day",
        ),
        _one_of("look", Text("look"), "full", "compact", "title-only", kind=Look),
        _one_of("silent", Text("without a sound"), "off", "digests", "all", chats=SILENCES),
        _one_of("images", Text("images"), "off", "thumbnail"),
        _one_of("buttons", Text("buttons"), "menu", "full", "none"),
        _number("summary", Text("characters of a summary"), 0, 600, field="summary_length"),
        _number("burst", Text("more than so many at once become a digest"), 1, 100),
        _number("backfill", Text("posts a new subscription brings"), 0, 10),
        Setting(
            name="template",
            field="template",
            needs_value=False,
            label=Text("template"),
            takes=Text("off | text with {title}, {blog}, {author|somebody} …"),
            read=_template,
            show=_or_off,
        ),
        _one_of("on-unknown", Text("where nobody can say if it arrived"), "skip", "resend", "ask", field="on_unknown"),
        _switch("threads", Text("digests as threads"), "threads", THREADS),
        _switch("publish", Text("publish in announcement channels"), "publish", PUBLISHES),
        _switch("views", Text("count clicks"), "views"),
        _switch("announce", Text("say in the channel who subscribed"), "announce_subscriptions"),
        _switch("respect-people", Text("do not repeat links people posted"), "respect_people", {"slack"}),
        Setting(
            name="language",
            field="language",
            needs_value=False,
            label=Text("language"),
            takes=Text("off | a language's code, as in de"),
            read=_language,
            show=_or_off,
        ),
    )
}
#: How they stand in a form: a modal on Discord holds five.
GROUPS: Sequence[tuple[Text, tuple[str, ...]]] = (
    (Text("When"), ("zone", "quiet", "budget", "burst", "silent")),
    (Text("Look"), ("look", "images", "summary", "buttons", "template")),
    (Text("Where"), ("threads", "publish", "respect-people", "announce", "views")),
    (Text("More"), ("backfill", "on-unknown", "language")),
)


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
    there = _listed(SETTINGS)
    if near := difflib.get_close_matches(folded, SETTINGS, n=1):
        raise UsageError(
            "There is no setting `{name}`. Did you mean `{near}`? There are {names}.",
            name=name[:30],
            near=near[0],
            names=there,
        )
    raise UsageError("There is no setting `{name}`. There are {names}.", name=name[:30], names=there)
