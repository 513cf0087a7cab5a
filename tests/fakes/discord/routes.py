"""Which path is answered by what."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.discord import commands, messages, places, shapes
from tests.fakes.discord.answers import Json
from tests.fakes.discord.calls import Answer, Call, Handler
from tests.fakes.discord.interactions import Desk

#: Not counted against the token, and needing no token: their own token is in the path.
FREE = ("/interactions/", "/webhooks/")


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    def major(self, parts: dict[str, str]) -> str:
        """The id that has a bucket of its own."""
        return parts.get("channel") or parts.get("guild") or ""


def route(method: str, template: str, handler: Handler) -> Route:
    return Route(method, template, re.compile("^" + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template) + "$"), handler)


def table(desk: Desk, gateway_bot: Callable[[], Json]) -> list[Route]:
    def me(call: Call) -> Answer:
        return shapes.bot_user(call.world)

    def application(call: Call) -> Answer:
        return shapes.application(call.world)

    def gateway(call: Call) -> Answer:
        return gateway_bot()

    channel, guild, app = "/channels/{channel}", "/guilds/{guild}", "/applications/{application}"
    hook = "/webhooks/{application}/{token}"
    return [
        route("GET", "/users/@me", me),
        route("GET", "/oauth2/applications/@me", application),
        route("GET", "/applications/@me", application),
        route("GET", "/gateway", gateway),
        route("GET", "/gateway/bot", gateway),
        route("GET", "/users/@me/guilds", places.my_guilds),
        route("DELETE", "/users/@me/guilds/{guild}", places.leave),
        route("GET", guild, places.guild),
        route("GET", f"{guild}/channels", places.guild_channels),
        route("GET", f"{guild}/roles", places.guild_roles),
        route("GET", guild + "/members/{member}", places.guild_member),
        route("GET", f"{guild}/threads/active", places.active_threads),
        route("GET", channel, places.channel),
        route("PATCH", channel, places.edit_channel),
        route("POST", f"{channel}/typing", messages.typing),
        route("POST", f"{channel}/threads", places.start_thread),
        route("POST", channel + "/messages/{message}/threads", places.start_thread_from_message),
        route("GET", f"{channel}/threads/archived/public", places.archived_threads),
        route("GET", f"{channel}/messages", messages.history),
        route("POST", f"{channel}/messages", messages.create),
        route("GET", channel + "/messages/{message}", messages.fetch),
        route("PATCH", channel + "/messages/{message}", messages.edit),
        route("DELETE", channel + "/messages/{message}", messages.delete),
        route("POST", channel + "/messages/{message}/crosspost", messages.publish),
        route("GET", f"{app}/commands", commands.listed),
        route("PUT", f"{app}/commands", commands.put),
        route("GET", app + "/guilds/{guild}/commands", commands.listed),
        route("PUT", app + "/guilds/{guild}/commands", commands.put),
        route("POST", "/interactions/{interaction}/{token}/callback", desk.callback),
        route("POST", hook, desk.follow_up),
        route("GET", hook + "/messages/{message}", desk.get_message),
        route("PATCH", hook + "/messages/{message}", desk.edit_message),
        route("DELETE", hook + "/messages/{message}", desk.delete_message),
    ]
