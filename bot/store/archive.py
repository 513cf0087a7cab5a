"""The posts of the last weeks, read page by page: for what must look at their words again."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from bot.domain.model import Post
from bot.domain.seen import Blog
from bot.store.announcements import post_of
from bot.store.database import Database
from bot.store.known_feeds import seen_by
from bot.store.tables import feeds, posts

PAGE = 500


async def archive(
    database: Database, workspace: str, since: datetime
) -> AsyncIterator[list[tuple[Post, Blog, datetime]]]:
    """Yield the posts that *workspace* sees, newest first, in pages, each with its blog and its date."""
    p = posts.c
    shown = [column for column in posts.columns if column.name != "id"]
    statement = (
        select(p.id.label("post_id"), *shown, feeds.c.title.label("blog"), feeds.c.host)
        .select_from(posts.join(feeds))
        .where(p.sort_at >= since, seen_by(workspace, p.feed_id))
        .order_by(p.sort_at.desc(), p.id)
        .limit(PAGE)
    )
    after: Any = None
    while True:
        page = statement
        if after is not None:
            page = page.where(or_(p.sort_at < after.sort_at, and_(p.sort_at == after.sort_at, p.id > after.post_id)))
        async with database.read() as connection:
            rows: Any = (await connection.execute(page)).all()
        yield [(post_of(row), Blog(id=row.feed_id, host=row.host, title=row.blog or ""), row.sort_at) for row in rows]
        if len(rows) < PAGE:
            return
        after = rows[-1]
