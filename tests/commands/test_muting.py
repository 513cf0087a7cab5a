from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.commands.dispatch import Commands
from bot.domain.model import AnnouncementId, Channel, PostId
from bot.domain.reply import Request
from bot.store.database import Database
from bot.store.tables import announcements, audit, messages, meta, posts
from tests.commands.conftest import GUEST, MEMBER, SIMON, Talk
from tests.seeds import NLP, RUST, Seeds


async def column(database: Database, which: str) -> Sequence[str]:
    async with database.read() as connection:
        return (await connection.scalars(select(audit.c[which]).order_by(audit.c.id))).all()


async def version(database: Database) -> str | None:
    async with database.read() as connection:
        return await connection.scalar(select(meta.c.value).where(meta.c.name == "version"))


async def announcement(seeds: Seeds, title: str, state: str = "sent") -> AnnouncementId:
    await seeds.channel()
    (message,) = await seeds.announce(title)
    async with seeds.database.write() as connection:
        await connection.execute(update(messages).where(messages.c.id == message).values(state=state, ref="r1"))
        await connection.execute(update(announcements).values(state="sent" if state == "sent" else "planned"))
        found = await connection.scalar(select(announcements.c.id).where(announcements.c.message_id == message))
    return AnnouncementId(str(found))


async def test_a_topic_a_blog_and_a_word_are_muted_and_listed(talk: Talk, seeds: Seeds) -> None:
    await talk.share(SIMON)

    assert await talk.type("/tidings mute nlp") == "NLP is muted here: no new post of it comes."
    assert "Simon’s Weblog is muted here" in await talk.type("/tidings mute Simon's Weblog")
    assert "the word “release notes” is muted here" in await talk.type('/tidings mute "release notes"')

    listed = await talk.type("/tidings mutes")
    assert listed == "Muted here:\n• the topic NLP\n• the blog Simon’s Weblog\n• the word “release notes”"
    assert [(m.kind, m.target) for m in await talk.desk.mutes.of_channel(NLP)][::2] == [
        ("topic", "nlp"),
        ("word", "release notes"),
    ]


async def test_a_mute_holds_in_its_channel_only_unless_everywhere(talk: Talk, seeds: Seeds) -> None:
    await talk.type("/tidings mute nlp")
    await talk.type("/tidings mute rust everywhere")

    assert [m.target for m in await talk.desk.mutes.of_channel(RUST)] == ["rust"]


async def test_muting_everywhere_is_for_who_may_change_the_workspace(talk: Talk, seeds: Seeds) -> None:
    assert "people who may change this workspace" in await talk.type("/tidings mute nlp everywhere", who=MEMBER)
    assert "people who may change this channel" in await talk.type("/tidings mute nlp", who=GUEST)

    await talk.type("/tidings mute nlp everywhere")
    assert "only people who may change this workspace" in await talk.type("/tidings unmute nlp", who=MEMBER)
    assert len(await talk.desk.mutes.of_channel(NLP)) == 1


async def test_a_mute_is_undone_by_its_button_or_its_name(talk: Talk, seeds: Seeds) -> None:
    await talk.type("/tidings mute nlp")
    assert await talk.press("Undo") == "No longer muted: the topic NLP."
    await talk.type("/tidings mute crypto")
    assert await talk.type("/tidings unmute crypto") == "No longer muted: the word “crypto”."
    assert "not muted here" in await talk.type("/tidings unmute crypto")
    assert "Nothing is muted here" in await talk.type("/tidings mutes")


async def test_muting_twice_says_so_and_nothing_cannot_be_muted(talk: Talk, seeds: Seeds) -> None:
    await talk.type("/tidings mute nlp")

    assert await talk.type("/tidings mute nlp") == "NLP is muted here already."
    assert "Say what to mute" in await talk.type("/tidings mute")
    assert "has no letter or digit" in await talk.type("/tidings mute !!!")


async def test_a_change_is_noted_and_makes_the_version_grow(talk: Talk, seeds: Seeds, sqlite: Database) -> None:
    before = await version(sqlite)
    await talk.type("/tidings mute nlp")
    middle = await version(sqlite)
    await talk.press("Undo")

    assert len({before, middle, await version(sqlite)}) == 3
    assert await column(sqlite, "what") == ["muted topic nlp", "unmuted topic nlp"]
    assert await column(sqlite, "person") == ["ann", "ann"]


async def test_the_menu_mutes_the_blog_of_a_message(talk: Talk, seeds: Seeds) -> None:
    one = await announcement(seeds, "A post")

    assert await talk.type(f"/tidings mute-blog {one}") == "A blog is muted here: no new post of it comes."
    assert await talk.type("/tidings mute-blog nonsense") == "That message is no longer known here."


