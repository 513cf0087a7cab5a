"""Many rows, some at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeVar

from sqlalchemy import Column, Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

T = TypeVar("T")


def batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give *things* in lists of at most *size*; itertools.batched came with Python 3.12."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


async def write_rows(
    connection: AsyncConnection, statement: Executable, rows: Sequence[Mapping[str, Any]], size: int = 500
) -> None:
    """Run a statement for each row, handed to the driver as it is compiled: for rows that are written by the hundred.

    Binding such rows one by one costs more than writing them. Values must be as the tables keep them: no datetimes, no
    JSON. The statement must be one object for good: it is compiled once.
    """
    if not rows:
        return
    compiled = _compiled(statement, connection.dialect)
    names = compiled.positiontup
    for some in batches(rows, size):
        values = some if names is None else [tuple(row[name] for name in names) for row in some]
        await connection.exec_driver_sql(compiled.string, values)


async def known_pairs(
    connection: AsyncConnection, one: Column[Any], other: Column[Any], pairs: Iterable[tuple[Any, Any]], size: int = 512
) -> list[tuple[Any, Any]]:
    """Return those of *pairs* that a table has under its primary key.

    Not `(one, other) IN (VALUES ...)`: for that SQLite 3.40 reads the whole table.
    """
    found: list[tuple[Any, Any]] = []
    for some in batches(pairs, size):
        text = _pairs_text(one, other, _round_up(some), _mark(connection))
        rows = await connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))
        found += map(tuple, rows.all())
    return found


async def rows_in(
    connection: AsyncConnection, columns: Sequence[Column[Any]], key: Column[Any], values: Iterable[Any]
) -> list[tuple[Any, ...]]:
    """Return *columns*, as the driver gives them, of rows whose *key* is one of *values*: for keys by the hundred."""
    found: list[tuple[Any, ...]] = []
    for some in batches(values, 512):
        text = _in_text(tuple(columns), key, _round_up(some), _mark(connection))
        found += map(tuple, (await connection.exec_driver_sql(text, tuple(some))).all())
    return found


def _round_up(some: list[Any]) -> int:
    """Repeat the last until the number is a power of two: few statements, which the driver keeps prepared."""
    some.extend([some[-1]] * ((1 << (len(some) - 1).bit_length()) - len(some)))
    return len(some)


def _mark(connection: AsyncConnection) -> str:
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


@lru_cache(maxsize=64)
def _in_text(columns: tuple[Column[Any], ...], key: Column[Any], count: int, mark: str) -> str:
    names = ", ".join(f'"{column.name}"' for column in columns)
    return f'SELECT {names} FROM {key.table.name} WHERE "{key.name}" IN ({", ".join([mark] * count)})'  # noqa: S608 - our names


@lru_cache(maxsize=64)
def _pairs_text(one: Column[Any], other: Column[Any], count: int, mark: str) -> str:
    values = ", ".join([f"({mark}, {mark})"] * count)
    return (
        f"WITH offered (one, other) AS (VALUES {values}) SELECT k.{one.name}, k.{other.name} "  # noqa: S608 - our names
        f"FROM offered JOIN {one.table.name} k ON k.{one.name} = offered.one AND k.{other.name} = offered.other"
    )


@lru_cache(maxsize=64)
def _compiled(statement: Any, dialect: Dialect) -> SQLCompiler:
    compiled: SQLCompiler = statement.compile(dialect=dialect)
    return compiled
