"""The tests' own door, `POST /_control/VERB` with a JSON object: for a bot that runs in another process.

A test in the same process calls the same verbs as methods.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.discord import permissions as perms
from tests.fakes.discord import shapes
from tests.fakes.discord.answers import ApiError, Json
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.mentions import woken
from tests.fakes.discord.people import NotOffered
from tests.fakes.discord.world import FORUM, Message

if TYPE_CHECKING:
    from tests.fakes.discord_server import DiscordServer


class Control:
    """Every verb takes and gives JSON."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._world = server.world

    async def handle(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        method = None if verb.startswith("_") or verb == "handle" else getattr(self, verb, None)
        if method is None:
            return web.json_response({"error": f"no verb {verb}"}, status=404)
        try:
            return web.json_response(await method(**(await request.json() if request.can_read_body else {})))
        except (TimeoutError, NotOffered, ApiError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    # -- the world ------------------------------------------------------------------------------
    async def settings(self, **changes: Any) -> Json:
        """Turn switches; the names are those of `world.Settings`."""
        for name, value in changes.items():
            if not hasattr(self._world.settings, name):
                raise KeyError(name)
            setattr(self._world.settings, name, value)
        return {}

    async def advance(self, seconds: float) -> Json:
        self._world.advance(seconds)
        return {}

    async def guild(self, name: str = "Guild", permissions: int = perms.LEAST) -> Json:
        """The bot joins a new guild."""
        made = self._world.add_guild(name, permissions)
        shape = shapes.guild(self._world, made)
        # Only a guild that was unavailable comes back with the field; a new one has none.
        del shape["unavailable"]
        await self._server.tell("GUILD_CREATE", shape)
        return {"id": made.id}

    async def guild_leave(self, guild: int) -> Json:
        """The bot is removed."""
        del self._world.guilds[guild].members[self._world.bot_id]
        await self._server.tell("GUILD_DELETE", {"id": str(guild)})
        return {}

    async def guild_return(self, guild: int, permissions: int = perms.LEAST) -> Json:
        """The bot is invited again."""
        self._world.add_member(guild, "Tidings", permissions, member_id=self._world.bot_id, bot=True)
        shape = shapes.guild(self._world, self._world.guilds[guild])
        del shape["unavailable"]
        await self._server.tell("GUILD_CREATE", shape)
        return {}

    async def guild_outage(self, guild: int, over: bool = False) -> Json:
        """The guild is unavailable for a while, or available again."""
        place = self._world.guilds[guild]
        place.available = over
        if over:
            await self._server.tell("GUILD_CREATE", shapes.guild(self._world, place))
        else:
            await self._server.tell("GUILD_DELETE", {"id": str(guild), "unavailable": True})
        return {}

    async def block_words(self, guild: int, words: list[str]) -> Json:
        self._world.guilds[guild].blocked_words = words
        return {}

    async def role(self, guild: int, name: str, permissions: int = 0, mentionable: bool = False) -> Json:
        made = self._world.add_role(guild, name, permissions, mentionable)
        await self._tell_role(guild, made.id)
        return {"id": made.id}

    async def _tell_role(self, guild: int, role: int) -> None:
        shape = next(one for one in shapes.role(self._world, self._world.guilds[guild]) if one["id"] == str(role))
        await self._server.tell("GUILD_ROLE_CREATE", {"guild_id": str(guild), "role": shape})

    async def member(self, guild: int, name: str = "ann", permissions: int = perms.PERSON) -> Json:
        made = self._world.add_member(guild, name, permissions)
        for role in made.roles:
            await self._tell_role(guild, role)
        return {"id": made.id}

    async def grant(self, guild: int, member: int, role: int) -> Json:
        self._world.guilds[guild].members[member].roles.append(role)
        return {}

    async def channel(self, guild: int, name: str = "general", type: int = 0, **more: Any) -> Json:
        """`more`: parent_id, flags, and for a forum `tags`, a list of names."""
        tags = [
            {"id": str(self._world.snowflake()), "name": tag, "moderated": False, "emoji_id": None, "emoji_name": None}
            for tag in more.pop("tags", [])
        ]
        made = self._world.add_channel(guild, name, type, tags=tags, **more)
        await self._server.tell("CHANNEL_CREATE", shapes.channel(self._world, made))
        return {"id": made.id, "tags": {tag["name"]: int(tag["id"]) for tag in tags}}

    async def channel_delete(self, channel: int) -> Json:
        shape = shapes.channel(self._world, self._world.channels.pop(channel))
        await self._server.tell("CHANNEL_DELETE", shape)
        return {}

    async def channel_change(self, channel: int, **changes: Any) -> Json:
        """Change `archived`, `locked`, `flags`, `name`."""
        place = self._world.channels[channel]
        for name, value in changes.items():
            setattr(place, name, value)
        name = "THREAD_UPDATE" if place.type in (10, 11, 12) else "CHANNEL_UPDATE"
        await self._server.tell(name, shapes.channel(self._world, place))
        return {}

    async def overwrite(self, channel: int, member: int | None = None, allow: int = 0, deny: int = 0) -> Json:
        """Change what a member may do in a channel; the bot, where no member is named."""
        place = self._world.channels[channel]
        place.overwrites[member or self._world.bot_id] = (allow, deny)
        await self._server.tell("CHANNEL_UPDATE", shapes.channel(self._world, place))
        return {}

    async def say(self, channel: int, member: int, content: str) -> Json:
        """A person writes something."""
        world = self._world
        post = Message(world.snowflake(), channel, member, {"content": content}, world.now())
        world.messages[post.id] = post
        return {"id": post.id}

    # -- what people do -------------------------------------------------------------------------
    async def command(self, channel: int, user: int, command: str, options: Json | None = None, **more: Any) -> Json:
        """Type a command and wait for what is shown; `seconds` bounds the wait, 0 does not wait."""
        seconds = more.pop("seconds", 5.0)
        return await self._fired(self._server.people.command(channel, user, command, options, **more), seconds)

    async def autocomplete(self, channel: int, user: int, command: str, focused: str, typed: str, **more: Any) -> Json:
        seconds = more.pop("seconds", 5.0)
        made = self._server.people.autocomplete(channel, user, command, focused, typed, more.get("options"))
        return await self._fired(made, seconds)

    async def message_command(self, message: int, user: int, name: str, seconds: float = 5.0) -> Json:
        return await self._fired(self._server.people.message_command(message, user, name), seconds)

    async def click(
        self, message: int, user: int, custom_id: str, values: list[str] | None = None, forged: bool = False,
        seconds: float = 5.0,
    ) -> Json:  # fmt: skip
        made = self._server.people.component(message, user, custom_id, values, forged=forged)
        return await self._fired(made, seconds)

    async def modal(self, interaction: int, values: dict[str, Any], seconds: float = 5.0) -> Json:
        """Send the form that an interaction was answered with."""
        return await self._fired(self._server.people.modal(self._server.desk.by_id[interaction], values), seconds)

    async def _fired(self, made: Interaction, seconds: float) -> Json:
        await self._server.gateway.flush()
        if seconds:
            async with asyncio.timeout(seconds):
                await made.shown.wait()
        return self._interaction(made)

    async def interaction(self, id: int) -> Json:
        return self._interaction(self._server.desk.by_id[id])

    async def answered(self, id: int, seconds: float = 5.0) -> Json:
        """Wait for the first answer, which may promise another one."""
        async with asyncio.timeout(seconds):
            await self._server.desk.by_id[id].answered.wait()
        return await self.interaction(id)

    async def followed_up(self, id: int, seconds: float = 5.0) -> Json:
        """Wait for a message after the first answer."""
        async with asyncio.timeout(seconds):
            await self._server.desk.by_id[id].followed.wait()
        return await self.interaction(id)

    def _interaction(self, made: Interaction) -> Json:
        callback = made.callback or {}
        return {
            "id": made.id, "type": callback.get("type"), "data": callback.get("data"), "took": made.took,
            "answer": made.original and self._post(made.original),
            "followups": [self._post(m) for m in made.followups],
        }  # fmt: skip

    # -- what was posted ------------------------------------------------------------------------
    async def posted(self, channel: int) -> list[Json]:
        """What people see in a channel; in a forum the posts' first messages."""
        place = self._world.channels[channel]
        if place.type != FORUM:
            return [self._post(m) for m in self._world.in_channel(channel)]
        threads = [c for c in self._world.channels.values() if c.parent_id == channel]
        found = []
        for thread in threads:
            first = self._post(self._world.messages[thread.id])
            found.append(first | {"thread": thread.name, "tags": thread.applied_tags, "archived": thread.archived})
        return found

    def _post(self, post: Message) -> Json:
        return {
            "id": post.id, "channel": post.channel_id, "content": post.body.get("content") or "", "nonce": post.nonce,
            "embeds": post.body.get("embeds") or [], "components": post.body.get("components") or [],
            "flags": post.flags, "pings": woken(post.body), "published": post.id in self._world.published,
            "at": post.at, "edited": post.edited, "deleted": post.deleted,
            "author": post.author_id, "by_bot": post.author_id == self._world.bot_id,
        }  # fmt: skip

    async def message_delete(self, message: int) -> Json:
        """A moderator deletes a message."""
        self._world.messages[message].deleted = True
        return {}

    async def commands(self, guild: int | None = None) -> Json:
        return {"commands": self._world.commands.get(guild, []), "writes": self._world.command_writes}

    async def requests(self, since: int = 0) -> list[Json]:
        return list(self._world.requests)[since:]

    async def stats(self) -> Json:
        gateway, rest = self._server.gateway, self._server.rest
        return {
            "requests": len(self._world.requests), "busiest_second": rest.limits.busiest_second,
            "invalid": rest.invalid, "identifies": len(gateway.identifies), "resumes": gateway.resumes,
            "connected": gateway.connected.is_set(), "bot_id": self._world.bot_id,
        }  # fmt: skip

    # -- faults ---------------------------------------------------------------------------------
    async def fault(self, **about: Any) -> Json:
        """Order a fault; the fields are those of `faults.Fault`."""
        return {"id": self._world.faults.add(Fault(**about)).id}

    async def fault_hit(self, id: int, seconds: float = 10.0) -> Json:
        """Wait until a request met the fault."""
        async with asyncio.timeout(seconds):
            await self._world.faults.all[id].hit.wait()
        return {}

    async def faults_clear(self) -> Json:
        self._world.faults.clear()
        return {}

    async def token(self, token: str) -> Json:
        """Reset the bot's token: the old one answers 401 from now on."""
        self._world.token = token
        return {}

    async def gateway_drop(self, code: int | None = None) -> Json:
        await self._server.gateway.drop(code)
        return {}

    async def gateway_refuse(self, times: int) -> Json:
        self._server.gateway.refuse = times
        return {}

    async def gateway_invalidate(self, resumable: bool = False) -> Json:
        await self._server.gateway.invalidate(resumable=resumable)
        return {}

    async def gateway_reconnect(self) -> Json:
        await self._server.gateway.ask_reconnect()
        return {}

    async def gateway_send(self, payload: Any) -> Json:
        """Send any payload: a malformed event, an unknown one, text that is no JSON."""
        await self._server.gateway.send_raw(payload)
        return {}

    async def gateway_connected(self, seconds: float = 10.0) -> Json:
        """Wait until the bot has a session on an open line."""
        async with asyncio.timeout(seconds):
            await self._server.gateway.connected.wait()
        return {}
