"""Who asks, from where: an interaction read as the core's channel and person, rights taken from Discord anew."""

from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from bot.chat.discord.look import forum_ref
from bot.chat.discord.rights import lacking, may_change_channel, may_change_workspace
from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Person

Interaction = discord.Interaction[Any]
Elsewhere = app_commands.AppCommandChannel | app_commands.AppCommandThread


@dataclass(frozen=True, slots=True)
class Visit:
    channel: Channel
    channel_name: str
    person: Person
    #: What the bot lacks to post there, as Discord's settings call it.
    lacks: tuple[str, ...]
    #: The person sees the channel; always so for the one they are in.
    sees_channel: bool = True
    #: The message whose button was pressed; None for replies only the person sees.
    message: MessageRef | None = None


def visit_of(interaction: Interaction, managers: tuple[str, ...], elsewhere: Elsewhere | None = None) -> Visit | None:
    """Read an interaction; None where it does not come from a server. The tenant is what Discord says it is."""
    if interaction.guild_id is None or interaction.channel is None:
        return None
    place = elsewhere or interaction.channel
    number, message = _message_place(interaction)
    theirs = elsewhere.permissions if elsewhere else interaction.permissions
    return Visit(
        channel=Channel(
            platform="discord", workspace=str(interaction.guild_id), id=str(elsewhere.id if elsewhere else number)
        ),
        channel_name=str(getattr(place, "name", "") or ""),
        person=_person(interaction, theirs, managers),
        lacks=_lacks(interaction, elsewhere),
        sees_channel=elsewhere is None or theirs.view_channel or theirs.administrator,
        message=message,
    )


def _message_place(interaction: Interaction) -> tuple[int, MessageRef | None]:
    """Return our channel and the message pressed. A forum's post is a thread; what we know is its forum."""
    here, message = interaction.channel, interaction.message
    number = 0 if here is None else here.id
    if message is None or message.flags.ephemeral:
        return number, None
    if isinstance(here, discord.Thread) and here.id == message.id:
        return here.parent_id, forum_ref(here.id, message.id)
    return number, MessageRef(str(message.id))


def _person(interaction: Interaction, has: discord.Permissions, managers: tuple[str, ...]) -> Person:
    roles = [(role.id, role.name) for role in getattr(interaction.user, "roles", [])]
    return Person(
        id=str(interaction.user.id),
        name=interaction.user.display_name,
        may_change_channel=may_change_channel(has, roles, managers),
        # Manage Server is no right of a channel: it is read from the person's rights here.
        may_change_workspace=may_change_workspace(interaction.permissions),
    )


def _lacks(interaction: Interaction, elsewhere: Elsewhere | None) -> tuple[str, ...]:
    if elsewhere is None:
        return lacking(interaction.app_permissions, in_thread=isinstance(interaction.channel, discord.Thread))
    found = interaction.guild.get_channel_or_thread(elsewhere.id) if interaction.guild else None
    if found is None or interaction.guild is None:
        # A channel the bot cannot see is not told to it.
        return ("View Channel",)
    return lacking(found.permissions_for(interaction.guild.me), in_thread=isinstance(found, discord.Thread))
