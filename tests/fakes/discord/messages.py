"""Messages: create with nonce, history, edit, delete, publish."""

from __future__ import annotations

from tests.fakes.discord import permissions as perms
from tests.fakes.discord import shapes
from tests.fakes.discord.answers import ApiError, Json, no_access, no_permission, unknown
from tests.fakes.discord.calls import Answer, Call
from tests.fakes.discord.message_form import check_message
from tests.fakes.discord.world import ANNOUNCEMENT, FORUM, THREADS, Channel, Message, World


def enter(world: World, channel_id: int, needed: int = 0) -> Channel:
    """The channel, if the bot may see it and do there what is *needed*."""
    place = world.channel(channel_id)
    allowed = world.permissions(world.bot_id, place)
    if not allowed & perms.VIEW_CHANNEL:
        raise no_access()
    if needed & ~allowed:
        raise no_permission()
    return place


def speak(world: World, channel_id: int, body: Json) -> Channel:
    """The channel, if the bot may post *body* there."""
    place = enter(world, channel_id)
    if place.type == FORUM:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    needed = perms.SEND_MESSAGES_IN_THREADS if place.type in THREADS else perms.SEND_MESSAGES
    enter(world, channel_id, needed | (perms.EMBED_LINKS if body.get("embeds") else 0))
    _open_thread(place)
    return place


def _open_thread(place: Channel) -> None:
    if place.archived and place.locked:
        raise ApiError(400, 50083, "Tried to perform an operation on an archived thread")
    if place.locked:
        raise ApiError(403, 160005, "This thread is locked")
    place.archived = False


def check_automod(world: World, place: Channel, body: Json) -> None:
    text = str(body).casefold()
    if any(word.casefold() in text for word in world.guilds[place.guild_id].blocked_words):
        raise ApiError(400, 200000, "Message was blocked by automatic moderation")


def create(call: Call) -> Answer:
    world, body = call.world, call.form()
    place = speak(world, call.id("channel"), body)
    check_message(body)
    nonce = None if body.get("nonce") is None else str(body["nonce"])
    if nonce is not None and body.get("enforce_nonce"):
        first = _sent_before(world, nonce)
        if first is not None:
            return shapes.message(world, first, nonce=True)
    check_automod(world, place, body)
    post = Message(world.snowflake(), place.id, world.bot_id, body, world.now(), nonce, body.get("flags", 0))
    world.messages[post.id] = post
    if nonce is not None:
        world.nonces[world.bot_id, nonce] = post.id
    world.emit("MESSAGE_CREATE", shapes.message(world, post, nonce=True) | {"guild_id": str(place.guild_id)})
    return shapes.message(world, post, nonce=True)


def _sent_before(world: World, nonce: str) -> Message | None:
    """The author's message with this nonce in the last minutes, whatever its channel."""
    first = world.messages.get(world.nonces.get((world.bot_id, nonce), 0))
    if first is None or world.now() - first.at >= world.settings.nonce_window:
        return None
    if first.deleted:
        raise unknown("message")
    return first


def history(call: Call) -> Answer:
    """Newest first, except after `after`; empty, not refused, without the right to read it."""
    world = call.world
    place = enter(world, call.id("channel"))
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= 100:
        raise ApiError(400, 50035, "Invalid Form Body")
    if not world.permissions(world.bot_id, place) & perms.READ_MESSAGE_HISTORY:
        return []
    shown = _page(call, limit)
    return [shapes.message(world, m, nonce=world.settings.history_shows_nonce) for m in shown]


def _page(call: Call, limit: int) -> list[Message]:
    world = call.world
    latest = world.now() - world.settings.history_lag
    posts = [m for m in world.in_channel(call.id("channel")) if m.at <= latest]
    posts.sort(key=lambda m: m.id)
    if "after" in call.query:
        return [m for m in posts if m.id > int(call.query["after"])][:limit][::-1]
    if "before" in call.query:
        posts = [m for m in posts if m.id < int(call.query["before"])]
    return posts[::-1][:limit]


def fetch(call: Call) -> Answer:
    enter(call.world, call.id("channel"), perms.READ_MESSAGE_HISTORY)
    return shapes.message(call.world, call.world.message(call.id("channel"), call.id("message")))


def edit(call: Call) -> Answer:
    world = call.world
    enter(world, call.id("channel"))
    post = world.message(call.id("channel"), call.id("message"))
    if post.author_id != world.bot_id:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    body = post.body | call.form()
    check_message(body)
    post.body, post.edited, post.flags = body, True, body.get("flags", post.flags)
    return shapes.message(world, post)


def delete(call: Call) -> Answer:
    world = call.world
    place = enter(world, call.id("channel"))
    post = world.message(call.id("channel"), call.id("message"))
    if post.author_id != world.bot_id:
        enter(world, place.id, perms.MANAGE_MESSAGES)
    post.deleted = True
    gone = {"id": str(post.id), "channel_id": str(place.id), "guild_id": str(place.guild_id)}
    world.emit("MESSAGE_DELETE", gone)
    return None


def publish(call: Call) -> Answer:
    world = call.world
    place = enter(world, call.id("channel"), perms.SEND_MESSAGES)
    post = world.message(call.id("channel"), call.id("message"))
    if place.type != ANNOUNCEMENT:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    if post.id in world.published:
        raise ApiError(400, 40033, "This message has already been crossposted")
    world.published.add(post.id)
    return shapes.message(world, post)


def typing(call: Call) -> Answer:
    enter(call.world, call.id("channel"), perms.SEND_MESSAGES)
    return None
