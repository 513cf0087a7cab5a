"""What a log line shows, and what it never shows."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.logs import formatter
from bot.cli.redaction import Redactor, secrets_of
from bot.settings import load_settings
from bot.web.recent import Recent

SECRETS = {
    "a Slack bot token": ("said xoxb-1-2-canary here", "canary"),
    "a rotated Slack token": ("said xoxe.xoxb-1-canary here", "canary"),
    "an app token": ("token=xapp-1-A0-canary", "canary"),
    "a Discord token": (f"login {'M' * 24}.{'G' * 6}.{'canary' * 5}", "canary"),
    "a header": ("Authorization: Bot canarycanarycanary", "canary"),
    "a Discord webhook": ("POST https://discord.com/api/v10/webhooks/123/canary-x with", "canary"),
    "an interaction": ("POST https://discord.com/api/v10/interactions/123/canary/callback", "canary"),
    "a Slack webhook": ("https://hooks.slack.com/services/T1/B1/canary failed", "canary"),
    "a response address": ("https://hooks.slack.com/commands/T1/2/canary failed", "canary"),
    "a feed with a password": ("fetching https://user:canary@blog.example/feed", "canary"),
    "a feed with a key": ("fetching https://blog.example/feed?key=canary&x=1.", "canary"),
    "a socket": ("wss://wss-primary.slack.com/link/?ticket=canary&app_id=1", "canary"),
    "a payload": ("""got {'token': 'canary', "response_url": "http://x.example/canary", 'a': 1}""", "canary"),
    "a database": ("postgresql+psycopg://tidings:canary@db.example/x", "canary"),
    "a callback of a hub": ("POST /websub/canary answered 410", "canary"),
    "a setting": ("somebody typed correct horse!", "correct horse"),
    "a setting in an address": ("GET /x/correct%20horse/y", "correct%20horse"),
}


def line(form: str, text: object, **extra: object) -> str:
    record = logging.LogRecord("bot.x", logging.INFO, "x.py", 1, text, (), None)
    record.__dict__.update(extra)
    return formatter(form, Redactor(["correct horse"])).format(record)


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("what", SECRETS)
def test_secrets_are_taken_out_of_text_names_and_values(form: str, what: str) -> None:
    text, secret = SECRETS[what]

    for shown in (
        line(form, text),
        line(form, "x", url=text),
        line(form, "x", deep={"a": [text]}),
        line(form, "x…", deep={"api_token": secret}),
        line(form, (text,)),
    ):
        assert secret not in shown
        assert "…" in shown


def test_the_newest_errors_are_remembered_without_secrets_and_counted() -> None:
    recent = Recent(most=2)
    recent.setFormatter(formatter("bare", Redactor(["correct horse"])))
    log = logging.Logger("bot.x")
    log.addHandler(recent)

    log.info("not this")
    log.warning("first")
    for _ in range(3):
        log.error("said correct horse", extra={"feed": 7, "token": "xoxb-1-2-canary"})
    try:
        fail()
    except RuntimeError:
        log.exception("broke")

    newest, before = recent.latest()
    assert (before.text, before.times, before.serious, before.where) == ("said … feed=7 token=…", 3, True, "bot.x")
    assert newest.text.startswith("broke error=RuntimeError: ")
    assert "canary" not in newest.text
    assert newest.times == 1


def fail() -> None:
    try:
        int("xoxb-canary")
    except ValueError as error:
        raise RuntimeError("no\nluck with https://u:canary@x.example/") from error


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_in_an_exception_and_its_cause_are_taken_out(form: str) -> None:
    try:
        fail()
    except RuntimeError:
        info = sys.exc_info()

    shown = line(form, "failed", exc_info=info)

    assert "canary" not in shown
    assert "RuntimeError: no\\" in shown
    assert "ValueError: invalid literal" in shown
    assert "test_logs.py" in shown
    assert shown.count("\n") == 0


@pytest.mark.parametrize("form", ["console", "json"])
@given(text=st.text(), value=st.text())
def test_a_record_is_one_line_without_terminal_commands(form: str, text: str, value: str) -> None:
    shown = line(form, text, value=value)

    assert shown.splitlines() in ([shown], [])
    assert shown.isprintable() or not set(shown) & {chr(code) for code in (*range(32), *range(127, 160), 0x202E)}


def test_a_forged_line_stays_text() -> None:
    shown = line("console", "hello\n2026-11-23 [info] all is well\x1b[2J", name_="\u202egnp.exe")

    assert "hello\\n2026" in shown
    assert "\\x1b[2J" in shown
    assert "\\u202egnp" in shown


def test_what_is_harmless_is_shown_as_it_is() -> None:
    shown = json.loads(line("json", "loaded <antirez> für 3 blogs", feeds=3, url="https://blog.example/feed", no=None))

    assert shown["event"] == "loaded <antirez> für 3 blogs"
    assert (shown["feeds"], shown["url"], shown["no"]) == (3, "https://blog.example/feed", None)
    assert (shown["level"], shown["logger"]) == ("info", "bot.x")


def test_a_whole_text_is_cut() -> None:
    assert len(line("json", "x" * 100_000)) < 2_300


def test_a_long_text_is_not_cut_inside_a_token() -> None:
    assert "canary" not in line("json", f"{'x ' * 990} xoxb-1-canarycanarycanarycanary")


def test_every_secret_setting_is_known_without_being_listed() -> None:
    settings = load_settings(
        {
            "DATABASE_URL": "postgresql://me:data-base@db.example/x",
            "SECRET_KEY": "secret-key",
            "ROOM_TOKEN": "room-token",
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_SIGNING_SECRET": "signing-secret",
            "SENTRY_DSN": "https://key@sentry.example/1",
        }
    )

    assert secrets_of(settings) == {
        "data-base",
        "secret-key",
        "room-token",
        "xoxb-1",
        "signing-secret",
        "https://key@sentry.example/1",
    }
