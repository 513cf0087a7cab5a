"""What every chat promises to the core: the sentences of bot.ports.Chat, executed.

A subclass gives two fixtures: `chat`, connected, and `place`, through which a test sees what people see.
Chats behind a network run RemoteChatContract, whose place also breaks things.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain.message import Absent, Found, Message, MessageKind, NotSent, Sent, Undeliverable, Unknown
from bot.domain.model import Channel, MessageRef
from bot.ports.chat import Chat
from tests.posts import announcement, message


class Place(Protocol):
    @property
    def channel(self) -> Channel:
        """A channel that we may post to."""

    async def shown(self) -> Sequence[str]:
        """Return the key of every message that the channel shows, oldest first."""


class FaultyPlace(Place, Protocol):
    def lose_answer(self) -> None:
        """Take the next message, and drop the connection instead of answering."""

    def ask_to_wait(self, seconds: float) -> None:
        """Refuse the next message with 429 and this Retry-After."""

    def refuse_content(self) -> None:
        """Refuse the next message as malformed."""

    def close_channel(self) -> None:
        """Let the channel be gone from now on."""

    def revoke(self) -> None:
        """Let the token be revoked from now on."""


def post(place: Place, number: int = 1, **changes: object) -> Message:
    return message(place.channel, announcement(number), id=f"m{number}", **changes)


async def sent(chat: Chat, wanted: Message) -> MessageRef:
    outcome = await chat.send(wanted)
    assert isinstance(outcome, Sent), outcome
    return outcome.ref


class ChatContract:
    async def test_a_message_is_shown_once_under_its_key(self, chat: Chat, place: Place) -> None:
        await sent(chat, post(place))

        assert await place.shown() == [post(place).key]

    async def test_what_was_sent_is_found_by_its_key_with_the_same_reference(self, chat: Chat, place: Place) -> None:
        ref = await sent(chat, post(place))
        await sent(chat, post(place, 2))

        assert await chat.find_sent(post(place)) == Found(ref)

    async def test_what_was_never_sent_is_absent(self, chat: Chat, place: Place) -> None:
        await sent(chat, post(place))

        assert await chat.find_sent(post(place, 2)) == Absent()

    async def test_a_digest_is_one_message(self, chat: Chat, place: Place) -> None:
        digest = message(place.channel, *(announcement(number) for number in range(1, 26)), text="Your digest")

        await sent(chat, digest)

        assert await place.shown() == [digest.key]

    async def test_a_notice_is_one_message(self, chat: Chat, place: Place) -> None:
        notice = message(place.channel, kind=MessageKind.NOTICE, text="A blog stopped answering.")

        await sent(chat, notice)

        assert await place.shown() == [notice.key]

    async def test_the_plain_form_is_taken_too(self, chat: Chat, place: Place) -> None:
        await sent(chat, post(place, plain=True))

        assert len(await place.shown()) == 1

    async def test_an_edit_changes_what_is_shown_and_adds_nothing(self, chat: Chat, place: Place) -> None:
        ref = await sent(chat, post(place))
        edit = message(place.channel, announcement(1, title="Corrected"), id="edit", kind=MessageKind.EDIT, target=ref)

        assert isinstance(await chat.send(edit), Sent)
        assert len(await place.shown()) == 1

    async def test_a_removed_message_is_gone_and_removing_it_again_is_no_error(self, chat: Chat, place: Place) -> None:
        ref = await sent(chat, post(place))
        removal = message(place.channel, id="removal", kind=MessageKind.DELETE, target=ref)

        assert isinstance(await chat.send(removal), Sent)
        assert isinstance(await chat.send(replace(removal, attempt=2)), Sent)
        assert await place.shown() == []

    async def test_it_says_whether_it_is_well(self, chat: Chat, place: Place) -> None:
        assert chat.health().ok


class RemoteChatContract(ChatContract):
    async def test_a_lost_answer_is_unknown_and_never_sent_again_by_itself(
        self, chat: Chat, place: FaultyPlace
    ) -> None:
        place.lose_answer()

        outcome = await asyncio.wait_for(chat.send(post(place)), 15)

        assert isinstance(outcome, Unknown)
        assert await place.shown() == [post(place).key]
        assert isinstance(await chat.find_sent(post(place)), Found)

    async def test_a_wait_that_is_asked_for_is_passed_on_and_nothing_is_shown(
        self, chat: Chat, place: FaultyPlace
    ) -> None:
        place.ask_to_wait(7)

        outcome = await chat.send(post(place))

        assert isinstance(outcome, NotSent)
        assert outcome.retry_after == 7
        assert await place.shown() == []

    async def test_malformed_content_is_the_message_s_fault(self, chat: Chat, place: FaultyPlace) -> None:
        place.refuse_content()

        outcome = await chat.send(post(place))

        assert isinstance(outcome, Undeliverable)
        assert outcome.what == "message"

    async def test_a_channel_that_is_gone_is_the_channel_s_fault(self, chat: Chat, place: FaultyPlace) -> None:
        place.close_channel()

        outcome = await chat.send(post(place))

        assert isinstance(outcome, Undeliverable)
        assert outcome.what == "channel"
        assert outcome.why

    async def test_a_revoked_token_is_the_installation_s_fault(self, chat: Chat, place: FaultyPlace) -> None:
        place.revoke()

        outcome = await chat.send(post(place))

        assert isinstance(outcome, Undeliverable)
        assert outcome.what == "installation"
