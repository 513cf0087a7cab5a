"""plan, apply, dump: what all workspaces follow, as one file that is reviewed."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import run, say, settings
from bot.domain.errors import UsageError
from bot.domain.typed import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.setup import Change
    from bot.settings import Settings
    from bot.store.database import Database
    from bot.store.setups import SqlSetups

File = Annotated[str, typer.Argument(help="The YAML file; - is standard input.")]


def register(cli: typer.Typer) -> None:
    cli.command("plan")(plan)
    cli.command("apply")(apply)
    cli.command("dump")(dump)


def plan(file: File) -> None:
    """Show what a file of feeds, topics and subscriptions would change; nothing is changed."""

    def only_look(wanted: "Sequence[Change]") -> bool:
        _show(wanted)
        return False

    run(_work(file, only_look))


def apply(
    file: File, yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for a deployment's script.")] = False
) -> None:
    """Show what a file would change, ask, and change it; a bot that runs heeds it within seconds."""

    def agreed(wanted: "Sequence[Change]") -> bool:
        _show(wanted)
        if not wanted or yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("Nothing was changed: nobody can be asked here. `--yes` changes it unasked.")
        return typer.confirm("Change this?")

    if run(_work(file, agreed)):
        say("Done.")


def dump(
    secrets: Annotated[bool, typer.Option("--secrets", help="With the passwords in feeds' addresses.")] = False,
) -> None:
    """Print what all workspaces follow, as a file for plan and apply."""
    from bot.app import open_store
    from bot.domain.setup import renamed
    from bot.domain.setup_text import write_setup
    from bot.settings.parts import channel_part
    from bot.store.sealing import addresses

    async def work() -> str:
        chosen = settings()
        async with open_store(chosen) as database:
            real = await addresses(database) if secrets else {}
            setup = renamed(await _setups(chosen, database).load(), lambda url: real.get(url, url))
            return write_setup(setup, channel_part(chosen))

    say(run(work()).rstrip("\n"))


async def _work(file: str, agreed: "Callable[[Sequence[Change]], bool]") -> "Sequence[Change]":
    """Return the changes that a file asks for, made where *agreed* says so."""
    from bot.app import built_in_topics, open_store
    from bot.domain.setup import changes
    from bot.domain.setup_file import Known, read_setup
    from bot.settings.parts import channel_part

    text, chosen = _text(file), settings()
    start = channel_part(chosen)
    async with open_store(chosen) as database:
        setups = _setups(chosen, database)
        now = await setups.load()
        known = Known(now=now, built_in=built_in_topics(chosen), start=start)
        wanted = changes(now, setups.named(read_setup(text, file, known)), start)
        if not agreed(wanted):
            return ()
        await setups.apply(wanted, datetime.now(UTC))
        return wanted


def _setups(chosen: "Settings", database: "Database") -> "SqlSetups":
    from bot.settings.parts import channel_part
    from bot.store.setups import SqlSetups

    return SqlSetups(database, channel_part(chosen))


def _text(file: str) -> str:
    if file != "-" and not Path(file).is_file():
        raise UsageError(f"There is no file {file}.")
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no text in UTF-8.") from error


def _show(wanted: "Sequence[Change]") -> None:
    """Print the changes, those of one place under its name."""
    place = ""
    for change in wanted:
        first, *others = change.lines()
        for line in others if first == place else (first, *others):
            say(line)
        place = first
    say(f"{count(len(wanted), 'place')} would change." if wanted else "Nothing would change.")
