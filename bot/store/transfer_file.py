"""The file that `export` writes and `import` reads: JSON lines.

The first line says what the file holds; then each table is named by a line of its own, rows follow as lists.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Table

from bot.domain.errors import UsageError
from bot.store.columns import EPOCH, MICROSECOND, Time, metadata
from bot.store.platform_tables import oauth_states, rates, roles
from bot.store.schema import head
from bot.store.tables import meta, wish_changes

FORMAT = 1
FOREIGN = "This is not a file that `tidings export` wrote."
DAMAGED = "The file is damaged: a line is not what `tidings export` writes. Export again."
PAGE = 500
#: About one process and one moment only.
LEFT_OUT = {meta, wish_changes, roles, rates, oauth_states}
TABLES = [table for table in metadata.sorted_tables if table not in LEFT_OUT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of the file."""

    id: str
    schema: str
    #: A copy: the bot went on where it was made, so that it is older than what was announced since.
    copy: bool
    counts: Mapping[str, int]
    meta: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    table: Table
    rows: Sequence[Mapping[str, Any]]
    #: Rows of the table up to and with this page.
    until: int


def columns_of(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.computed is None]


def plain_of(value: Any) -> Any:
    """Return what JSON can hold of a column's value."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return (value - EPOCH) // MICROSECOND
        case _:
            return value


def value_of(plain: Any, column: Column[Any]) -> Any:
    """Return what `_plain` made JSON of."""
    if plain is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(plain)
    if isinstance(column.type, Time):
        return EPOCH + plain * MICROSECOND
    # PostgreSQL keeps no NUL in a text; SQLite does.
    return plain.replace("\0", "") if isinstance(plain, str) else plain


def pages(lines: Iterable[str], header: Header, skip: int) -> Iterator[Page]:
    """Cut the file into pages of one table each; the first *skip* rows are in the database already."""
    columns: list[Column[Any]] = []
    table: Table | None = None
    rows: list[Mapping[str, Any]] = []
    seen = of_table = 0
    for line in lines:
        found = _read(line)
        if isinstance(found, list) and table is not None:
            seen += 1
            of_table += 1
            if seen > skip:
                rows.append(_row(columns, found))
        if table is not None and rows and (len(rows) == PAGE or isinstance(found, dict)):
            yield Page(table=table, rows=rows, until=of_table)
            rows = []
        if isinstance(found, dict):
            if found.get("end") == header.id:
                return
            table, of_table = _table(found), 0
            columns = _columns(table, found)
    raise UsageError("The file ends too early: it was not written to its end. Export again.")


def _table(line: Mapping[str, Any]) -> Table:
    table = next((table for table in TABLES if table.name == line.get("table")), None)
    if table is None:
        raise UsageError(f"The file names a table that this version does not have: {line.get('table')}.")
    return table


def _columns(table: Table, line: Mapping[str, Any]) -> list[Column[Any]]:
    try:
        return [table.columns[name] for name in line["columns"]]
    except (KeyError, TypeError) as error:
        raise UsageError(DAMAGED) from error


def _row(columns: Sequence[Column[Any]], plain: Sequence[Any]) -> Mapping[str, Any]:
    try:
        return {column.name: value_of(value, column) for column, value in zip(columns, plain, strict=True)}
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(DAMAGED) from error


def read_header(line: str) -> Header:
    try:
        found = json.loads(line)
        if found.pop("tidings") != FORMAT:
            raise UsageError(FOREIGN)
        header = Header(**found)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise UsageError(FOREIGN) from error
    if header.schema != head():
        raise UsageError(
            f"The file was written by another version (schema {header.schema}; this one has {head()}). "
            "Use the same version of Tidings for the export and the import, and upgrade before or after."
        )
    if header.counts.keys() != {table.name for table in TABLES}:
        raise UsageError(DAMAGED)
    return header


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(DAMAGED) from error


def line_of(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


def fields_of(header: Header) -> dict[str, Any]:
    return {name: getattr(header, name) for name in Header.__slots__}
