from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.domain.errors import BadSettings
from bot.settings import PROJECT, Settings, load_settings


class Folder:
    """A folder with a .env and a config/bot.yaml, as an operator has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        (path / "config").mkdir()

    def load(self, *, dotenv: str = "", yaml: str = "", environment: Mapping[str, str] | None = None) -> Settings:
        (self._path / ".env").write_text(dotenv)
        (self._path / "config" / "bot.yaml").write_text(yaml)
        return load_settings({"CONFIG_DIR": str(self._path / "config"), **(environment or {})}, self._path)

    def faults(self, *, dotenv: str = "", yaml: str = "", environment: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(BadSettings) as caught:
            self.load(dotenv=dotenv, yaml=yaml, environment=environment)
        return [str(fault) for fault in caught.value.faults]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_without_anything_set_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)

    assert settings.database_url == "sqlite:///data/tidings.db"
    assert (settings.port, settings.host, settings.timezone) == (8080, "127.0.0.1", "UTC")
    assert settings.config_dir == PROJECT / "config"
    assert settings.sending.lease == timedelta(seconds=90)


def test_the_environment_goes_before_dotenv_and_dotenv_before_bot_yaml(folder: Folder) -> None:
    settings = folder.load(
        environment={"PORT": "1001"},
        dotenv="PORT=1002\nHOST=0.0.0.0\n",
        yaml="port: 1003\nhost: '::'\nlog_level: debug\n",
    )

    assert (settings.port, settings.host, settings.log_level) == (1001, "0.0.0.0", "debug")


def test_parts_are_set_by_one_name_everywhere(folder: Folder) -> None:
    settings = folder.load(
        environment={"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SENDING_PLATFORM_LAG": "2s"},
        yaml="sending:\n  timeout: 1s\n  margin: 0.5s\n",
    )

    assert settings.slack.bot_token.get_secret_value() == "xoxb-1"
    assert settings.sending.lease == timedelta(seconds=3.5)


def test_networks_and_lists_are_read_with_commas_or_spaces(folder: Folder) -> None:
    settings = folder.load(
        environment={"ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8, fd00::/8", "DISCORD_MANAGER_ROLES": "editors news"}
    )

    assert settings.allow_private_networks == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.discord.manager_roles == ("editors", "news")


def test_names_of_other_programs_and_empty_ones_are_left_alone(folder: Folder) -> None:
    settings = folder.load(environment={"WEB_CONCURRENCY": "3", "PORT": ""}, dotenv="COMPOSE_PROJECT_NAME=x\n")

    assert settings.port == 8080


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_that_docker_left_around_a_value_are_a_fault(folder: Folder, quote: str) -> None:
    with pytest.raises(BadSettings) as error:
        folder.load(environment={"DISCORD_TOKEN": f"{quote}secret{quote}", "PORT": f"{quote}9000{quote}"})

    faults = [str(fault) for fault in error.value.faults]
    assert [fault.split(":")[1].split()[:2] for fault in faults] == [["PORT", "is"], ["DISCORD_TOKEN", "is"]]
    assert all("--env-file" in fault and "secret" not in fault for fault in faults)
    kept = folder.load(environment={"SECRET_KEY": '"', "ROOM_TOKEN": '"a'})
    assert (kept.secret_key.get_secret_value(), kept.room.token.get_secret_value()) == ('"', '"a')


def test_every_fault_is_reported_at_once_with_file_and_line(folder: Folder) -> None:
    faults = folder.faults(
        environment={"SENDING_TIMEOUT": "later"},
        dotenv="# tokens\n\nSLACK_BOT_TOKN=xoxb-1\nPORT=many\nthis is not a setting\n",
        yaml="timezone: Mars/Olympus\npolling:\n  floor: soon\n  flor: 1m\nlog_format: xml\nlog_format: json\n",
    )

    assert sorted(faults) == [
        ".env:3: SLACK_BOT_TOKN is not a setting; did you mean SLACK_BOT_TOKEN?",
        ".env:4: PORT must be a whole number, not 'many'.",
        ".env:5: This line is not NAME=value.",
        "config/bot.yaml:1: timezone must be an IANA time zone such as Europe/Berlin, not 'Mars/Olympus'.",
        "config/bot.yaml:3: polling.floor must be a duration such as 20s, 15m, 24h or 30d, not 'soon'.",
        "config/bot.yaml:4: polling.flor is not a setting; did you mean polling.floor?",
        "config/bot.yaml:5: log_format must be 'console' or 'json', not 'xml'.",
        "config/bot.yaml:6: log_format was set on line 5 already.",
        "environment: SENDING_TIMEOUT must be a duration such as 20s, 15m, 24h or 30d, not 'later'.",
    ]


@pytest.mark.parametrize(
    ("yaml", "fault"),
    [
        ("port: [1, 2]\n", "config/bot.yaml:1: port must be a whole number, not [1, 2]."),
        ("polling: fast\n", "config/bot.yaml:1: polling is not a setting."),
        ("room:\n  token: hello\n", "config/bot.yaml:2: room.token is a secret: set ROOM_TOKEN in the environment"),
        ("- port\n", "config/bot.yaml:1: This file holds names and values"),
        ("port: {\n", "config/bot.yaml:2: This is not YAML"),
        ("channels:\n  backfill: 11\n", "config/bot.yaml:2: channels.backfill must be at most 10, not 11."),
        ("polling:\n  floor: 2d\n", "config/bot.yaml:2: polling.floor is longer than polling.ceiling."),
        ("allow_private_networks: here\n", "config/bot.yaml:1: allow_private_networks must be networks such as"),
        ("public_url: bot.example.org\n", "config/bot.yaml:1: public_url must be an address that starts with https://"),
    ],
)
def test_a_wrong_value_in_bot_yaml_is_named(folder: Folder, yaml: str, fault: str) -> None:
    assert [found[: len(fault)] for found in folder.faults(yaml=yaml)] == [fault]


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_BOT_TOKEN is set; set SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_APP_TOKEN is set, SLACK_BOT_TOKEN is missing."),
        ({"DISCORD_API_URL": "https://discord.example.org"}, "DISCORD_API_URL may only name this machine"),
        ({"SLACK_API_URL": "http://127.0.0.1.example.org/api/"}, "SLACK_API_URL may only name this machine"),
        ({"CONFIG_DIR": "/nowhere/at/all"}, "CONFIG_DIR names a folder that is not there: /nowhere/at/all"),
    ],
)
def test_settings_that_do_not_fit_together_are_named(folder: Folder, environment: dict[str, str], fault: str) -> None:
    assert [found.startswith(f"environment: {fault}") for found in folder.faults(environment=environment)] == [True]


def test_a_secret_never_shows_when_settings_are_printed(folder: Folder) -> None:
    settings = folder.load(
        environment={"DISCORD_TOKEN": "canary", "DATABASE_URL": "postgresql://u:canary@db/x", "ROOM_TOKEN": "canary"}
    )

    assert "canary" not in repr(settings)
