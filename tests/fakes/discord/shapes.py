"""Discord's JSON for what the world holds."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import Json
from tests.fakes.discord.mentions import woken
from tests.fakes.discord.world import EPOCH_MS, FORUM, THREADS, Channel, Guild, Member, Message, World

DEFAULT_TYPE, REPLY_TO_COMMAND = 0, 20


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def born(snowflake: int) -> str:
    return iso(((snowflake >> 22) + EPOCH_MS) / 1000)


def user(member_id: int, name: str, *, bot: bool) -> Json:
    return {
        "id": str(member_id),
        "username": name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": bot,
    }


def bot_user(world: World) -> Json:
    return user(world.bot_id, "Tidings", bot=True) | {"verified": True, "mfa_enabled": False, "flags": 0}


def application(world: World) -> Json:
    return {
        "id": str(world.application_id), "name": "Tidings", "icon": None, "description": "", "summary": "",
        "bot_public": True, "bot_require_code_grant": False, "verify_key": "00" * 32, "flags": 0, "team": None,
        "owner": user(1, "owner", bot=False), "interactions_endpoint_url": None, "install_params": None,
    }  # fmt: skip


def member(person: Member) -> Json:
    return {
        "user": user(person.id, person.name, bot=person.bot), "roles": [str(r) for r in person.roles], "nick": None,
        "joined_at": born(person.id), "deaf": False, "mute": False, "flags": 0, "avatar": None, "premium_since": None,
    }  # fmt: skip


def role(world: World, guild: Guild) -> list[Json]:
    return [
        {
            "id": str(r.id), "name": r.name, "permissions": str(r.permissions), "color": 0, "hoist": False,
            "position": number, "managed": False, "mentionable": r.mentionable, "flags": 0,
        }
        for number, r in enumerate(guild.roles.values())
    ]  # fmt: skip


def channel(world: World, place: Channel) -> Json:
    if place.type in THREADS:
        return thread(world, place)
    overwrites = [
        {"id": str(i), "type": int(i not in world.guilds[place.guild_id].roles), "allow": str(a), "deny": str(d)}
        for i, (a, d) in place.overwrites.items()
    ]
    shape: Json = {
        "id": str(place.id), "guild_id": str(place.guild_id), "name": place.name, "type": place.type, "position": 0,
        "permission_overwrites": overwrites, "nsfw": False, "parent_id": place.parent_id and str(place.parent_id),
        "topic": None, "rate_limit_per_user": 0, "last_message_id": None, "flags": place.flags,
    }  # fmt: skip
    if place.type == FORUM:
        shape |= {
            "available_tags": place.tags, "default_reaction_emoji": None, "default_sort_order": None,
            "default_forum_layout": 0,
        }  # fmt: skip
    return shape


def thread(world: World, place: Channel) -> Json:
    posted = len(world.in_channel(place.id))
    return {
        "id": str(place.id), "guild_id": str(place.guild_id), "parent_id": str(place.parent_id),
        "owner_id": str(place.owner_id), "name": place.name, "type": place.type, "last_message_id": None,
        "message_count": posted, "total_message_sent": posted, "member_count": 1, "rate_limit_per_user": 0,
        "flags": place.flags, "applied_tags": [str(t) for t in place.applied_tags],
        "thread_metadata": {
            "archived": place.archived, "locked": place.locked, "auto_archive_duration": 1440,
            "archive_timestamp": born(place.id), "create_timestamp": born(place.id),
        },
    }  # fmt: skip


def guild(world: World, place: Guild) -> Json:
    """A GUILD_CREATE: the bot's own member only, as without the members intent."""
    mine = [c for c in world.channels.values() if c.guild_id == place.id]
    seen = [c for c in mine if world.permissions(world.bot_id, c) & perms.VIEW_CHANNEL or c.type not in THREADS]
    return {
        "id": str(place.id), "name": place.name, "icon": None, "owner_id": "1", "roles": role(world, place),
        "emojis": [], "stickers": [], "features": ["COMMUNITY", "NEWS"], "verification_level": 0, "large": False,
        "default_message_notifications": 1, "explicit_content_filter": 0, "mfa_level": 0, "afk_timeout": 300,
        "afk_channel_id": None, "system_channel_id": None, "system_channel_flags": 0, "premium_tier": 0,
        "nsfw_level": 0, "preferred_locale": "en-US", "member_count": len(place.members), "unavailable": False,
        "members": [member(place.members[world.bot_id])] if world.bot_id in place.members else [],
        "channels": [channel(world, c) for c in seen if c.type not in THREADS],
        "threads": [channel(world, c) for c in seen if c.type in THREADS and not c.archived],
        "presences": [], "voice_states": [], "stage_instances": [], "guild_scheduled_events": [],
        "soundboard_sounds": [], "joined_at": born(place.id),
    }  # fmt: skip


def message(world: World, post: Message, *, nonce: bool = False) -> Json:
    place = world.channels[post.channel_id]
    author = world.guilds[place.guild_id].members.get(post.author_id)
    shape: Json = {
        "id": str(post.id), "channel_id": str(post.channel_id), "content": post.body.get("content") or "",
        "author": user(post.author_id, author.name if author else "gone", bot=bool(author and author.bot)),
        "timestamp": iso(post.at), "edited_timestamp": iso(post.at) if post.edited else None, "tts": False,
        "mention_everyone": "everyone" in woken(post.body), "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": [{"type": "rich"} | embed for embed in post.body.get("embeds") or []], "pinned": False,
        "type": REPLY_TO_COMMAND if post.interaction else DEFAULT_TYPE,
        "flags": post.flags | (1 if post.id in world.published else 0),
        "components": post.body.get("components") or [],
    }  # fmt: skip
    if nonce and post.nonce is not None:
        shape["nonce"] = post.nonce
    return shape
