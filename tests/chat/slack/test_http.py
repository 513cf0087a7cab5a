"""What comes in over HTTP without being Slack's, or more than once; and what is logged of it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import pytest

from bot.chat.slack.settings import RESERVED, SlackSettings, faults
from tests.chat.slack.conftest import Scene, until

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def way() -> str:
    return "http"


def body(scene: Scene) -> bytes:
    payload = {
        "team_id": scene.team["id"],
        "channel_id": scene.channel,
        "user_id": scene.team["admin"],
        "command": "/subscribe",
        "text": "canary-of-the-body",
        "response_url": f"{scene.fake.origin}/hooks/canary-of-the-hook",
        "trigger_id": "1.2",
    }
    return urlencode(payload).encode()


async def _endless(start: bytes) -> AsyncIterator[bytes]:
    yield start
    await asyncio.sleep(30)


@pytest.mark.parametrize("age", [-360, 360])
async def test_a_stale_request_is_refused(scene: Scene, age: int) -> None:
    done = await scene.fake.delivery.by_http(body(scene), FORM, age=age)

    assert done.status == 401
    assert scene.answers.requests == []


async def test_a_request_with_another_secret_is_refused_and_nothing_of_it_is_logged(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    done = await scene.fake.delivery.by_http(body(scene), FORM, secret="wrong")
    blank = await scene.fake.delivery.by_http(body(scene), FORM, secret="")

    assert (done.status, blank.status) == (401, 401)
    assert scene.answers.requests == []
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=0"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_a_broken_signature_is_refused(scene: Scene, headers: dict[str, str]) -> None:
    done = await scene.fake.delivery.by_http(body(scene), FORM, headers=headers)

    assert done.status == 401
    assert scene.answers.requests == []


async def test_one_changed_byte_is_refused(scene: Scene) -> None:
    signed = scene.fake.delivery.signature(body(scene))
    changed = body(scene).replace(b"canary", b"Canary")
    done = await scene.fake.delivery.by_http(changed, FORM, headers=signed)

    assert done.status == 401


async def test_a_huge_body_is_refused_before_it_is_read(scene: Scene) -> None:
    host = scene.fake.world.request_url
    assert host is not None
    started = b"x" * 100_000
    async with aiohttp.ClientSession() as session:
        sent = {"Content-Type": FORM, "Content-Length": "10000000", **scene.fake.delivery.signature(started)}
        async with session.post(host, data=_endless(started), headers=sent) as answer:
            assert answer.status == 413

    assert scene.answers.requests == []


async def test_the_same_signed_request_again_has_one_effect(scene: Scene) -> None:
    answers = [await scene.fake.delivery.by_http(body(scene), FORM) for _ in range(3)]
    await scene.answered(await scene.typed("/topics"))

    assert [done.status for done in answers] == [200, 200, 200]
    assert [request.text for request in scene.answers.requests] == ["/subscribe canary-of-the-body", "/topics"]


async def test_slack_checks_the_address(scene: Scene) -> None:
    asked = {"type": "url_verification", "challenge": "abc", "token": "x"}
    done = await scene.fake.delivery.by_http(json.dumps(asked).encode(), "application/json")

    assert done.status == 200
    assert "abc" in str(done.body)


@pytest.mark.parametrize("garbage", [b"", b"{", b"payload=", b"payload=%7B%7D", b"\xff\xfe", b"command=%2Fx"])
async def test_signed_garbage_breaks_nothing(scene: Scene, garbage: bytes) -> None:
    for kind in (FORM, "application/json"):
        await scene.fake.delivery.by_http(garbage, kind)
    await scene.answered(await scene.typed("/topics"))

    assert [request.text for request in scene.answers.requests] == ["/topics"]


async def test_answers_go_to_slack_alone(scene: Scene) -> None:
    """An address for answers of somebody else's is not posted to, signed or not."""
    forged = body(scene).replace(quote(scene.fake.origin, safe="").encode(), b"http%3A%2F%2F127.0.0.2")
    await scene.fake.delivery.by_http(forged, FORM)

    async def answered() -> Any:
        return await scene.fake.stage.calls("chat.postEphemeral")

    assert len(await until(answered)) == 1


@pytest.mark.parametrize("secret", ["", "   "])
def test_a_blank_signing_secret_is_refused_at_the_start(secret: str) -> None:
    assert "SLACK_SIGNING_SECRET" in " ".join(faults(SlackSettings(bot_token="xoxb-1", signing_secret=secret)))


def test_a_reserved_command_name_is_refused_at_the_start() -> None:
    good = SlackSettings(bot_token="xoxb-1", app_token="xapp-1")

    assert faults(good) == []
    for name in RESERVED:
        named = SlackSettings(bot_token="xoxb-1", app_token="xapp-1", command_names={"topics": f"/{name}"})
        assert name in " ".join(faults(named))
