"""Who asks, from where: an interaction read as the core's channel and person, rights taken from Discord anew."""

from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import app_commands

from bot.chat.discord.look import forum_ref
from bot.chat.discord.rights import lacking, may_change_channel, may_change_workspace, threadless
from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Person
from bot.domain.unsaid import Text, stored

Interaction = discord.Interaction[Any]
Elsewhere = app_commands.AppCommandChannel | app_commands.AppCommandThread


@dataclass(frozen=True, slots=True)
class There:
    """Another channel than the one a person is in, with what they may do there."""

    id: int
    name: str
    permissions: discord.Permissions


@dataclass(frozen=True, slots=True)
class Visit:
    channel: Channel
    channel_name: str
    person: Person
    #: What the bot lacks to post there, as Discord's settings call it.
    lacks: tuple[str, ...]
    #: Why a digest could have no thread there; None where it could.
    threadless: Text | None = None
    #: The person sees the channel; always so for the one they are in.
    sees_channel: bool = True
    #: The message whose button was pressed; None for replies only the person sees.
    message: MessageRef | None = None
    #: The channel above a thread, and the message's name there: a post in a digest's thread belongs to that channel.
    above: tuple[Channel, MessageRef] | None = None
    #: What the buttons of an answer must name: a channel other than the one they are shown in. None: no other.
    apart: int | None = None


def there(interaction: Interaction, channel: int) -> There | None:
    """Return a channel of the server with the person's rights in it; None where there is none that we can see."""
    found = interaction.guild.get_channel_or_thread(channel) if interaction.guild else None
    if found is None or not isinstance(interaction.user, discord.Member):
        return None
    return There(found.id, found.name, found.permissions_for(interaction.user))


def visit_of(
    interaction: Interaction, managers: tuple[str, ...], elsewhere: Elsewhere | There | None = None
) -> Visit | None:
    """Read an interaction; None where it does not come from a server. The tenant is what Discord says it is."""
    here = interaction.channel
    if interaction.guild_id is None or here is None:
        return None
    number, message = _message_place(interaction)
    theirs = elsewhere.permissions if elsewhere else interaction.permissions
    channel = Channel(
        platform="discord", workspace=str(interaction.guild_id), id=str(elsewhere.id if elsewhere else number)
    )
    return Visit(
        channel=channel,
        channel_name=str(getattr(elsewhere or here, "name", "") or ""),
        person=_person(interaction, theirs, managers),
        lacks=_lacks(interaction, elsewhere),
        threadless=_threadless(interaction, elsewhere),
        sees_channel=elsewhere is None or theirs.view_channel or theirs.administrator,
        message=message,
        above=_above(channel, here, message),
        apart=int(channel.id) if int(channel.id) != here.id else None,
    )


def moved_up(visit: Visit) -> Visit:
    """Return the visit as one of the channel above the thread."""
    if visit.above is None:
        return visit
    channel, message = visit.above
    return replace(visit, channel=channel, message=message, above=None, apart=int(channel.id))


def _message_place(interaction: Interaction) -> tuple[int, MessageRef | None]:
    """Return our channel and the message pressed. A forum's post is a thread; what we know is its forum."""
    here, message = interaction.channel, interaction.message
    number = 0 if here is None else here.id
    if message is None or message.flags.ephemeral:
        return number, None
    if isinstance(here, discord.Thread) and here.id == message.id:
        return here.parent_id, forum_ref(here.id, message.id)
    return number, MessageRef(str(message.id))


def _above(channel: Channel, here: Any, message: MessageRef | None) -> tuple[Channel, MessageRef] | None:
    if message is None or not isinstance(here, discord.Thread) or channel.id != str(here.id):
        return None
    return replace(channel, id=str(here.parent_id)), forum_ref(here.id, message)


def _person(interaction: Interaction, has: discord.Permissions, managers: tuple[str, ...]) -> Person:
    roles = [(role.id, role.name) for role in getattr(interaction.user, "roles", [])]
    return Person(
        id=str(interaction.user.id),
        name=interaction.user.display_name,
        may_change_channel=may_change_channel(has, roles, managers),
        # Manage Server is no right of a channel: it is read from the person's rights here.
        may_change_workspace=may_change_workspace(interaction.permissions),
    )


def _lacks(interaction: Interaction, elsewhere: Elsewhere | There | None) -> tuple[str, ...]:
    if elsewhere is None:
        return lacking(interaction.app_permissions, in_thread=isinstance(interaction.channel, discord.Thread))
    found = interaction.guild.get_channel_or_thread(elsewhere.id) if interaction.guild else None
    if found is None or interaction.guild is None:
        # A channel the bot cannot see is not told to it.
        return (stored("View Channel"),)
    return lacking(found.permissions_for(interaction.guild.me), in_thread=isinstance(found, discord.Thread))


def _threadless(interaction: Interaction, elsewhere: Elsewhere | There | None) -> Text | None:
    if elsewhere is None:
        return threadless(interaction.app_permissions, getattr(interaction.channel, "type", None))
    found = interaction.guild.get_channel_or_thread(elsewhere.id) if interaction.guild else None
    if found is None or interaction.guild is None:
        return None
    return threadless(found.permissions_for(interaction.guild.me), found.type)
