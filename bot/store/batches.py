"""Many rows, some at a time."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Column, Dialect, Executable, Insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

T = TypeVar("T")
#: Values of an array handed to PostgreSQL at once.
_ARRAY = 10_000


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
    if connection.dialect.name == "postgresql":
        text, names = _at_once(statement, connection.dialect)
        for some in batches(rows, _ARRAY):
            await connection.exec_driver_sql(text, tuple([row[name] for row in some] for name in names))
        return
    compiled = _compiled(statement, connection.dialect)
    # A new post is 140 values: taken one by one they cost as much as its search index.
    values_of = _values_of(tuple(compiled.positiontup or ()))
    for some in batches(rows, size):
        await connection.exec_driver_sql(compiled.string, list(map(values_of, some)))


_BOUND = re.compile(r"%\((\w+)\)s(?:::(?:DOUBLE PRECISION|[A-Z]+))?")


@lru_cache(maxsize=64)
def _at_once(statement: Any, dialect: Dialect) -> tuple[str, Sequence[str]]:
    """Return an INSERT or UPDATE that takes all rows in one message, as an array for each name; and the names.

    As many messages as rows cost both ends more, though pipelined: 5,000 shingles took 0.09 s of CPU here, 0.12 s in
    the server, in one message 0.03 s and 0.08 s; and others wait for this transaction.
    """
    compiled = _compiled(statement, dialect)
    names = list(dict.fromkeys(_BOUND.findall(compiled.string)))
    arrays = ", ".join(f"%s::{compiled.binds[name].type.compile(dialect)}[]" for name in names)
    source = f"unnest({arrays}) AS v ({', '.join(names)})"
    text = _BOUND.sub(r"v.\1", compiled.string)
    if isinstance(statement, Insert):
        head, _, rest = text.partition(" VALUES (")
        values, _, tail = rest.partition(")")
        return f"{head} SELECT {values} FROM {source}{tail}", names  # noqa: S608 - our names
    head, _, tail = text.partition("WHERE ")
    return f"{head} FROM {source} WHERE {tail}", names


async def known_pairs(
    connection: AsyncConnection, one: Column[Any], other: Column[Any], pairs: Iterable[tuple[Any, Any]], size: int = 512
) -> list[tuple[Any, Any]]:
    """Return those of *pairs* that a table has under its primary key.

    Not `(one, other) IN (VALUES ...)`: for that SQLite 3.40 reads the whole table.
    """
    if connection.dialect.name == "postgresql":
        text = _offered_text(one, other, connection.dialect)
        return await _asked(connection, text, pairs, lambda some: tuple(map(list, zip(*some, strict=True))))
    found: list[tuple[Any, Any]] = []
    for some in batches(pairs, size):
        text = _pairs_text(one, other, round_up(some))
        rows = await connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))
        found += map(tuple, rows.all())
    return found


async def rows_in(
    connection: AsyncConnection, columns: Sequence[Column[Any]], key: Column[Any], values: Iterable[Any]
) -> list[tuple[Any, ...]]:
    """Return *columns*, as the driver gives them, of rows whose *key* is one of *values*: for keys by the hundred."""
    if connection.dialect.name == "postgresql":
        text = _any_text(tuple(columns), key, connection.dialect)
        return await _asked(connection, text, values, lambda some: (some,))
    found: list[tuple[Any, ...]] = []
    for some in batches(values, 512):
        text = _in_text(tuple(columns), key, round_up(some))
        found += map(tuple, (await connection.exec_driver_sql(text, tuple(some))).all())
    return found


async def _asked(
    connection: AsyncConnection, text: str, values: Iterable[T], bound: Callable[[list[T]], tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Ask PostgreSQL with an array for each name: one statement, however many values, which the driver prepares."""
    found: list[tuple[Any, ...]] = []
    for some in batches(values, _ARRAY):
        found += map(tuple, (await connection.exec_driver_sql(text, bound(some))).all())
    return found


def round_up(some: list[Any]) -> int:
    """Repeat the last until the number is a power of two: few statements, which the driver keeps prepared."""
    some.extend([some[-1]] * ((1 << (len(some) - 1).bit_length()) - len(some)))
    return len(some)


def mark(connection: AsyncConnection) -> str:
    """Return what stands for a value in the driver's statements."""
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def _selected(columns: Iterable[Column[Any]], key: Column[Any]) -> str:
    names = ", ".join(f'"{column.name}"' for column in columns)
    return f'SELECT {names} FROM {key.table.name} WHERE "{key.name}"'  # noqa: S608 - our names


@lru_cache(maxsize=64)
def _in_text(columns: tuple[Column[Any], ...], key: Column[Any], count: int) -> str:
    return f"{_selected(columns, key)} IN ({', '.join('?' * count)})"


@lru_cache(maxsize=64)
def _any_text(columns: tuple[Column[Any], ...], key: Column[Any], dialect: Dialect) -> str:
    return f"{_selected(columns, key)} = ANY(%s::{key.type.compile(dialect)}[])"


def _joined(one: Column[Any], other: Column[Any]) -> str:
    return (
        f"SELECT k.{one.name}, k.{other.name} FROM offered "  # noqa: S608 - our names
        f"JOIN {one.table.name} k ON k.{one.name} = offered.one AND k.{other.name} = offered.other"
    )


@lru_cache(maxsize=64)
def _values_of(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return what takes these values out of a row."""
    return itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)


@lru_cache(maxsize=64)
def _pairs_text(one: Column[Any], other: Column[Any], count: int) -> str:
    values = ", ".join(["(?, ?)"] * count)
    return f"WITH offered (one, other) AS (VALUES {values}) {_joined(one, other)}"


@lru_cache(maxsize=64)
def _offered_text(one: Column[Any], other: Column[Any], dialect: Dialect) -> str:
    arrays = ", ".join(f"%s::{column.type.compile(dialect)}[]" for column in (one, other))
    return f"WITH offered (one, other) AS (SELECT * FROM unnest({arrays})) {_joined(one, other)}"  # noqa: S608 - our names


@lru_cache(maxsize=64)
def _compiled(statement: Any, dialect: Dialect) -> SQLCompiler:
    compiled: SQLCompiler = statement.compile(dialect=dialect)
    return compiled
