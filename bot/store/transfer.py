"""Everything that is remembered, as a file of JSON lines and back: from SQLite to PostgreSQL, or to a new machine.

Ids, keys and states go over unchanged, so that what was announced counts as announced, and a message that was being
sent is looked for by its key before it is sent again.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TextIO

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import UsageError
from bot.domain.keys import new_id
from bot.store.database import Database
from bot.store.schema import head
from bot.store.tables import meta
from bot.store.transfer_file import (
    FORMAT,
    PAGE,
    TABLES,
    Header,
    Page,
    columns_of,
    fields_of,
    line_of,
    pages,
    plain_of,
    read_header,
)
from bot.store.upsert import insert_into

#: Names in `meta` that this module keeps: what became of an export from here, and of an import into here.
MOVED, IMPORT, RESTORED = "moved", "import", "restored"

Progress = Callable[[str, int, int], None]


async def export_all(database: Database, file: TextIO, now: datetime, progress: Progress, *, copy: bool) -> Header:
    """Write everything to *file*. Unless it is a *copy*, the bot does not start on this database again."""
    async with database.read() as connection:
        if not database.is_sqlite:
            # One moment for all tables; on SQLite a reader sees one anyway.
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        counts = {table.name: await _count(connection, table) for table in TABLES}
        kept = {
            row.name: row.value for row in await connection.execute(select(meta)) if row.name not in (MOVED, IMPORT)
        }
        header = Header(id=new_id(), schema=head(), copy=copy, counts=counts, meta=kept)
        file.write(line_of({"tidings": FORMAT, **fields_of(header)}))
        for table in TABLES:
            await _write_table(connection, table, file, counts[table.name], progress)
        file.write(line_of({"end": header.id}))
    if not copy:
        await _remember(database, MOVED, f"{now:%Y-%m-%d %H:%M} UTC")
    return header


async def import_all(database: Database, lines: Iterator[str], progress: Progress) -> Header:
    """Read what `export_all` wrote into an empty database, or go on where an earlier call ended. Raises UsageError."""
    header = read_header(next(lines, ""))
    done = await _done(database, header)
    for page in pages(lines, header, skip=done):
        async with database.write() as connection:
            await _insert(connection, page)
            done += len(page.rows)
            await _note(connection, IMPORT, json.dumps({"id": header.id, "rows": done}))
        progress(page.table.name, page.until, header.counts[page.table.name])
    await _check(database, header)
    await _finish(database, header)
    return header


async def unfit(database: Database) -> str | None:
    """Return why the bot must not start on this database, and what to do; None where it may."""
    async with database.read() as connection:
        found = {row.name: row.value for row in await connection.execute(select(meta))}
    if IMPORT in found:
        return "An import into this database is not finished. Run the same `import` again: it goes on where it ended."
    if MOVED in found:
        return (
            f"This database was exported on {found[MOVED]}, and whatever imported it announces now what was left to "
            "announce. To use this one all the same: `export --undo`."
        )
    return None


async def undo_export(database: Database) -> None:
    """Let the bot start again where everything was exported from."""
    async with database.write() as connection:
        await connection.execute(delete(meta).where(meta.c.name == MOVED))


async def _write_table(connection: AsyncConnection, table: Table, file: TextIO, total: int, progress: Progress) -> None:
    columns = columns_of(table)
    file.write(line_of({"table": table.name, "columns": [column.name for column in columns]}))
    done = 0
    async with connection.stream(select(*columns).order_by(*table.primary_key.columns)) as rows:
        async for page in rows.partitions(PAGE):
            file.writelines(line_of([plain_of(value) for value in row]) for row in page)
            done += len(page)
            progress(table.name, done, total)


async def _insert(connection: AsyncConnection, page: Page) -> None:
    try:
        await connection.execute(insert(page.table), page.rows)
    except (IntegrityError, DataError, ProgrammingError) as error:
        raise UsageError(
            f"The file is damaged: rows of {page.table.name} do not fit together. Export again."
        ) from error


async def _count(connection: AsyncConnection, table: Table) -> int:
    return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def _done(database: Database, header: Header) -> int:
    """Return how many rows of this file are in the database already."""
    async with database.read() as connection:
        noted = (await connection.execute(select(meta.c.value).where(meta.c.name == IMPORT))).scalar()
        if noted is not None:
            before = json.loads(noted)
            if before["id"] != header.id:
                raise UsageError("Another file was half imported here. Finish that import, or use an empty database.")
            return int(before["rows"])
        held = [table.name for table in TABLES if await _count(connection, table)]
    if held:
        raise UsageError(f"The database is not empty: it has {', '.join(held)}. Import needs an empty one.")
    await _remember(database, IMPORT, json.dumps({"id": header.id, "rows": 0}))
    return 0


async def _check(database: Database, header: Header) -> None:
    async with database.read() as connection:
        counts = {table.name: await _count(connection, table) for table in TABLES}
    wrong = [f"{name}: {counts.get(name)} of {count}" for name, count in header.counts.items() if counts[name] != count]
    if wrong:
        raise UsageError(
            f"The counts differ after the import: {'; '.join(wrong)}. Import into an empty database again."
        )


async def _finish(database: Database, header: Header) -> None:
    async with database.write() as connection:
        for name, value in header.meta.items():
            await _note(connection, name, value)
        if header.copy:
            await _note(connection, RESTORED, header.id)
        if not database.is_sqlite:
            await _move_sequences(connection)
        await connection.execute(delete(meta).where(meta.c.name == IMPORT))


async def _move_sequences(connection: AsyncConnection) -> None:
    """Let PostgreSQL number new rows after the imported ones."""
    for table in TABLES:
        key = table.autoincrement_column
        if key is not None:
            sequence = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
            newest = f"(SELECT max({key.name}) FROM {table.name})"  # noqa: S608
            await connection.execute(text(f"SELECT setval({sequence}, {newest}) WHERE {newest} IS NOT NULL"))


async def _remember(database: Database, name: str, value: str) -> None:
    async with database.write() as connection:
        await _note(connection, name, value)


async def _note(connection: AsyncConnection, name: str, value: str) -> None:
    row = insert_into(connection, meta).values(name=name, value=value)
    await connection.execute(row.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": value}))
