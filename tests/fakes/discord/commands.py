"""Registering application commands, for all guilds or for one."""

from __future__ import annotations

from tests.fakes.discord.answers import Json, unknown
from tests.fakes.discord.calls import Answer, Call
from tests.fakes.discord.command_form import CHAT_INPUT, check_commands
from tests.fakes.discord.world import World


def _scope(call: Call) -> int | None:
    if call.id("application") != call.world.application_id:
        raise unknown("webhook")
    return call.id("guild") if "guild" in call.parts else None


def listed(call: Call) -> Answer:
    return call.world.commands.get(_scope(call), [])


def put(call: Call) -> Answer:
    """Replace them all; a command that keeps its name keeps its id."""
    world, scope, given = call.world, _scope(call), call.forms()
    check_commands(given)
    known = {(c["type"], c["name"]): c["id"] for c in world.commands.get(scope, [])}
    world.commands[scope] = [_registered(world, scope, c, known) for c in given]
    world.command_writes += 1
    return world.commands[scope]


def _registered(world: World, scope: int | None, given: Json, known: dict[tuple[int, str], str]) -> Json:
    kind = given.get("type", CHAT_INPUT)
    return given | {
        "id": known.get((kind, given["name"])) or str(world.snowflake()), "type": kind,
        "application_id": str(world.application_id), "guild_id": scope and str(scope),
        "version": str(world.snowflake()), "description": given.get("description", ""), "nsfw": False,
        "default_member_permissions": given.get("default_member_permissions"),
        "dm_permission": given.get("dm_permission", True), "options": given.get("options") or [],
    }  # fmt: skip
