"""Many rows, some at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable
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


@lru_cache(maxsize=64)
def _compiled(statement: Any, dialect: Dialect) -> SQLCompiler:
    compiled: SQLCompiler = statement.compile(dialect=dialect)
    return compiled
