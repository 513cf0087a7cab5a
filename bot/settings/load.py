"""From the environment, .env and config/bot.yaml to one frozen object, or to every fault at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from bot.domain import disks as hosting
from bot.domain.errors import BadSettings
from bot.domain.located import Fault
from bot.settings.model import PROJECT, Settings
from bot.settings.sources import ENVIRONMENT, Sources, read_config, read_dotenv, read_environment

# pydantic's words are for programmers.
SENTENCES = {
    "int_parsing": "must be a whole number, not {input!r}",
    "int_type": "must be a whole number, not {input!r}",
    "int_from_float": "must be a whole number, not {input!r}",
    "float_parsing": "must be a number, not {input!r}",
    "float_type": "must be a number, not {input!r}",
    "bool_parsing": "must be true or false, not {input!r}",
    "bool_type": "must be true or false, not {input!r}",
    "string_type": "must be a text, not {input!r}",
    "literal_error": "must be {expected}, not {input!r}",
    "greater_than": "must be more than {gt}, not {input!r}",
    "greater_than_equal": "must be at least {ge}, not {input!r}",
    "less_than_equal": "must be at most {le}, not {input!r}",
    "model_type": "holds names and values of its own",
    "dict_type": "holds names and values of its own",
}


def load_settings(environment: Mapping[str, str], folder: Path | None = None) -> Settings:
    """Return the settings, or raise BadSettings with every fault. *folder*: where .env is (else the project's)."""
    sources = Sources()
    read_environment(sources, environment)
    read_dotenv(sources, dotenv_path(folder))
    config = Path(str(sources.values.get("config_dir", PROJECT / "config")))
    if not config.is_dir():
        sources.faults.append(_at(sources.place(("config_dir",)), f"names a folder that is not there: {config}"))
    read_config(sources, config / "bot.yaml")
    if (platform := hosting.host_of(environment)) is not None:
        # Its router reaches the process from outside; a process on 127.0.0.1 counts as one that never started.
        sources.put(("host",), "0.0.0.0", Fault(file=ENVIRONMENT, text=platform.variable))  # noqa: S104
    settings, faults = _validated(sources)
    if settings is None or faults or sources.faults:
        raise BadSettings([*sources.faults, *faults])
    return settings


def dotenv_path(folder: Path | None) -> Path:
    """Return the .env of the folder one starts in, or else of the project."""
    here = (folder or Path.cwd()) / ".env"
    return here if here.is_file() or folder else PROJECT / ".env"


def _validated(sources: Sources) -> tuple[Settings | None, list[Fault]]:
    try:
        settings = Settings(**sources.values)
    except ValidationError as error:
        return None, [_fault(sources, detail) for detail in error.errors(include_url=False)]
    return settings, list(_together(settings, sources))


def _fault(sources: Sources, detail: Mapping[str, Any]) -> Fault:
    """Say one of pydantic's findings in our words, at the place where the value was set."""
    place = sources.place(tuple(detail["loc"]))
    context = detail.get("ctx") or {}
    template = SENTENCES.get(detail["type"])
    if template is not None:
        said = template.format(input=detail["input"], **context)
    else:
        said = str(detail["msg"]).removeprefix("Value error, ")
    return _at(place, said)


def _at(place: Fault, said: str) -> Fault:
    return Fault(file=place.file, line=place.line, text=f"{place.text} {said}.")


def _together(settings: Settings, sources: Sources) -> list[Fault]:
    """Check what only several settings together can get wrong."""
    faults = []
    if settings.polling.floor > settings.polling.ceiling:
        place = sources.place(("polling", "floor"))
        faults.append(Fault(file=place.file, line=place.line, text="polling.floor is longer than polling.ceiling."))
    for name in ("slack", "discord"):
        url = getattr(settings, name).api_url
        # A token must not leave this machine for an address that somebody set by mistake.
        if url and urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}:
            faults.append(_at(sources.place((name, "api_url")), "may only name this machine, as in http://127.0.0.1:N"))
    slack = settings.slack
    app_token = slack.app_token.get_secret_value()
    if app_token and not slack.is_set:
        faults.append(Fault(file=ENVIRONMENT, text="SLACK_APP_TOKEN is set, SLACK_BOT_TOKEN is missing."))
    if slack.bot_token.get_secret_value() and not app_token and not slack.signing_secret.get_secret_value():
        text = "SLACK_BOT_TOKEN is set; set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside it."
        faults.append(Fault(file=ENVIRONMENT, text=text))
    return faults
