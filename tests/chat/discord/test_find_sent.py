"""Looking for what may have been sent already, in channels and in forums."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.channels import ChannelOptions
from bot.domain.message import Absent, CannotLook, Found, MessageKind, Sent, Undeliverable, Unknown
from bot.domain.model import MessageRef
from tests.chat.discord.conftest import Town, ref_of
from tests.fakes.discord import permissions as perms
from tests.posts import announcement

FORUM_PATH = r"^/channels/\d+/threads$"


async def test_what_is_there_is_found_among_many_by_its_menu(town: Town, discord: Discord) -> None:
    wanted = town.message(town.text, announcement(1))
    await town.fault("drop_after")
    await discord.send(wanted)
    for number in range(120):
        await town.server.control.say(town.text, 7, f"chatter {number}")

    found = await discord.find_sent(wanted)

    assert found == Found(MessageRef(str((await town.posted(town.text))[0]["id"])))


@pytest.mark.parametrize("options", [ChannelOptions(), ChannelOptions(buttons="none"), ChannelOptions(buttons="full")])
@pytest.mark.parametrize("plain", [False, True])
async def test_a_post_is_told_from_every_other(
    town: Town, discord: Discord, options: ChannelOptions, plain: bool
) -> None:
    first = town.message(town.text, announcement(1), options=options, plain=plain)
    second = replace(first, announcements=(announcement(2),), key="another")
    ref = ref_of(await discord.send(first))

    assert await discord.find_sent(first) == Found(ref)
    assert await discord.find_sent(second) == Absent()


async def test_digests_and_notices_are_known_by_what_they_say(town: Town, discord: Discord) -> None:
    digest = town.message(town.text, announcement(1), announcement(2), text="2 new posts", id="d1")
    notice = town.message(town.text, kind=MessageKind.NOTICE, text="A blog *fails*.", id="n1")
    refs = [ref_of(await discord.send(m)) for m in (digest, notice)]

    assert [await discord.find_sent(m) for m in (digest, notice)] == [Found(ref) for ref in refs]
    assert await discord.find_sent(replace(notice, text="Another.", key="k")) == Absent()
    assert await discord.find_sent(replace(digest, announcements=(announcement(3),), key="k")) == Absent()


async def test_an_empty_channel_is_believed_only_where_history_may_be_read(town: Town, discord: Discord) -> None:
    wanted = town.message(town.text, announcement(1))
    assert await discord.find_sent(wanted) == Absent()

    await town.server.control.overwrite(town.text, deny=perms.READ_MESSAGE_HISTORY)
    assert await discord.find_sent(wanted) == CannotLook("Tidings may not Read Message History here")


async def test_what_other_people_posted_is_not_ours(town: Town, discord: Discord) -> None:
    wanted = town.message(town.text, kind=MessageKind.NOTICE, text="hello")
    person = (await town.server.control.member(town.guild))["id"]
    await town.server.control.say(town.text, person, "hello")

    assert await discord.find_sent(wanted) == Absent()


async def test_history_that_cannot_be_read_now_may_be_later(town: Town, discord: Discord) -> None:
    await town.fault("status", method="GET", path="/messages$", status=503)

    assert await discord.find_sent(town.message(town.text, announcement(1))) == CannotLook(
        "Discord answered 503", for_now=True
    )


@pytest.mark.parametrize("archived", [False, True])
async def test_a_forum_post_is_found_among_the_threads(town: Town, discord: Discord, archived: bool) -> None:
    wanted = town.message(town.forum, announcement(1))
    await discord.send(replace(wanted, announcements=(announcement(2, title="Post 1"),), key="other", id="m2"))  # type: ignore[arg-type]
    assert await discord.find_sent(wanted) == Absent()

    await town.fault("drop_after", path=FORUM_PATH)
    assert isinstance(await discord.send(wanted), Unknown)
    thread = (await town.posted(town.forum))[1]["id"]
    await town.server.control.channel_change(thread, archived=archived)

    assert await discord.find_sent(wanted) == Found(MessageRef(f"{thread}/{thread}"))


async def test_a_forum_post_in_doubt_is_looked_for_before_it_is_made_again(town: Town, discord: Discord) -> None:
    wanted = town.message(town.forum, announcement(1))
    await discord.send(town.message(town.forum, announcement(3), id="m3"))
    await town.fault("drop_after", path=FORUM_PATH)
    await discord.send(wanted)

    again = replace(wanted, attempt=2, doubt_until=town.server.now() + timedelta(seconds=60))
    thread = (await town.posted(town.forum))[1]["id"]

    assert await discord.send(again) == Sent(MessageRef(f"{thread}/{thread}"))
    assert len(await town.posted(town.forum)) == 2


async def test_a_forum_post_that_may_still_show_up_is_not_made_again(town: Town, discord: Discord) -> None:
    await discord.send(town.message(town.forum, announcement(3), id="m3"))
    wanted = town.message(town.forum, announcement(1), attempt=2)

    soon = replace(wanted, doubt_until=town.server.now() + timedelta(seconds=60))
    assert isinstance(await discord.send(soon), Unknown)

    late = replace(wanted, doubt_until=town.server.now() - timedelta(seconds=1))
    assert isinstance(await discord.send(late), Sent)
    assert len(await town.posted(town.forum)) == 2


async def test_a_forum_that_cannot_be_looked_at_is_posted_to_again_only_where_asked(
    town: Town, discord: Discord
) -> None:
    await discord.send(town.message(town.forum, announcement(3), id="m3"))
    await town.server.control.overwrite(town.forum, deny=perms.READ_MESSAGE_HISTORY)
    wanted = town.message(town.forum, announcement(1), attempt=2, doubt_until=town.server.now())

    assert isinstance(await discord.send(wanted), Unknown)
    resend = replace(wanted, options=ChannelOptions(on_unknown="resend"))
    assert isinstance(await discord.send(resend), Sent)


async def test_changes_are_never_looked_for(town: Town, discord: Discord) -> None:
    for kind in (MessageKind.EDIT, MessageKind.PUBLISH, MessageKind.DELETE):
        assert await discord.find_sent(town.message(town.text, kind=kind, target=MessageRef("1"))) == Absent()


async def test_a_change_without_a_target_is_the_messages_fault(town: Town, discord: Discord) -> None:
    outcome = await discord.send(town.message(town.text, kind=MessageKind.DELETE, target=MessageRef("")))

    assert outcome == Undeliverable("there is no message to change", "message")
