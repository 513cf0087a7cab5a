"""What every answer has in common."""

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.ports.chat import Health
from bot.web.app import make_app


async def get(app: web.Application, path: str) -> tuple[int, str, dict[str, str]]:
    async with TestServer(app) as server, ClientSession() as client, client.get(server.make_url(path)) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


@pytest.fixture
def app() -> web.Application:
    return make_app([], {"polling": lambda: Health(ok=True)})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/assets/base.css", "/nothing", "/healthz?token=x"])
async def test_every_answer_has_the_security_headers(app: web.Application, path: str) -> None:
    _, _, headers = await get(app, path)

    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Server"] == "tidings"


async def test_health_tells_nothing_to_strangers(app: web.Application) -> None:
    assert (await get(app, "/healthz"))[:2] == (200, "ok\n")


async def test_readiness_names_what_to_do_next() -> None:
    app = make_app([], {"slack": lambda: Health(ok=True, why="Set SLACK_BOT_TOKEN."), "room": lambda: Health(ok=False)})

    status, text, _ = await get(app, "/readyz")

    assert status == 503
    assert '"next": ["slack: Set SLACK_BOT_TOKEN."]' in text


async def test_a_token_in_an_address_is_refused(app: web.Application) -> None:
    status, text, _ = await get(app, "/healthz?Token=abc")

    assert status == 400
    assert "abc" not in text


async def test_browsers_are_told_to_stay_with_https_only_where_it_is_served() -> None:
    assert "Strict-Transport-Security" in (await get(make_app([], {}, https=True), "/healthz"))[2]
    assert "Strict-Transport-Security" not in (await get(make_app([], {}), "/healthz"))[2]
