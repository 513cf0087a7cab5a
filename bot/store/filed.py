"""Which filed topics count for a workspace."""

from sqlalchemy import ColumnElement, and_, exists, or_

from bot.domain.model import SHARED
from bot.store.tables import post_topics, topics


def filed_for(workspace: str) -> ColumnElement[bool]:
    """The condition that a row of `post_topics` says what *workspace* means: its own topic hides the built-in one."""
    t = post_topics.c
    if workspace == SHARED:
        return t.workspace == SHARED
    hidden = exists().where(topics.c.workspace == workspace, topics.c.slug == t.topic)
    return or_(t.workspace == workspace, and_(t.workspace == SHARED, ~hidden))
