"""tidings slack manifest, and what `tidings check` says of Slack's settings."""

from pathlib import Path

import yaml

from bot.settings import PROJECT
from tests.cli.conftest import Shell


def test_the_manifest_is_the_checked_in_one(shell: Shell) -> None:
    printed = shell.run("slack", "manifest")

    assert printed == Path(PROJECT, "config", "slack-manifest.yaml").read_text(encoding="utf-8")


def test_http_puts_the_address_everywhere(shell: Shell) -> None:
    found = yaml.safe_load(shell.run("slack", "manifest", "--http", "https://bot.example"))

    assert found["settings"]["interactivity"]["request_url"] == "https://bot.example/slack/events"
    assert found["oauth_config"]["redirect_urls"] == ["https://bot.example/slack/oauth_redirect"]


def test_scopes_are_chosen(shell: Shell) -> None:
    minimal = shell.run("slack", "manifest", "--minimal")
    private = shell.run("slack", "manifest", "--private-channels")

    assert "history" not in minimal
    assert "groups:history" in private


def test_the_link_opens_slack(shell: Shell) -> None:
    assert shell.run("slack", "manifest", "--link").startswith("https://api.slack.com/apps?new_app=1&manifest_yaml=")


def test_check_names_each_missing_setting(shell: Shell) -> None:
    shell.set(SLACK_CLIENT_ID="1.2")
    shell.run("check", code=2)

    for name in ("SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "SECRET_KEY", "PUBLIC_URL"):
        assert name in shell.errors
    assert "xoxb" not in shell.errors
