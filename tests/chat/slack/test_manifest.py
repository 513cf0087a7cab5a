"""The manifest and what is handled say the same, both ways; and Slack would take it."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from bot.chat.slack.listening import POST_MENU, Listening
from bot.chat.slack.manifest import (
    HISTORY,
    PRIVATE,
    SCOPES,
    ManifestOptions,
    create_link,
    manifest,
    manifest_yaml,
    scopes_of,
)
from bot.chat.slack.settings import RESERVED
from tests.chat.slack.conftest import Scene

CHECKED_IN = Path(__file__).resolve().parents[3] / "config" / "slack-manifest.yaml"
EVERYTHING = ManifestOptions(private_channels=True)


def test_the_checked_in_manifest_is_what_the_command_prints() -> None:
    printed = manifest_yaml(ManifestOptions())
    if os.environ.get("UPDATE_GOLDEN"):
        CHECKED_IN.write_text(printed, encoding="utf-8")

    assert CHECKED_IN.read_text(encoding="utf-8") == printed


async def test_every_command_of_the_manifest_reaches_the_core(scene: Scene) -> None:
    for command in manifest(EVERYTHING)["features"]["slash_commands"]:
        scene.answers.requests.clear()
        await scene.answered(await scene.typed(command["command"], "x"))

        assert [request.text for request in scene.answers.requests] == [f"{command['command']} x"]


async def test_every_event_of_the_manifest_is_taken(scene: Scene) -> None:
    for event in manifest(EVERYTHING)["settings"]["event_subscriptions"]["bot_events"]:
        sent = {"type": event, "channel": scene.channel, "user": scene.team["admin"]}
        done = await scene.fake.stage.event(scene.team["id"], sent)

        assert done["acked"], event


def test_every_event_handled_is_asked_for() -> None:
    handled = Listening.events(_AnyListening())  # type: ignore[arg-type]
    asked = manifest(EVERYTHING)["settings"]["event_subscriptions"]["bot_events"]

    assert sorted(handled) == sorted(asked)


class _AnyListening:
    """Has every handler there is: only the names matter."""

    def __getattr__(self, name: str) -> str:
        return name


def test_the_shortcut_is_the_one_handled() -> None:
    shortcuts = manifest(EVERYTHING)["features"]["shortcuts"]

    assert [shortcut["callback_id"] for shortcut in shortcuts] == [POST_MENU]


def test_each_scope_has_a_reason_and_stands_beside_it() -> None:
    text = manifest_yaml(EVERYTHING)
    for scope, why in {**SCOPES, **HISTORY, **PRIVATE}.items():
        assert f"- {scope}  # {why}" in text
    assert set(scopes_of(EVERYTHING)) == {*SCOPES, *HISTORY, *PRIVATE}


def test_minimal_leaves_history_out_and_private_adds_it() -> None:
    minimal = scopes_of(ManifestOptions(minimal=True, private_channels=True))

    assert not [scope for scope in minimal if "history" in scope]
    assert "groups:read" in minimal
    assert "groups:read" not in scopes_of(ManifestOptions())


@pytest.mark.parametrize("http", ["", "https://bot.example/"])
def test_socket_and_http_differ_in_addresses_alone(http: str) -> None:
    found = manifest(ManifestOptions(http=http))
    commands = found["features"]["slash_commands"]

    assert found["settings"]["socket_mode_enabled"] is not bool(http)
    assert {command.get("url") for command in commands} == {"https://bot.example/slack/events" if http else None}
    assert ("request_url" in found["settings"]["interactivity"]) is bool(http)


def test_the_link_carries_the_manifest() -> None:
    link = urlsplit(create_link(ManifestOptions()))

    assert link.netloc == "api.slack.com"
    assert yaml.safe_load(parse_qs(link.query)["manifest_yaml"][0]) == manifest(ManifestOptions())


def test_the_limits_of_a_manifest_are_kept() -> None:
    """https://docs.slack.dev/reference/app-manifest, read November 2026."""
    found: dict[str, Any] = manifest(EVERYTHING)
    shown = found["display_information"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert len(found["features"]["slash_commands"]) <= 50
    for command in found["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert command["command"].lstrip("/") not in RESERVED
        assert 1 <= len(command["description"]) <= 2000
    for shortcut in found["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_other_names_are_taken_over() -> None:
    named = manifest(ManifestOptions(names={"subscribe": "follow"}))["features"]["slash_commands"]

    assert "/follow" in [command["command"] for command in named]
    assert "/subscribe" not in [command["command"] for command in named]
