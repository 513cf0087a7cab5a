"""tidings slack manifest."""

from typing import Annotated

import typer

from bot.cli.common import say, settings

cli = typer.Typer(no_args_is_help=True, help="Slack: what to paste into the app's settings.")


@cli.callback()
def slack() -> None:
    """Keep `manifest` a command of its own while it is the only one."""


@cli.command("manifest")
def print_manifest(
    http: Annotated[str, typer.Option(help="The bot's public address; without it the app uses Socket Mode.")] = "",
    minimal: Annotated[bool, typer.Option("--minimal", help="Do not ask to read the history of channels.")] = False,
    private_channels: Annotated[
        bool, typer.Option("--private-channels", help="Ask for what private channels need, too.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print the address of Slack's page with the manifest filled in.")
    ] = False,
) -> None:
    """Print the manifest of the Slack app, each permission with its reason."""
    from bot.chat.slack.manifest import ManifestOptions, create_link, manifest_yaml

    options = ManifestOptions(
        http=http, minimal=minimal, private_channels=private_channels, names=settings().command_names
    )
    say(create_link(options) if link else manifest_yaml(options).rstrip())
