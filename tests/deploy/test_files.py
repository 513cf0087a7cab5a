"""The files that platforms read say what the program knows."""

import os
import re
import tomllib

import pytest
import yaml

from bot.settings import PROJECT, Sending, load_settings
from bot.settings.sources import all_settings
from tests.deploy.app_json import app_json

#: Seconds in which what is in flight ends.
GRACE = Sending().stop_grace.total_seconds()
KNOWN = {setting.name for setting in all_settings()}


def test_app_json_describes_every_setting() -> None:
    path = PROJECT / "app.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(app_json(), encoding="utf-8")

    assert path.read_text(encoding="utf-8") == app_json()


def test_render_sets_only_what_there_is() -> None:
    blueprint = yaml.safe_load((PROJECT / "render.yaml").read_text(encoding="utf-8"))

    (service,) = blueprint["services"]
    assert {one["key"] for one in service["envVars"]} <= KNOWN
    commands = procfile()
    assert (service["preDeployCommand"], service["startCommand"]) == (commands["release"], commands["web"])
    assert service["autoDeployTrigger"] == "off"  # unquoted, YAML's word for false
    assert service["maxShutdownDelaySeconds"] > GRACE


def test_fly_gives_a_machine_that_stays_up_what_the_image_needs() -> None:
    fly = tomllib.loads((PROJECT / "fly.toml").read_text(encoding="utf-8"))
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")

    assert f"PORT={fly['http_service']['internal_port']} " in dockerfile
    assert f" {fly['mounts']['destination']} " in dockerfile
    assert fly["http_service"]["auto_stop_machines"] == "off"
    assert (fly["kill_signal"], fly["kill_timeout"] > GRACE) == ("SIGTERM", True)
    assert {check["path"] for check in fly["http_service"]["checks"]} == {"/healthz"}


def test_the_dockerfile_is_short_and_sets_only_what_there_is() -> None:
    lines = (PROJECT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    set_there = {name for line in lines if line.startswith("ENV") for name in re.findall(r"([A-Z_]+)=", line)}

    assert len(lines) <= 20
    assert all((PROJECT / name).exists() for name in copied)
    assert set_there - {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} <= KNOWN
    # Set there, it would be the demo's, too. A Dockerfile with VOLUME is refused by Railway.
    assert "DATABASE_URL" not in set_there
    assert not any(line.startswith("VOLUME") for line in lines)


def test_the_build_is_sent_only_what_is_copied() -> None:
    rules = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    lines = (PROJECT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert rules[1] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {
        line.split()[1] for line in lines if line.startswith("COPY")
    }
    assert {"**/__pycache__", "**/.*"} < set(rules)


def test_the_procfile_needs_no_installed_script() -> None:
    for command in procfile().values():
        assert all(part.startswith("python -m bot ") for part in command.split(" && "))


@pytest.mark.parametrize("variable", ["DYNO", "RENDER", "FLY_APP_NAME", "K_SERVICE", "RAILWAY_ENVIRONMENT"])
def test_on_a_platform_the_router_reaches_the_process(variable: str) -> None:
    assert load_settings({variable: "x"}).host == "0.0.0.0"
    assert load_settings({variable: "x", "HOST": "::"}).host == "::"


def procfile() -> dict[str, str]:
    lines = (PROJECT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)
