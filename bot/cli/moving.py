"""export, import, catch-up: a database as a file, to move it or to keep it."""

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from bot.cli.common import fail, run, say, settings, store
from bot.domain.errors import UsageError

if TYPE_CHECKING:
    from bot.store.database import Database


def register(cli: typer.Typer) -> None:
    cli.command("export")(export)
    cli.command("import")(import_)
    cli.command("catch-up")(catch_up)


def export(
    file: Annotated[str, typer.Argument(help="The file to write; - is standard output.")] = "-",
    copy: Annotated[bool, typer.Option("--copy", help="A copy to keep; the bot may run on.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Use this database again after an export.")] = False,
) -> None:
    """Write everything to a file: feeds, subscriptions, what was announced, the queue, installations.

    Stop the bot first. Afterwards it does not start on this database again, so that nothing is announced twice.
    """
    run(_undo() if undo else _export(file, copy))


async def _undo() -> None:
    from bot.store.transfer import undo_export

    async with store() as database:
        await undo_export(database)
    say("The bot may use this database again.")


async def _export(file: str, copy: bool) -> None:
    from bot.app import sole_owner
    from bot.store.transfer import export_all

    chosen = settings()
    with contextlib.nullcontext() if copy else sole_owner(chosen), _writing(file) as text:
        async with store() as database:
            if not copy:
                await _see_that_nobody_works(database)
            header = await export_all(database, text, datetime.now(UTC), _show, copy=copy)
    fail(f"{sum(header.counts.values())} rows written.")


async def _see_that_nobody_works(database: "Database") -> None:
    from bot.engine.sharing import WORKER
    from bot.store.roles import SqlRoles

    if await SqlRoles(database).held(WORKER, datetime.now(UTC)):
        raise UsageError("A worker runs on this database. Stop all of them, or write a copy with --copy.")


def import_(file: Annotated[str, typer.Argument(help="What export wrote; - is standard input.")] = "-") -> None:
    """Read such a file into an empty database; run it again if it was interrupted."""
    run(_import(file))


async def _import(file: str) -> None:
    from bot.store.transfer import import_all

    with _reading(file) as lines:
        async with store() as database:
            try:
                header = await import_all(database, iter(lines), _show)
            except UnicodeDecodeError as error:
                raise UsageError("This is not a file that `tidings export` wrote, or it is damaged.") from error
    say(f"All {sum(header.counts.values())} rows are here, and counted.")


def catch_up() -> None:
    """Let the next start take everything published so far as known: for a backup that was put back.

    Messages that waited in it are looked for in their channels before they are sent.
    """

    async def work() -> None:
        from bot.store.catch_up import ask_to_catch_up

        async with store() as database:
            await ask_to_catch_up(database, datetime.now(UTC))

    run(work())
    say("The next start catches up in silence.")


def _show(table: str, done: int, total: int) -> None:
    """Show how far a table is, on one line of standard error where people look at it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{table:<20} {done:>10} of {total}" + ("\n" if done == total else ""))
    elif done == total:
        fail(f"{table}: {done}")


@contextlib.contextmanager
def _writing(file: str) -> Iterator[TextIO]:
    if file == "-":
        yield sys.stdout
        return
    path = Path(file)
    if path.exists():
        raise UsageError(f"{file} is there already; it is not overwritten.")
    # Tokens are sealed in it, names of channels are not.
    path.touch(mode=0o600)
    try:
        with path.open("w", encoding="utf-8") as text:
            yield text
    except BaseException:
        path.unlink()  # half of an export is none, and would be in the way of the next
        raise


@contextlib.contextmanager
def _reading(file: str) -> Iterator[TextIO]:
    if file == "-":
        yield sys.stdin
        return
    if not Path(file).is_file():
        raise UsageError(f"There is no file {file}.")
    with Path(file).open(encoding="utf-8") as text:
        yield text
