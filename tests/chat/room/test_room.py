"""The room as a chat: what is sent is shown once, and found again."""

from typing import Literal

from bot.chat.room.room import Room
from bot.chat.room.settings import RoomSettings
from bot.domain.channels import ChannelOptions
from bot.domain.message import Absent, Found, MessageKind, Sent, Undeliverable
from bot.domain.model import MessageRef
from bot.store.database import Database
from bot.store.room import RoomBook
from tests.chat.room.server import NLP
from tests.clock import FakeClock
from tests.fakes.answers import FakeAnswers
from tests.posts import announcement, message


def room(database: Database) -> Room:
    return Room(RoomSettings(), RoomBook(database), FakeAnswers(), FakeClock())


async def titles(database: Database) -> list[str]:
    return [shown.body["title"] for shown in await RoomBook(database).latest(NLP, 10)]


async def test_the_same_key_shows_a_message_once(database: Database) -> None:
    chat = room(database)

    first = await chat.send(message(NLP, announcement(1)))
    second = await chat.send(message(NLP, announcement(1)))

    assert isinstance(first, Sent)
    assert second == first
    assert await titles(database) == ["Post 1"]


async def test_a_message_is_found_by_its_key_and_no_other(database: Database) -> None:
    chat = room(database)
    sent = await chat.send(message(NLP, announcement(1)))

    assert isinstance(sent, Sent)
    assert await chat.find_sent(message(NLP, announcement(1))) == Found(sent.ref)
    assert await chat.find_sent(message(NLP, announcement(2), id="m2")) == Absent()


async def test_an_edit_changes_the_message_in_its_place(database: Database) -> None:
    chat = room(database)
    sent = await chat.send(message(NLP, announcement(1)))
    await chat.send(message(NLP, announcement(2), id="m2"))
    assert isinstance(sent, Sent)

    edit = message(NLP, announcement(1, title="Corrected"), id="m3", kind=MessageKind.EDIT, target=sent.ref)

    assert await chat.send(edit) == sent
    assert await titles(database) == ["Corrected", "Post 2"]


async def test_a_removed_message_is_gone_and_cannot_be_edited(database: Database) -> None:
    chat = room(database)
    sent = await chat.send(message(NLP, announcement(1)))
    assert isinstance(sent, Sent)

    assert await chat.send(message(NLP, id="m2", kind=MessageKind.DELETE, target=sent.ref)) == sent
    assert await titles(database) == []
    edit = message(NLP, announcement(1), id="m3", kind=MessageKind.EDIT, target=sent.ref)
    assert isinstance(await chat.send(edit), Undeliverable)


async def test_editing_what_was_never_shown_is_undeliverable(database: Database) -> None:
    edit = message(NLP, announcement(1), kind=MessageKind.EDIT, target=MessageRef("nothing"))

    assert isinstance(await room(database).send(edit), Undeliverable)


async def test_changes_are_numbered_without_gaps_in_the_order_of_their_commits(database: Database) -> None:
    chat, book = room(database), RoomBook(database)
    sent = await chat.send(message(NLP, announcement(1)))
    await chat.send(message(NLP, announcement(2), id="m2"))
    assert isinstance(sent, Sent)
    await chat.send(message(NLP, id="m3", kind=MessageKind.DELETE, target=sent.ref))

    changes = await book.changes(0, 10)

    assert [(change.change, change.removed) for change in changes] == [(2, False), (3, True)]
    assert await book.last_change() == 3


async def test_a_public_host_without_a_token_has_no_room(sqlite: Database) -> None:
    chat = Room(RoomSettings(host="0.0.0.0"), RoomBook(sqlite), FakeAnswers(), FakeClock())

    assert list(chat.routes()) == []
    assert "ROOM_TOKEN" in chat.health().why


async def test_the_menu_stands_where_the_channel_wants_it(sqlite: Database) -> None:
    chat, book = room(sqlite), RoomBook(sqlite)
    wanted: tuple[Literal["menu", "full", "none"], ...] = ("menu", "full", "none")
    for buttons in wanted:
        options = ChannelOptions(buttons=buttons)
        await chat.send(message(NLP, announcement(1), id=buttons, options=options))

    menu, full, none = [shown.body for shown in await book.latest(NLP, 10)]

    assert [each["label"] for each in menu["menu"]] == ["Why?", "Not about nlp", "Mute this blog", "Remove"]
    assert full["actions"] == menu["menu"]
    assert not {"menu", "actions"} & none.keys()
