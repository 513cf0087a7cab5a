from sqlalchemy import func, select

from bot.domain.model import Channel, workspace_of
from bot.store.database import Database
from bot.store.tables import announcements, channels, feed_workspaces, messages, mutes, subscriptions, topics
from tests.commands.conftest import MEMBER, REDIS, Talk
from tests.seeds import NLP, Seeds

OTHER = Channel(platform="room", workspace="other", id="nlp")
THEIRS = (channels, subscriptions, mutes, topics, announcements, messages)


async def rows(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        counted = {one.name: await connection.scalar(select(func.count()).select_from(one)) or 0 for one in THEIRS}
        pools = select(func.count()).where(feed_workspaces.c.workspace == workspace_of(NLP))
        return counted | {"pool": await connection.scalar(pools) or 0}


async def settle_in(talk: Talk, where: Channel) -> None:
    await talk.type("/subscribe nlp", where=where)
    await talk.type(f"/tidings feeds add {REDIS.url}", where=where)
    await talk.type("/tidings mute crypto", where=where)
    await talk.type('/tidings topic create rag "retrieval augmented"', where=where)


async def test_a_workspace_is_forgotten_once_a_button_says_so(talk: Talk, sqlite: Database) -> None:
    await settle_in(talk, OTHER)
    others = await rows(sqlite)
    await settle_in(talk, NLP)
    await Seeds(sqlite).announce("About BERT", channel=NLP)
    before = await rows(sqlite)

    assert "cannot be undone" in await talk.type("/tidings forget")
    assert talk.buttons == ["Delete everything"]
    assert "its 1 channel:" in await talk.type("/tidings forget everything")
    assert await rows(sqlite) == before

    assert "Forgotten" in await talk.press("Delete everything")
    assert await rows(sqlite) == others
    assert others["pool"] == 0
    assert "Nothing is followed" in await talk.type("/subscriptions")


async def test_who_may_not_change_the_workspace_may_not_forget_it(talk: Talk, sqlite: Database) -> None:
    await settle_in(talk, NLP)
    before = await rows(sqlite)
    await talk.type("/tidings forget")

    said = await talk.press("Delete everything", who=MEMBER)

    assert "people who may change" in said
    assert await rows(sqlite) == before
