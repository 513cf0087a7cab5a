"""Sending: one attempt at one message, over REST alone; it needs a login and no gateway."""

from typing import Any, assert_never

from bot.chat.discord.look import MESSAGE, MESSAGES, forum_ref, look_in_channel, look_in_forum, place_of_ref
from bot.chat.discord.outcome import NOWHERE, cannot_look, outcome_of
from bot.chat.discord.places import Place, Places
from bot.chat.discord.render import render, tags_for, thread_name
from bot.chat.discord.threads import DigestThreads, posted_there, thread_of
from bot.chat.discord.wire import Answer, Answered, Refused, Wire
from bot.domain.message import (
    Absent,
    CannotLook,
    Found,
    LookUp,
    Message,
    MessageKind,
    Outcome,
    Sent,
    Undeliverable,
    Unknown,
)
from bot.domain.model import MessageRef
from bot.domain.unsaid import stored
from bot.ports.running import Clock

Json = dict[str, Any]
NOT_A_TEXT_CHANNEL, ARCHIVED, INVALID_FORM, NO_CHANNEL = 50008, 50083, 50035, 10003
CHANNEL = "/channels/{channel_id}"


class Sender:
    """Sends as the user *me*, whose session *wire* holds."""

    def __init__(self, wire: Wire, me: int, clock: Clock) -> None:
        self._wire = wire
        self._me = me
        self._clock = clock
        self.places = Places(wire)
        self._threads = DigestThreads(wire)

    async def send(self, message: Message) -> Outcome:
        """Make one attempt."""
        match message.kind:
            case MessageKind.POST | MessageKind.DIGEST | MessageKind.NOTICE:
                return await self._create(message)
            case MessageKind.EDIT | MessageKind.PUBLISH | MessageKind.DELETE:
                return await self._change(message)
            case _:
                assert_never(message.kind)

    async def find_sent(self, message: Message) -> LookUp:
        """Look for what an earlier attempt may have left."""
        if message.kind in (MessageKind.EDIT, MessageKind.PUBLISH, MessageKind.DELETE):
            # Done twice these change nothing: there is no need to know.
            return Absent()
        if message.target is not None:
            return await self._find_in_thread(message)
        place = await self.places.find(int(message.channel.id))
        if not isinstance(place, Place):
            return cannot_look(place)
        if place.kind == "forum":
            return await look_in_forum(self._wire, self._me, place, message)
        return await look_in_channel(self._wire, self._me, place.id, message)

    # -- new messages ---------------------------------------------------------------------------
    async def _create(self, message: Message) -> Outcome:
        if message.target is not None:
            return await self._create_in_thread(message)
        channel = int(message.channel.id)
        known = self.places.known(channel)
        if known is not None and known.kind == "forum":
            return await self._create_in_forum(known, message)
        answer = await self._post(channel, message)
        if isinstance(answer, Refused) and answer.code == NOT_A_TEXT_CHANNEL:
            return await self._create_elsewhere(answer, channel, message)
        if isinstance(answer, Refused) and answer.code == ARCHIVED:
            answer = await self._wake_thread(answer, channel, message)
        return outcome_of(answer)

    async def _post(self, channel: int, message: Message) -> Answer:
        body = render(message) | {"nonce": message.key, "enforce_nonce": True}
        return await self._wire.call("POST", MESSAGES, {"channel_id": channel}, json=body)

    async def _wake_thread(self, refused: Answer, channel: int, message: Message) -> Answer:
        """Un-archive a thread and post once more: the refusal was clear, so nothing can be there twice."""
        opened = await self._wire.call("PATCH", CHANNEL, {"channel_id": channel}, json={"archived": False})
        return await self._post(channel, message) if isinstance(opened, Answered) else refused

    async def _create_elsewhere(self, refused: Answer, channel: int, message: Message) -> Outcome:
        place = await self.places.find(channel)
        if isinstance(place, Place):
            return await self._create_in_forum(place, message) if place.kind == "forum" else outcome_of(refused)
        return outcome_of(place)

    # -- threads of digests ---------------------------------------------------------------------
    async def _create_in_thread(self, message: Message) -> Outcome:
        thread = await self._threads.open(message)
        if not isinstance(thread, int):
            return thread
        answer = await self._post(thread, message)
        if isinstance(answer, Refused) and answer.code == ARCHIVED:
            answer = await self._wake_thread(answer, thread, message)
        outcome = posted_there(answer)
        if isinstance(outcome, Undeliverable):
            self._threads.forget(thread)
        # Deleted before we heard of it: there is nothing to point to.
        return Sent(forum_ref(thread, outcome.ref)) if isinstance(outcome, Sent) and outcome.ref else outcome

    async def _find_in_thread(self, message: Message) -> LookUp:
        thread, digest = thread_of(message) or (0, 0)
        there = await self._wire.call("GET", CHANNEL, {"channel_id": thread})
        if isinstance(there, Refused) and there.code == NO_CHANNEL:
            return Absent()
        if not isinstance(there, Answered):
            return cannot_look(there)
        look = await look_in_channel(self._wire, self._me, thread, message, apart=digest)
        return Found(forum_ref(thread, look.ref)) if isinstance(look, Found) else look

    # -- forums ---------------------------------------------------------------------------------
    async def _create_in_forum(self, place: Place, message: Message) -> Outcome:
        """Create a post. It has no nonce, so after an attempt without an answer the forum is looked at first."""
        if message.doubt_until is not None:
            seen = await self._doubted(place, message)
            if seen is not None:
                return seen
        answer = await self._thread(place, message)
        if isinstance(answer, Refused) and answer.code == INVALID_FORM and place.tags:
            # A moderator may have removed a tag since the forum was last asked about.
            self.places.forget(place.id)
            fresh = await self.places.find(place.id)
            answer = await self._thread(fresh, message) if isinstance(fresh, Place) and fresh != place else answer
        if isinstance(answer, Answered) and isinstance(answer.body, dict) and "id" in answer.body:
            return Sent(forum_ref(answer.body["id"], (answer.body.get("message") or answer.body)["id"]))
        return outcome_of(answer)

    async def _doubted(self, place: Place, message: Message) -> Outcome | None:
        """Return what is known of the attempt in doubt; None where it is certain that it left nothing."""
        look = await look_in_forum(self._wire, self._me, place, message)
        match look:
            case Found(ref):
                return Sent(ref)
            case CannotLook(why, for_now):
                return None if message.options.on_unknown == "resend" and not for_now else Unknown(why)
            case Absent():
                late = message.doubt_until is None or self._clock.now() < message.doubt_until
                return Unknown(stored("the last attempt may still show up")) if late else None
            case _:
                assert_never(look)

    async def _thread(self, place: Place, message: Message) -> Answer:
        tags = tags_for(message.announcements, list(place.tags))
        if place.needs_tag and not tags:
            return Refused(400, 40067, "")
        body: Json = {"name": thread_name(message), "message": render(message)}
        body |= {"applied_tags": tags} if tags else {}
        return await self._wire.call("POST", f"{CHANNEL}/threads", {"channel_id": place.id}, json=body)

    # -- changes to messages already shown ------------------------------------------------------
    async def _change(self, message: Message) -> Outcome:
        place = place_of_ref(message.target or NOWHERE, int(message.channel.id))
        if place is None:
            return Undeliverable(stored("there is no message to change"), "message")
        channel, number = place
        answer = await self._call_change(message, channel, number)
        outcome = outcome_of(answer, message.target or NOWHERE)
        # What the change answers is the same message under a shorter name.
        return Sent(MessageRef(message.target or NOWHERE)) if isinstance(outcome, Sent) else outcome

    async def _call_change(self, message: Message, channel: int, number: int) -> Answer:
        ids = {"channel_id": channel, "message_id": number}
        match message.kind:
            case MessageKind.EDIT:
                return await self._wire.call("PATCH", MESSAGE, ids, json=render(message))
            case MessageKind.PUBLISH:
                return await self._wire.call("POST", f"{MESSAGE}/crosspost", ids)
            case _:
                return await self._wire.call("DELETE", MESSAGE, ids)
