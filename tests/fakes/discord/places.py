"""Guilds, channels, threads and forum posts."""

from __future__ import annotations

from tests.fakes.discord import permissions as perms
from tests.fakes.discord import shapes
from tests.fakes.discord.answers import ApiError, Form, Json, no_access, unknown
from tests.fakes.discord.calls import Answer, Call
from tests.fakes.discord.message_form import check_message
from tests.fakes.discord.messages import check_automod, enter
from tests.fakes.discord.world import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    FORUM,
    PUBLIC_THREAD,
    REQUIRE_TAG,
    TEXT,
    THREADS,
    Channel,
    Guild,
    Message,
    World,
)

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)


def joined(call: Call) -> Guild:
    place = call.world.guild(call.id("guild"))
    if call.world.bot_id not in place.members:
        raise no_access()
    return place


def guild(call: Call) -> Answer:
    return shapes.guild(call.world, joined(call))


def guild_channels(call: Call) -> Answer:
    place = joined(call)
    mine = [c for c in call.world.channels.values() if c.guild_id == place.id and c.type not in THREADS]
    return [shapes.channel(call.world, c) for c in mine]


def guild_roles(call: Call) -> Answer:
    return shapes.role(call.world, joined(call))


def guild_member(call: Call) -> Answer:
    found = joined(call).members.get(call.id("member"))
    if found is None:
        raise unknown("member")
    return shapes.member(found)


def my_guilds(call: Call) -> Answer:
    mine = [g for g in call.world.guilds.values() if call.world.bot_id in g.members]
    after = int(call.query.get("after", 0))
    found = sorted((g for g in mine if g.id > after), key=lambda g: g.id)[: int(call.query.get("limit", 200))]
    return [
        {"id": str(g.id), "name": g.name, "icon": None, "owner": False, "permissions": "0", "features": []}
        for g in found
    ]


def leave(call: Call) -> Answer:
    place = joined(call)
    del call.world.guilds[place.id]
    call.world.emit("GUILD_DELETE", {"id": str(place.id)})
    return None


def channel(call: Call) -> Answer:
    return shapes.channel(call.world, enter(call.world, call.id("channel")))


def edit_channel(call: Call) -> Answer:
    """Threads only: the bot un-archives its own."""
    place = enter(call.world, call.id("channel"))
    body = call.form()
    if place.type not in THREADS:
        raise ApiError(403, 50013, "Missing Permissions")
    if body.keys() != {"archived"} or place.locked:
        enter(call.world, place.id, perms.MANAGE_THREADS)
    place.archived = bool(body.get("archived", place.archived))
    place.locked = bool(body.get("locked", place.locked))
    return shapes.channel(call.world, place)


def start_thread(call: Call) -> Answer:
    """A post in a forum, or a thread in a text channel."""
    parent = enter(call.world, call.id("channel"), perms.SEND_MESSAGES)
    return _forum_post(call, parent) if parent.type == FORUM else _plain_thread(call, parent)


def start_thread_from_message(call: Call) -> Answer:
    """A thread with the message's own id: a message has one at most."""
    world = call.world
    parent = enter(world, call.id("channel"), perms.CREATE_PUBLIC_THREADS)
    if parent.type not in (TEXT, ANNOUNCEMENT):
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    post = world.message(parent.id, call.id("message"))
    if post.id in world.channels:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    return _plain_thread(call, parent, post.id)


def _new_thread(call: Call, parent: Channel, kind: int, number: int | None = None) -> Channel:
    body, form = call.form(), Form()
    form.length(("name",), body.get("name"), 100, 1)
    if body.get("auto_archive_duration") not in (None, *ARCHIVE_MINUTES):
        form.refuse(("auto_archive_duration",), "BASE_TYPE_CHOICES", f"Value must be one of {ARCHIVE_MINUTES}.")
    form.count(("applied_tags",), body.get("applied_tags") or [], 5)
    form.done()
    return Channel(
        number or call.world.snowflake(), parent.guild_id, body["name"], kind, parent.id, owner_id=call.world.bot_id,
        applied_tags=[int(tag) for tag in body.get("applied_tags") or []],
    )  # fmt: skip


def _plain_thread(call: Call, parent: Channel, number: int | None = None) -> Answer:
    enter(call.world, parent.id, perms.CREATE_PUBLIC_THREADS)
    made = _new_thread(call, parent, ANNOUNCEMENT_THREAD if parent.type == ANNOUNCEMENT else PUBLIC_THREAD, number)
    return _open(call.world, made)


def _forum_post(call: Call, forum: Channel) -> Answer:
    """Thread and first message in one; there is no nonce here, and none is remembered."""
    world, starter = call.world, call.form().get("message") or {}
    if starter.get("embeds"):
        enter(world, forum.id, perms.EMBED_LINKS)
    made = _new_thread(call, forum, PUBLIC_THREAD)
    _check_tags(forum, made)
    check_message(starter)
    check_automod(world, forum, starter | {"name": made.name})
    post = Message(made.id, made.id, world.bot_id, starter, world.now(), flags=starter.get("flags", 0))
    shape = _open(world, made)
    world.messages[post.id] = post
    return shape | {"message": shapes.message(world, post)}


def _check_tags(forum: Channel, made: Channel) -> None:
    if forum.flags & REQUIRE_TAG and not made.applied_tags:
        raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
    known = {int(tag["id"]) for tag in forum.tags}
    if not set(made.applied_tags) <= known:
        form = Form()
        form.refuse(("applied_tags",), "BASE_TYPE_CHOICES", "Value must be one of the forum's tags.")
        form.done()


def _open(world: World, made: Channel) -> Json:
    world.channels[made.id] = made
    shape = shapes.channel(world, made)
    world.emit("THREAD_CREATE", shape | {"newly_created": True})
    return shape


def active_threads(call: Call) -> Answer:
    place = joined(call)
    return _threads(call.world, [c for c in _threads_of(call.world, place.id) if not c.archived])


def archived_threads(call: Call) -> Answer:
    """Newest first, in pages of `limit`; needs the right to read history."""
    parent = enter(call.world, call.id("channel"), perms.READ_MESSAGE_HISTORY)
    mine = [c for c in _threads_of(call.world, parent.guild_id) if c.archived and c.parent_id == parent.id]
    if "before" in call.query:
        mine = [c for c in mine if shapes.born(c.id) < call.query["before"].replace(" ", "+")]
    limit = int(call.query.get("limit", 50))
    return _threads(call.world, mine[:limit]) | {"has_more": len(mine) > limit}


def _threads_of(world: World, guild_id: int) -> list[Channel]:
    found = [
        c for c in world.channels.values()
        if c.guild_id == guild_id and c.type in THREADS and world.permissions(world.bot_id, c) & perms.VIEW_CHANNEL
    ]  # fmt: skip
    return sorted(found, key=lambda c: c.id, reverse=True)


def _threads(world: World, found: list[Channel]) -> Json:
    return {"threads": [shapes.channel(world, c) for c in found], "members": []}
