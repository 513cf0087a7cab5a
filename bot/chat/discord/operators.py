"""What operators do without a running bot: register the commands, print the invite. REST alone; nothing is heard."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.chat.discord.endpoint import prepare
from bot.chat.discord.errors import REFUSED
from bot.chat.discord.settings import DiscordSettings
from bot.chat.discord.sync import invite_url, payload_of, sync
from bot.chat.discord.tree import fill
from bot.chat.discord.visits import Elsewhere
from bot.commands.command import Command
from bot.domain.errors import GiveUp, TryLater
from bot.domain.language import Languages
from bot.domain.menu import MenuVerb
from bot.ports.running import Marks

UNSET = "Set DISCORD_TOKEN (Developer Portal → your application → Bot → Reset Token)."
Interaction = discord.Interaction[Any]


class Unconnected:
    """Stands where the front desk does while commands are only described: without a gateway none can come."""

    async def run(
        self,
        interaction: Interaction,
        text: str,
        elsewhere: Elsewhere | None = None,
        role: discord.Role | None = None,
    ) -> None:
        raise RuntimeError("commands are registered here, not heard")

    async def complete(self, interaction: Interaction, verb: str, typed: str) -> list[app_commands.Choice[str]]:
        raise RuntimeError("commands are registered here, not heard")

    async def pick(self, interaction: Interaction, message: discord.Message, verb: MenuVerb) -> None:
        raise RuntimeError("commands are registered here, not heard")

    async def unknown(self, interaction: Interaction) -> None:
        raise RuntimeError("commands are registered here, not heard")


async def register_commands(
    settings: DiscordSettings, table: Sequence[Command], marks: Marks, languages: Languages, *, only_if_changed: bool
) -> bool:
    """Tell Discord our commands; return False where it knows them already.

    Raises GiveUp, and TryLater where Discord is away.
    """
    async with _logged_in(settings) as client:
        tree: app_commands.CommandTree[Any] = app_commands.CommandTree(client)
        fill(tree, table, Unconnected(), open_to_all=bool(settings.manager_roles))
        return await sync(client, await payload_of(tree, languages), marks, only_if_changed=only_if_changed)


async def invitation(settings: DiscordSettings) -> str:
    """Return the address that adds this bot to a server. Raises GiveUp, and TryLater where Discord is away."""
    async with _logged_in(settings) as client:
        return invite_url(client.application_id or 0)


@contextlib.asynccontextmanager
async def _logged_in(settings: DiscordSettings) -> AsyncIterator[discord.Client]:
    if not settings.token:
        raise GiveUp(UNSET)
    prepare(settings.api_url)
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        try:
            await client.login(settings.token)
            yield client
        except discord.LoginFailure as error:
            raise GiveUp(f"{REFUSED}.") from error
        except discord.DiscordServerError as error:
            raise _away(f"HTTP {error.status}") from error
        except discord.HTTPException as error:
            raise GiveUp(f"Discord refused: {error.status} {error.text}") from error
        except OSError as error:
            raise _away(error) from error


def _away(why: object) -> TryLater:
    return TryLater("Discord cannot be reached for the moment, try again shortly: {why}.", why=why)
