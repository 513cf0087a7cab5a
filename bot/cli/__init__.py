"""The operators' commands. What is heavy is imported inside them, so that `--help` is quick."""

import sys
from collections.abc import Sequence

import typer

from bot.cli import announcements, asking, discord, docs, feeds, looking, moving, running, setup, slack, topics
from bot.cli.common import fail
from bot.cli.first_process import end_on_sigterm
from bot.domain.errors import BadSettings, TidingsError

BAD_SETTINGS = 2

cli = typer.Typer(
    name="tidings",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Post new articles on the topics a team follows, to Slack, Discord and a room of its own.",
)
for group in (running, asking, looking, moving, setup):
    group.register(cli)
cli.add_typer(feeds.cli, name="feeds")
cli.add_typer(topics.cli, name="topics")
cli.add_typer(announcements.cli, name="announcements")
cli.add_typer(docs.cli, name="docs", hidden=True)
cli.add_typer(slack.cli, name="slack")
cli.add_typer(discord.cli, name="discord")


def main(words: Sequence[str] | None = None) -> None:
    """Run one command; what is wrong is a sentence on standard error: exit 2 for settings, 1 for all else."""
    end_on_sigterm()
    try:
        cli(words)
    except BadSettings as error:
        fail(*map(str, error.faults))
        sys.exit(BAD_SETTINGS)
    except TidingsError as error:
        fail(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
