"""Every documented limit of application commands, checked when they are registered."""

from __future__ import annotations

import regex

from tests.fakes.discord.answers import Form, Json, units

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
AT_MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
NAME = regex.compile(r"^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$")
LOCALES = {
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
}  # fmt: skip

Path = tuple[str | int, ...]


def check_commands(commands: list[Json]) -> None:
    form = Form()
    seen: set[tuple[int, str]] = set()
    for number, command in enumerate(commands):
        kind = command.get("type", CHAT_INPUT)
        if (kind, command.get("name", "")) in seen:
            form.refuse((number, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique")
        seen.add((kind, command.get("name", "")))
        _check_command(form, (number,), command, kind)
    for kind, most in AT_MOST.items():
        form.count((), [c for c in commands if c.get("type", CHAT_INPUT) == kind], most)
    form.done()


def _check_command(form: Form, at: Path, command: Json, kind: int) -> None:
    if kind == CHAT_INPUT:
        _check_name(form, at, command)
        _check_options(form, at, command.get("options") or [], depth=0)
        if size(command) > 8000:
            form.refuse(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
        return
    form.length((*at, "name"), command.get("name"), 32, 1)
    if command.get("description") or command.get("options"):
        form.refuse((*at, "description"), "BASE_TYPE_NONE_REQUIRED", "Only chat input commands have this.")


def _check_name(form: Form, at: Path, thing: Json) -> None:
    names = {"": thing.get("name"), **(thing.get("name_localizations") or {})}
    for locale, name in names.items():
        path = (*at, "name_localizations", locale) if locale else (*at, "name")
        if locale and locale not in LOCALES:
            form.refuse(path, "BASE_TYPE_CHOICES", "Not a locale of Discord.")
        if not isinstance(name, str) or not NAME.match(name) or name != name.lower():
            form.refuse(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    form.length((*at, "description"), thing.get("description"), 100, 1)
    for locale, text in (thing.get("description_localizations") or {}).items():
        form.length((*at, "description_localizations", locale), text, 100, 1)


def _check_options(form: Form, at: Path, options: list[Json], depth: int) -> None:
    form.count((*at, "options"), options, 25)
    optional_seen = False
    names = [option.get("name") for option in options]
    for number, option in enumerate(options):
        path: Path = (*at, "options", number)
        _check_name(form, path, option)
        if names.count(option.get("name")) > 1:
            form.refuse((*path, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Names must be unique")
        if option.get("required") and optional_seen:
            form.refuse(path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options come first")
        optional_seen = optional_seen or not option.get("required")
        _check_option(form, path, option, depth)


def _check_option(form: Form, path: Path, option: Json, depth: int) -> None:
    kind = option.get("type")
    if (kind == GROUP and depth > 0) or (kind == SUBCOMMAND and depth > 1):
        form.refuse(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command groups cannot nest")
    if kind in (SUBCOMMAND, GROUP):
        _check_options(form, path, option.get("options") or [], 2 if kind == SUBCOMMAND else 1)
    choices = option.get("choices") or []
    form.count((*path, "choices"), choices, 25)
    check_choices(form, (*path, "choices"), choices)
    if choices and option.get("autocomplete"):
        form.refuse(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "Choices exclude autocomplete")


def check_choices(form: Form, at: Path, choices: list[Json]) -> None:
    for number, choice in enumerate(choices):
        form.length((*at, number, "name"), choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            form.length((*at, number, "value"), choice["value"], 100, 1)


def size(thing: Json) -> int:
    """What counts towards 8,000: names, descriptions (the longest locale of each) and choices' values."""
    total = 0
    for key in ("name", "description"):
        texts = [thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()]
        total += max(units(text) for text in texts)
    for choice in thing.get("choices") or []:
        total += units(choice["name"]) + units(str(choice["value"]))
    return total + sum(size(option) for option in thing.get("options") or [])