async def test_removing_takes_the_message_away_for_good(talk: Talk, seeds: Seeds, sqlite: Database) -> None:
    one = await announcement(seeds, "A post")

    assert "“A post” is being removed" in await talk.type(f"/tidings remove {one}")

    async with sqlite.read() as connection:
        row = (await connection.execute(select(announcements))).one()
        kinds = (await connection.execute(select(messages.c.kind, messages.c.state).order_by(messages.c.seq))).all()
    assert (row.state, row.removed_by, row.message_id) == ("removed", "ann", None)
    assert [tuple(kind) for kind in kinds] == [("post", "sent"), ("delete", "pending")]
    assert await talk.type(f"/tidings remove {one}") == "That message is no longer known here."


async def test_a_removal_is_undone_by_a_new_message_behind_the_deletion(
    talk: Talk, seeds: Seeds, sqlite: Database
) -> None:
    one = await announcement(seeds, "A post")
    await talk.type(f"/tidings remove {one}")

    assert await talk.press("Undo") == "“A post” comes again in a moment."

    async with sqlite.read() as connection:
        row = (await connection.execute(select(announcements))).one()
        kinds = (await connection.execute(select(messages.c.id, messages.c.kind).order_by(messages.c.seq))).all()
    assert (row.state, row.removed_by, row.message_id) == ("planned", None, kinds[-1].id)
    assert [kind for _, kind in kinds] == ["post", "delete", "post"]
    assert await talk.type(f"/tidings restore {one}") == "That message is no longer known here."
    assert "for people who may change this channel" in await talk.type(f"/tidings restore {one}", who=GUEST)


async def test_removing_what_still_waits_cancels_it(talk: Talk, seeds: Seeds) -> None:
    one = await announcement(seeds, "A post", state="pending")

    await talk.type(f"/tidings remove {one}")

    assert await seeds.states() == {"": "cancelled"}


async def test_a_message_of_another_channel_is_out_of_reach(talk: Talk, seeds: Seeds) -> None:
    one = await announcement(seeds, "A post")

    assert await talk.type(f"/tidings remove {one}", where=RUST) == "That message is no longer known here."


async def test_muting_a_blog_takes_back_what_waits_of_it_and_nothing_else(talk: Talk, seeds: Seeds) -> None:
    await seeds.channel()
    await seeds.channel(RUST)
    for where in (NLP, RUST):
        await talk.type("/subscribe nlp", where=where)
        (one,) = await talk.desk.subscriptions.of_channel(where)
        found = announcements.c.message_id.in_(await seeds.announce(f"About {where.id}", channel=where))
        async with seeds.database.write() as connection:
            await connection.execute(update(announcements).where(found).values(subscriptions=[one.id]))
    async with seeds.database.read() as connection:
        muted = await connection.scalar(
            select(announcements.c.id).where(announcements.c.message_id == messages.c.id).order_by(messages.c.seq)
        )

    await talk.type(f"/tidings mute-blog {muted}")

    assert await seeds.states() == {f"About {NLP.id}": "cancelled", f"About {RUST.id}": "pending"}


@pytest.mark.parametrize(
    ("muted", "left"),
    [
        ("nlp", {"On BERT": "cancelled", "Crypto prices": "pending", "A cryptogram": "pending"}),
        ("crypto", {"On BERT": "pending", "Crypto prices": "cancelled", "A cryptogram": "pending"}),
        ('"crypto prices" everywhere', {"On BERT": "pending", "Crypto prices": "cancelled", "A cryptogram": "pending"}),
    ],
)
async def test_muting_a_topic_or_a_word_takes_back_what_waits(
    talk: Talk, seeds: Seeds, muted: str, left: dict[str, str]
) -> None:
    await talk.type("/subscribe ai, nlp")
    wanting = [one.id for one in await talk.desk.subscriptions.of_channel(NLP)]
    await seeds.announce(*left)
    async with seeds.database.write() as connection:
        await connection.execute(update(announcements).values(subscriptions=wanting))
        bert = await connection.scalar(select(posts.c.id).where(posts.c.title == "On BERT"))
    await seeds.topic([PostId(str(bert))], "nlp")

    await talk.type(f"/tidings mute {muted}")

    assert await seeds.states() == left


async def test_what_a_change_put_into_the_outbox_goes_out_at_once(talk: Talk, seeds: Seeds) -> None:
    woken: list[Channel] = []

    async def wake(channel: Channel) -> None:
        woken.append(channel)

    commands = Commands(replace(talk.desk, wake=wake))
    one = await announcement(seeds, "A post")

    for text in ("/tidings mutes", f"/tidings remove {one}"):
        await commands.run(Request(channel=NLP, person=MEMBER, text=text))

    assert woken == [NLP]
