"""Registering the commands with Discord: only when they changed, since it allows 200 new ones a day."""

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.chat.discord.languages import Catalogues
from bot.chat.discord.rights import LEAST
from bot.chat.discord.unbroken import unbroken
from bot.domain.language import Languages
from bot.ports.running import Marks

log = logging.getLogger(__name__)
Json = dict[str, Any]


async def payload_of(tree: app_commands.CommandTree[Any], languages: Languages) -> list[Json]:
    """Return what Discord is to be told, in an order of its own so that equal commands are equal bytes."""
    catalogues = Catalogues(languages)
    listed = [await command.get_translated_payload(tree, catalogues) for command in tree.get_commands()]
    return sorted(listed, key=lambda command: (int(command.get("type", 1)), str(command["name"])))


def mark_of(payload: Sequence[Json]) -> str:
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


async def sync(client: discord.Client, payload: Sequence[Json], marks: Marks, *, only_if_changed: bool) -> bool:
    """Register the commands for all servers; return False where Discord has them already."""
    application = client.application_id
    if application is None:
        raise RuntimeError("log in first")
    name, mark = f"discord-commands-{application}", mark_of(payload)
    if only_if_changed and await unbroken(marks.get(name)) == mark:
        return False
    await client.http.bulk_upsert_global_commands(application, payload=list(payload))
    # After the call: a sync that failed half-way is done again.
    await unbroken(marks.put(name, mark))
    log.info("commands registered with Discord", extra={"commands": len(payload)})
    return True


def invite_url(application: int) -> str:
    """Return the address that adds the bot to a server with the least permissions."""
    return discord.utils.oauth_url(application, permissions=LEAST, scopes=("bot", "applications.commands"))
