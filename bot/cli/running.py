"""run, worker, web, demo, migrate, check."""

import os
import tempfile
from pathlib import Path

import typer

from bot.cli.common import fail, run, say, settings, store
from bot.domain.errors import BadSettings, GiveUp, TidingsError
from bot.domain.located import Fault


def register(cli: typer.Typer) -> None:
    cli.command("run")(run_bot)
    cli.command("demo")(demo)
    cli.command("worker")(worker)
    cli.command("web")(web)
    cli.command("migrate")(migrate)
    cli.command("check")(check)


def run_bot() -> None:
    """Start the bot: poll, announce and answer, everything in one process."""
    _serve("run")


def worker() -> None:
    """Start a worker: poll and announce. On PostgreSQL any number may run; they share the work."""
    _serve("worker")


def web() -> None:
    """Start the web server alone: pages, the room, Slack over HTTP. Workers poll and send."""
    _serve("web")


def _serve(part: str) -> None:
    from bot.app import program_version
    from bot.cli.logs import configure
    from bot.cli.redaction import Redactor, secrets_of
    from bot.cli.sentry import report_errors
    from bot.serving import Part, serve

    _need_temporary_folder()
    chosen = settings()
    redactor = Redactor(secrets_of(chosen))
    recent = configure(chosen.log_format, chosen.log_level, redactor)
    if dsn := chosen.sentry_dsn.get_secret_value():
        report_errors(dsn, redactor, program_version())
    run(serve(chosen, Part(part), recent))


def demo() -> None:
    """Start the room with sample blogs that publish every few seconds; no account, no network."""
    from bot.cli.logs import configure
    from bot.demo.run import run_demo

    _need_temporary_folder()
    recent = configure("console", "warning")
    run(run_demo(os.environ, recent))


def _need_temporary_folder() -> None:
    # The children that parse meet their parent in one; a container with a read-only root may have none.
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise GiveUp(
            "There is no folder for temporary files: let /tmp be written (in Docker: --tmpfs /tmp), "
            "or name another with TMPDIR."
        ) from error


def migrate() -> None:
    """Bring the database up to date; the bot does it at its start, too."""

    async def work() -> str | None:
        from bot.engine.opening import prepare
        from bot.store.database import shared_url
        from bot.store.schema import current

        async with store() as database:
            await prepare(shared_url(settings().database_url))
            return await current(database)

    say(f"The database is up to date (schema {run(work())}).")


def check() -> None:
    """Check settings, tokens, the files in config/ and the database; report every fault at once."""
    faults = _faults()
    if faults:
        fail(*faults)
        raise typer.Exit(2)
    from bot.settings.parts import no_chat

    chosen = settings()
    say("Settings, config files and database are in order.")
    chats = [name for name, there in (("Slack", chosen.slack.is_set), ("Discord", chosen.discord.is_set)) if there]
    if chats:
        say(f"Chats: {', '.join(chats)}.")
    else:
        say(f"No chat is set. {no_chat(chosen)}")


def _faults() -> list[str]:
    found: list[str] = []
    config = Path(os.environ.get("CONFIG_DIR", ""))
    try:
        config = settings().config_dir
        found += map(str, _token_faults())
    except BadSettings as error:
        found += map(str, error.faults)
    found += _file_faults(config)
    if not found:
        try:
            migrate_quietly()
        except (TidingsError, OSError, ValueError) as error:
            said = str(error).removeprefix("DATABASE_URL").lstrip(": ")
            found.append(f"DATABASE_URL: {said}")
    return found


def migrate_quietly() -> None:
    """Open the database and bring it up to date."""

    async def work() -> None:
        async with store():
            pass

    run(work())


def _token_faults() -> list[Fault]:
    """Say which tokens are missing or of another kind than their setting takes; their text is never shown."""
    from bot.chat.slack.settings import faults
    from bot.settings.parts import slack_part

    chosen = settings()
    needed = faults(slack_part(chosen)) if chosen.slack.is_set or chosen.slack.app_token.get_secret_value() else []
    return [Fault(file="environment", text=text) for text in needed]


def _file_faults(config: Path) -> list[str]:
    from bot.domain.feed_file import read_packs
    from bot.domain.topic_file import read_topics

    found: list[str] = []
    for name, read in (("topics.yaml", read_topics), ("feeds.yaml", read_packs)):
        path = config / name
        if not path.is_file():
            continue
        try:
            read(path.read_text(encoding="utf-8"), f"{config.name}/{name}")
        except BadSettings as error:
            found += map(str, error.faults)
    return found
