"""Looking for what an earlier attempt may have left: in a channel's history, among a forum's threads."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.chat.discord.outcome import cannot_look
from bot.chat.discord.places import Place
from bot.chat.discord.recognise import is_ours
from bot.chat.discord.render import render, thread_name
from bot.chat.discord.wire import Answer, Answered, Refused, Wire
from bot.domain.message import Absent, CannotLook, Found, LookUp, Message
from bot.domain.model import MessageRef
from bot.domain.unsaid import stored

Json = dict[str, Any]
# Our clock and Discord's may differ; more pages cost requests, fewer could miss the message.
MARGIN = timedelta(minutes=2)
PAGE = 100
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
MOST_PAGES = 20


def snowflake_before(when: datetime) -> int:
    """Return an id older than anything made from *when* on, clocks allowed to differ."""
    return discord.utils.time_snowflake(when - MARGIN)


async def look_in_channel(wire: Wire, me: int, channel: int, message: Message, *, apart: int = 0) -> LookUp:
    """Read what was posted since the first attempt; an empty page counts only where history may be read.

    *apart* is a message that it cannot be: a digest, which links to every post in its thread.
    """
    body, seen = render(message), 0
    async for page in _pages(wire, channel, snowflake_before(message.first_attempt_at)):
        if isinstance(page, CannotLook):
            return page
        seen += len(page)
        for found in page:
            if int(found["id"]) != apart and _author(found) == me and is_ours(found, body, message.key):
                return Found(MessageRef(str(found["id"])))
    return Absent() if seen else await _may_read(wire, channel)


async def _pages(wire: Wire, channel: int, after: int) -> AsyncIterator[list[Json] | CannotLook]:
    for _ in range(MOST_PAGES):
        asked = {"after": str(after), "limit": str(PAGE)}
        answer = await wire.call("GET", MESSAGES, {"channel_id": channel}, params=asked)
        page = _listed(answer)
        if page is None:
            yield cannot_look(answer)
            return
        yield page
        if len(page) < PAGE:
            return
        after = max(int(found["id"]) for found in page)
    yield CannotLook(stored("more than {number} messages were posted since", number=PAGE * MOST_PAGES))


async def _may_read(wire: Wire, channel: int) -> LookUp:
    """Tell an empty history from a forbidden one: without the right to read it Discord shows an empty list.

    Asking for one message needs the same right and is refused without it. No message has its channel's id but the
    first of a thread that grew out of it, and that one is there to be read.
    """
    answer = await wire.call("GET", MESSAGE, {"channel_id": channel, "message_id": channel})
    if isinstance(answer, Answered) or (isinstance(answer, Refused) and answer.code == 10008):
        return Absent()
    if isinstance(answer, Refused) and answer.status == 403:
        return CannotLook(stored("Tidings may not Read Message History here"))
    return cannot_look(answer)


async def look_in_forum(wire: Wire, me: int, place: Place, message: Message) -> LookUp:
    """Look among the forum's posts, the active and the archived ones, for ours with this name and content."""
    since, name = snowflake_before(message.first_attempt_at), thread_name(message)
    for answer in (
        await wire.call("GET", "/guilds/{guild_id}/threads/active", {"guild_id": place.guild}),
        await wire.call(
            "GET", "/channels/{channel_id}/threads/archived/public", {"channel_id": place.id}, params={"limit": "100"}
        ),
    ):
        threads = _threads(answer)
        if threads is None:
            return cannot_look(answer)
        for thread in threads:
            mine = str(thread.get("owner_id")) == str(me) and str(thread.get("parent_id")) == str(place.id)
            if mine and int(thread["id"]) > since and thread.get("name") == name:
                found = await _starter_is_ours(wire, int(thread["id"]), message)
                if found is not None:
                    return found
    return Absent()


async def _starter_is_ours(wire: Wire, thread: int, message: Message) -> LookUp | None:
    """Return Found for the thread whose first message is *message*; None for another of the same name."""
    answer = await wire.call("GET", MESSAGE, {"channel_id": thread, "message_id": thread})
    if isinstance(answer, Answered) and isinstance(answer.body, dict):
        return Found(forum_ref(thread, thread)) if is_ours(answer.body, render(message), message.key) else None
    # A moderator deleted the first message: posting it again would bring back what they removed.
    if isinstance(answer, Refused) and answer.code == 10008:
        return Found(forum_ref(thread, thread))
    return cannot_look(answer)


def forum_ref(thread: int | str, message: int | str) -> MessageRef:
    """Return the name of a message in a forum: it lies in a thread of its own, not in the channel."""
    return MessageRef(f"{thread}/{message}")


def place_of_ref(ref: MessageRef, channel: int) -> tuple[int, int] | None:
    """Return the channel and the id of a message; None where there is none to point to."""
    thread, slash, message = ref.rpartition("/")
    if not message.isdecimal() or (slash and not thread.isdecimal()):
        return None
    return (int(thread) if slash else channel), int(message)


def _author(found: Json) -> int:
    return int((found.get("author") or {}).get("id") or 0)


def _listed(answer: Answer) -> list[Json] | None:
    return answer.body if isinstance(answer, Answered) and isinstance(answer.body, list) else None


def _threads(answer: Answer) -> list[Json] | None:
    if not isinstance(answer, Answered) or not isinstance(answer.body, dict):
        return None
    found: list[Json] = answer.body.get("threads") or []
    return found
