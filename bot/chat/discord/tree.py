"""The commands as Discord registers them, built from the one table that every chat shares."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.chat.discord.options import CHANNEL, DESCRIPTION, ROLE, Option, options_of, suggest, typed_text
from bot.chat.discord.visits import Elsewhere
from bot.commands.command import ROOT, TOP_LEVEL, Command, Who
from bot.domain.menu import MenuVerb

Interaction = discord.Interaction[Any]
Callback = Callable[..., Awaitable[None]]
ANNOTATIONS: dict[str, Any] = {"text": str, "channel": Elsewhere, "role": discord.Role}
ABOUT = "News on your topics: state, settings, blogs and more."
#: Entries in the menu of every message, under "Apps".
MENU_NAMES = {
    MenuVerb.WHY: "Why this post?",
    MenuVerb.NOT_ABOUT: "Not about its topic",
    MenuVerb.MUTE_BLOG: "Mute this blog",
    MenuVerb.REMOVE: "Remove this post",
}


class Hears(Protocol):
    """The front desk, as far as commands need it."""

    async def run(
        self,
        interaction: Interaction,
        text: str,
        elsewhere: Elsewhere | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Answer a slash command."""

    async def complete(self, interaction: Interaction, verb: str, typed: str) -> list[app_commands.Choice[str]]:
        """Return suggestions for what may follow *verb*."""

    async def pick(self, interaction: Interaction, message: discord.Message, verb: MenuVerb) -> None:
        """Answer an entry of a message's own menu."""

    async def unknown(self, interaction: Interaction) -> None:
        """Answer a command that Discord still shows and we no longer have."""


class Tree(app_commands.CommandTree[Any]):
    """Answers whatever goes wrong with one sentence."""

    def __init__(self, client: discord.Client, front: Hears) -> None:
        super().__init__(client)
        self._front = front

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        # The commands themselves do not raise: what comes here is a command we do not have in this form.
        if interaction.type is discord.InteractionType.application_command and not interaction.response.is_done():
            await self._front.unknown(interaction)


def fill(tree: app_commands.CommandTree[Any], table: Sequence[Command], front: Hears, *, open_to_all: bool) -> None:
    """Put every command that is not hidden into *tree*; *open_to_all* leaves who may to our own check alone."""
    visible = [command for command in table if not command.hidden]
    for command in visible:
        if command.verb in TOP_LEVEL:
            tree.add_command(_command(command, command.verb, front, rights=_rights(command, open_to_all)))
    tree.add_command(_root(visible, front))
    for verb, name in MENU_NAMES.items():
        tree.add_command(_menu(verb, name, front))


def _rights(command: Command, open_to_all: bool) -> discord.Permissions | None:
    """Return who sees the command before admins decide otherwise."""
    match command.who:
        case Who.CHANNEL if not open_to_all:
            return discord.Permissions(manage_channels=True)
        case Who.WORKSPACE:
            return discord.Permissions(manage_guild=True)
        case _:
            return None


def _root(visible: Sequence[Command], front: Hears) -> app_commands.Group:
    """Build `/tidings`: a verb of two words stands in a group of its own."""
    root = app_commands.Group(name=ROOT, description=ABOUT, guild_only=True)
    groups: dict[str, app_commands.Group] = {}
    heads = {command.verb.split()[0] for command in visible if " " in command.verb}
    for command in visible:
        head, _, rest = command.verb.partition(" ")
        if rest:
            if head not in groups:
                groups[head] = app_commands.Group(name=head, description=_about_group(head, visible), parent=root)
            groups[head].add_command(_command(command, rest, front))
        # Discord cannot run a group by itself; its verbs say the same and more.
        elif head not in heads:
            root.add_command(_command(command, head, front))
    return root


def _about_group(head: str, visible: Sequence[Command]) -> str:
    verbs = [command.verb.split()[1] for command in visible if command.verb.startswith(f"{head} ")]
    return f"{head.capitalize()}: {', '.join(verbs)}."[:DESCRIPTION]


def _command(
    command: Command, name: str, front: Hears, rights: discord.Permissions | None = None
) -> app_commands.Command[Any, Any, Any]:
    made: app_commands.Command[Any, Any, Any] = app_commands.Command(
        name=name,
        description=app_commands.locale_str(command.help[:DESCRIPTION]),
        callback=_callback(command, front),
    )
    made.default_permissions = rights
    made.guild_only = True
    for option in options_of(command):
        if option.completes or option.suggestions:
            made.autocomplete(option.name)(_autocomplete(command, option, front))
    return made


def _callback(command: Command, front: Hears) -> Any:
    """Return a coroutine function whose signature is what Discord is told of the command."""

    async def callback(interaction: Interaction, **given: Any) -> None:
        await front.run(interaction, typed_text(command, given), given.get(CHANNEL), given.get(ROLE))

    options = options_of(command)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    first = inspect.Parameter("interaction", kind, annotation=discord.Interaction)
    callback.__signature__ = inspect.Signature([first, *(_parameter(option) for option in options)])  # type: ignore[attr-defined]
    return app_commands.describe(**{option.name: option.help for option in options})(callback)


def _parameter(option: Option) -> inspect.Parameter:
    annotation = ANNOTATIONS[option.kind]
    return inspect.Parameter(
        option.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        annotation=annotation if option.required else annotation | None,
        default=inspect.Parameter.empty if option.required else None,
    )


def _autocomplete(command: Command, option: Option, front: Hears) -> Any:
    async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        if option.completes:
            return await front.complete(interaction, command.verb, typed)
        return [app_commands.Choice(name=one, value=one) for one in suggest(option, typed)]

    return complete


def _menu(verb: MenuVerb, name: str, front: Hears) -> app_commands.ContextMenu:
    async def picked(interaction: Interaction, message: discord.Message) -> None:
        await front.pick(interaction, message, verb)

    menu = app_commands.ContextMenu(name=name, callback=picked, type=discord.AppCommandType.message)
    menu.guild_only = True
    return menu
