"""tidings docs: write the pages that come from the code, docs/settings.md and docs/commands.md."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import typer

from bot.cli.common import say

cli = typer.Typer(no_args_is_help=True, help="Pages that are written from the code.")
NOTE = "<!-- Written from the code by `UPDATE_GOLDEN=1 ./run test tests/docs`: change the code, not this page. -->"


@cli.command("settings")
def print_settings() -> None:
    """Print docs/settings.md."""
    say(settings_page())


@cli.command("commands")
def print_commands() -> None:
    """Print docs/commands.md."""
    say(commands_page())


def settings_page() -> str:
    """Return the table of every setting, by part."""
    from bot.settings.model import Settings
    from bot.settings.sources import all_settings

    lines = [
        "# Settings",
        "",
        NOTE,
        "",
        "Each setting has one name. In the environment and in `.env` it is written as below; in `config/bot.yaml` in",
        "lower case, with the part as a heading: `POLLING_FLOOR` is `floor` under `polling:`. The environment goes",
        "before `.env`, `.env` before `config/bot.yaml`. Secrets are taken from the environment and `.env` only.",
        "`tidings check` names everything that is wrong, with file and line. Durations are written `20s`, `15m`, `24h`",
        "or `30d`; lists with commas.",
    ]
    part: tuple[str, ...] | None = None
    for setting in all_settings():
        if setting.keys[:-1] != part:
            part = setting.keys[:-1]
            about = Settings.model_fields[part[0]].annotation.__doc__ if part else "For everything."
            lines += ["", f"## {part[0].title() if part else 'General'}", "", str(about).strip(), ""]
            lines += ["| setting | default | what it is |", "|---|---|---|"]
        name = f"`{setting.name}`" if setting.in_environment else f"`{setting.keys[-1]}:`"
        lines.append(f"| {name} | {_default(setting.info.default)} | {setting.info.description} |")
    return "\n".join(lines)


def _default(value: Any) -> str:
    from pathlib import Path

    if isinstance(value, timedelta):
        return f"`{_duration(value)}`"
    if isinstance(value, Path):
        return f"the project's `{value.name}/`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = "" if value in (None, (), {}) else str(value)
    return f"`{text}`" if text else ""


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0 and (unit != "d" or seconds > size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def commands_page() -> str:
    """Return every command: those of a chat, then those of operators."""
    lines = [
        "# Commands",
        "",
        NOTE,
        "",
        "## In a chat",
        "",
        "The same on Slack, on Discord and in the room. Each is also `/tidings VERB`; `/tidings` alone shows what the",
        "channel follows, and `/tidings help VERB` says what stands here.",
        "",
        *_of_chats(),
        "## For operators",
        "",
        "`tidings COMMAND`, or `./run COMMAND` in a checkout, or `python -m bot COMMAND`. `--help` behind any of them",
        "lists its options; what lists something takes `--json`.",
        "",
        "| command | what it does |",
        "|---|---|",
        *_of_operators(),
    ]
    return "\n".join(lines)


def _of_chats() -> Iterator[str]:
    from bot.commands.help import typed_form
    from bot.commands.table import TABLE

    for command in TABLE:
        if not command.hidden:
            yield f"### `{typed_form(command)}`"
            yield ""
            yield f"{command.help} For {command.who}."
            yield ""
            if command.examples:
                yield from ("```", *command.examples, "```", "")


def _of_operators() -> Iterator[str]:
    from bot.cli import cli as root

    for path, text in sorted(_walk(typer.main.get_command(root), "tidings")):
        yield f"| `{path}` | {text.splitlines()[0].rstrip('.')}. |"


def _walk(command: Any, path: str) -> Iterator[tuple[str, str]]:
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from _walk(below, f"{path} {name}")
    elif not command.hidden:
        yield path, command.help or ""
