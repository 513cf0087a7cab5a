"""Posting what was there already into a channel that has just begun to follow something."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.keys import new_id
from bot.domain.message import Announcement, MessageKind
from bot.domain.model import AnnouncementId, Channel, MessageId, SubscriptionId
from bot.domain.planning import PlannedAnnouncement, PlannedMessage
from bot.store.database import Database
from bot.store.planned import add_planned


class SqlBackfill:
    """Keeps bot.ports.Backfill."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def post(
        self, channel: Channel, cards: Sequence[Announcement], wanted_by: SubscriptionId, now: datetime
    ) -> None:
        planned = [_planned(channel, card, wanted_by, now) for card in cards]
        async with self._database.write() as connection:
            await add_planned(connection, planned, now)


def _planned(channel: Channel, card: Announcement, wanted_by: SubscriptionId, now: datetime) -> PlannedMessage:
    announcement = PlannedAnnouncement(
        id=AnnouncementId(new_id()),
        story=card.story,
        post=card.post.id,
        topics=card.topics,
        topic=card.topic,
        score=card.score,
        subscriptions=(wanted_by,),
    )
    return PlannedMessage(
        id=MessageId(new_id()),
        channel=channel,
        kind=MessageKind.POST,
        due_at=now,
        announcements=(announcement,),
        # Nobody needs a sound for what is not news.
        silent=True,
    )
