"""What people do: type a command, look at suggestions, press a button. Each becomes an INTERACTION_CREATE."""

from __future__ import annotations

import secrets
from typing import Any

from tests.fakes.discord import shapes
from tests.fakes.discord.answers import Json
from tests.fakes.discord.command_form import CHAT_INPUT, GROUP, MESSAGE, SUBCOMMAND
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, SHOW_MODAL, Desk, Interaction
from tests.fakes.discord.world import World

TEXT_INPUT = 4
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE = 3, 4, 5, 6, 7, 8
PYTHON = {STRING: str, INTEGER: int, BOOLEAN: bool, USER: str, CHANNEL: str, ROLE: str}


class NotOffered(Exception):
    """Discord's own interface would not let a person do this."""


class People:
    def __init__(self, world: World, desk: Desk) -> None:
        self.world = world
        self.desk = desk

    def command(
        self, channel_id: int, user_id: int, command: str, options: dict[str, Any] | None = None, locale: str = "en-US"
    ) -> Interaction:
        """Type `/command group verb`; only what is registered can be typed."""
        name, *path = command.removeprefix("/").split()
        registered = self._registered(name, CHAT_INPUT)
        data = self._command_data(registered, path, options or {}, user_id)
        return self._fire(COMMAND, channel_id, user_id, data, locale=locale)

    def autocomplete(
        self,
        channel_id: int,
        user_id: int,
        command: str,
        focused: str,
        typed: str,
        options: dict[str, Any] | None = None,
    ) -> Interaction:
        """Type *typed* into the option *focused* and look at the suggestions."""
        name, *path = command.removeprefix("/").split()
        registered = self._registered(name, CHAT_INPUT)
        data = self._command_data(registered, path, (options or {}) | {focused: typed}, user_id, focused)
        return self._fire(AUTOCOMPLETE, channel_id, user_id, data)

    def message_command(self, message_id: int, user_id: int, name: str) -> Interaction:
        """Choose an app's entry in a message's menu."""
        registered = self._registered(name, MESSAGE)
        post = self.world.messages[message_id]
        shape = shapes.message(self.world, post)
        data = {
            "id": registered["id"], "name": name, "type": MESSAGE, "target_id": str(message_id),
            "resolved": {"messages": {str(message_id): shape}},
        }  # fmt: skip
        return self._fire(COMMAND, post.channel_id, user_id, data)

    def component(
        self, message_id: int, user_id: int, custom_id: str, values: list[str] | None = None, *, forged: bool = False
    ) -> Interaction:
        """Press a button or choose from a select; *forged* sends a custom id that the message does not have."""
        post = self.world.messages[message_id]
        found = [
            c for row in post.body.get("components") or [] for c in row["components"] if c.get("custom_id") == custom_id
        ]  # fmt: skip
        if not found and not forged:
            raise NotOffered(f"message {message_id} has no component {custom_id!r}")
        kind = found[0]["type"] if found else 2
        offered = [o["value"] for o in found[0].get("options") or []] if found else values or []
        if not forged and not set(values or []) <= set(offered):
            raise NotOffered(f"{values} is not among {offered}")
        data = {"custom_id": custom_id, "component_type": kind} | ({"values": values or []} if kind != 2 else {})
        return self._fire(COMPONENT, post.channel_id, user_id, data, message_id=message_id)

    def modal(self, shown: Interaction, values: dict[str, str | list[str]]) -> Interaction:
        """Fill in the form that *shown* was answered with, and send it. What is not named stays as it was."""
        callback = shown.callback or {}
        if callback.get("type") != SHOW_MODAL:
            raise NotOffered("no form is open")
        form = callback["data"]
        parts = [_filled_in(label, values) for label in form["components"]]
        data = {"custom_id": form["custom_id"], "components": parts}
        return self._fire(MODAL, shown.channel_id, shown.user_id, data, message_id=shown.message_id)

    # -- building -------------------------------------------------------------------------------
    def _registered(self, name: str, kind: int) -> Json:
        for command in self.world.commands[None]:
            if command["name"] == name and command["type"] == kind:
                return command
        raise NotOffered(f"no command {name!r} is registered")

    def _command_data(
        self, registered: Json, path: list[str], given: dict[str, Any], user_id: int, focused: str | None = None
    ) -> Json:
        leaf: Json = registered
        steps: list[Json] = []
        for step in path:
            leaf = _child(leaf, step)
            steps.append({"name": step, "type": leaf["type"]})
        data: Json = {"id": registered["id"], "name": registered["name"], "type": CHAT_INPUT}
        data |= {"resolved": self._resolved(leaf, given, user_id)}
        at = data
        for made in steps:
            at["options"] = [made]
            at = made
        at["options"] = _filled(leaf, given, focused)
        return data

    def _resolved(self, leaf: Json, given: dict[str, Any], user_id: int) -> Json:
        found: dict[str, Json] = {"roles": {}, "channels": {}}
        for option in leaf["options"]:
            if option["name"] not in given:
                continue
            if option["type"] == ROLE:
                known = [r for g in self.world.guilds.values() for r in shapes.role(self.world, g)]
                found["roles"] |= {r["id"]: r for r in known if r["id"] == str(given[option["name"]])}
            if option["type"] == CHANNEL:
                place = self.world.channels[int(given[option["name"]])]
                rights = str(self.world.permissions(user_id, place))
                found["channels"][str(place.id)] = shapes.channel(self.world, place) | {"permissions": rights}
        return {kind: things for kind, things in found.items() if things}

    def _fire(
        self,
        kind: int,
        channel_id: int,
        user_id: int,
        data: Json,
        *,
        message_id: int | None = None,
        locale: str = "en-US",
    ) -> Interaction:
        place = self.world.channels[channel_id]
        made = Interaction(
            self.world.snowflake(), secrets.token_hex(16), kind, place.guild_id, channel_id, user_id,
            self.world.now(), message_id,
        )  # fmt: skip
        self.desk.open(made)
        self.world.emit("INTERACTION_CREATE", self.payload(made, data, locale))
        return made

    def payload(self, made: Interaction, data: Json, locale: str) -> Json:
        world = self.world
        place, guild = world.channels[made.channel_id], world.guilds[made.guild_id]
        person = guild.members[made.user_id]
        theirs = str(world.permissions(person.id, place))
        shape: Json = {
            "id": str(made.id), "application_id": str(world.application_id), "type": made.kind, "data": data,
            "token": made.token, "version": 1, "guild_id": str(guild.id), "channel_id": str(place.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "channel": shapes.channel(world, place) | {"permissions": theirs},
            "member": shapes.member(person) | {"permissions": theirs, "pending": False},
            "app_permissions": str(world.permissions(world.bot_id, place)), "locale": locale, "guild_locale": "en-US",
            "entitlements": [], "authorizing_integration_owners": {"0": str(guild.id)}, "context": 0,
            "attachment_size_limit": 10_485_760,
        }  # fmt: skip
        if made.message_id is not None:
            shape["message"] = shapes.message(world, world.messages[made.message_id])
        return shape


def _child(command: Json, name: str) -> Json:
    for option in command["options"]:
        if option["name"] == name and option["type"] in (SUBCOMMAND, GROUP):
            return dict(option, options=option.get("options") or [])
    raise NotOffered(f"{command['name']} has no {name!r}")


def _filled(leaf: Json, given: dict[str, Any], focused: str | None) -> list[Json]:
    """The options as typed, checked as Discord's own interface does."""
    known = {option["name"]: option for option in leaf["options"]}
    for name in given:
        if name not in known:
            raise NotOffered(f"{leaf['name']} has no option {name!r}")
    for name, option in known.items():
        if option["type"] in (SUBCOMMAND, GROUP):
            raise NotOffered(f"{leaf['name']} needs a sub-command, such as {name!r}")
        if option.get("required") and name not in given and focused is None:
            raise NotOffered(f"{leaf['name']} needs {name!r}")
    return [_value(known[name], value, name == focused) for name, value in given.items()]


def _value(option: Json, value: Any, focused: bool) -> Json:
    choices = [choice["value"] for choice in option.get("choices") or []]
    if not focused and choices and value not in choices:
        raise NotOffered(f"{value!r} is not among {choices}")
    if focused and not option.get("autocomplete"):
        raise NotOffered(f"{option['name']} suggests nothing")
    shape = {"name": option["name"], "type": option["type"], "value": PYTHON.get(option["type"], str)(value)}
    return shape | ({"focused": True} if focused else {})


def _filled_in(label: Json, values: dict[str, str | list[str]]) -> Json:
    part = label["component"]
    given = values.get(part["custom_id"])
    sent: Json = {"type": part["type"], "custom_id": part["custom_id"], "id": 1}
    if part["type"] == TEXT_INPUT:
        text = part.get("value") or "" if given is None else given
        if part.get("required", True) and not text:
            raise NotOffered(f"{part['custom_id']} is required")
        sent["value"] = text
    else:
        offered = [option["value"] for option in part["options"]]
        chosen = [o["value"] for o in part["options"] if o.get("default")] if given is None else list(given)
        if not set(chosen) <= set(offered) or len(chosen) > part.get("max_values", 1):
            raise NotOffered(f"{chosen} is not among {offered}")
        sent["values"] = chosen
    return {"type": label["type"], "id": 1, "component": sent}
