"""What is wished, read whole: for the index that is held in memory."""

from bot.domain.wishes import Wishes
from bot.store.database import Database
from bot.store.feedback import all_tunings
from bot.store.mutes import all_mutes, mute_of
from bot.store.own_topics import all_own_topics
from bot.store.subscriptions import all_subscriptions, subscription_of
from bot.store.versions import current_version


class SqlWishBook:
    """Keeps bot.ports.WishBook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        async with self._database.read() as connection:
            return await current_version(connection)

    async def wishes(self) -> Wishes:
        # The version first: what a writer commits meanwhile is then read under an older number, and read again.
        async with self._database.read() as connection:
            version = await current_version(connection)
            subscriptions = await connection.execute(all_subscriptions())
            muted = await connection.execute(all_mutes())
            return Wishes(
                version=version,
                subscriptions=tuple(map(subscription_of, subscriptions)),
                mutes=tuple(map(mute_of, muted)),
                tunings=await all_tunings(connection),
                topics=await all_own_topics(connection),
            )
