"""tidings discord sync|invite."""

from typing import Annotated

import typer

from bot.cli.common import fail, run, say, settings, store
from bot.domain.errors import TryLater

cli = typer.Typer(no_args_is_help=True, help="Discord: register the commands, invite the bot.")


@cli.command("sync")
def sync(
    if_changed: Annotated[bool, typer.Option("--if-changed", help="Only where Discord knows other ones.")] = False,
) -> None:
    """Register the slash commands with Discord; fit for a release step."""

    async def work() -> bool:
        from bot.app import read_languages
        from bot.chat.discord.operators import register_commands
        from bot.commands.table import TABLE
        from bot.settings.parts import discord_part
        from bot.store.counts import SqlMarks

        async with store() as database:
            part, marks = discord_part(settings()), SqlMarks(database)
            return await register_commands(part, TABLE, marks, read_languages(), only_if_changed=if_changed)

    if if_changed and not settings().discord.is_set:
        say("DISCORD_TOKEN is not set: there is nothing to register.")
        return
    try:
        done = run(work())
    except TryLater as error:
        # A release is not held up by an outage there: the bot registers its commands itself whenever it connects.
        if not (if_changed and settings().discord.commands_sync):
            raise
        fail(f"{error} The bot registers its commands when it connects.")
        return
    say("The commands are registered." if done else "Discord knows these commands already.")


@cli.command("invite")
def invite() -> None:
    """Print the address that adds the bot to a server, with the least permissions."""

    async def work() -> str:
        from bot.chat.discord.operators import invitation
        from bot.settings.parts import discord_part

        return await invitation(discord_part(settings()))

    say(run(work()))
