"""What every operators' command shares: settings, the event loop, tables and JSON."""

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def settings() -> "Settings":
    """Read the settings. Raises BadSettings with every fault."""
    from bot.settings import load_settings

    return load_settings(os.environ)


@contextlib.asynccontextmanager
async def store() -> "AsyncIterator[Database]":
    """Give the database of the settings, brought up to date; a running bot beside it is no hindrance."""
    from bot.app import open_store

    async with open_store(settings()) as database:
        yield database


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* to its end."""
    from bot.engine.loop import run_to_end

    return run_to_end(work)


def fail(*sentences: str) -> None:
    """Say what is wrong, on standard error."""
    for sentence in sentences:
        sys.stderr.write(f"{sentence}\n")


def say(text: str) -> None:
    """Print a line as it is: names like <antirez> and [links] are text."""
    sys.stdout.write(f"{text}\n")


def show_json(value: Any) -> None:
    """Print JSON; times in ISO 8601."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, or the title alone where there is nothing to list."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else _shown(cell)) for cell in row))
    Console().print(table if table.row_count else Text(f"{title}: none"))


def _shown(cell: object) -> str:
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)
