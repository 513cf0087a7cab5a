"""Our fake and `emulate`, a Slack emulator by others, give the same answers to the same script.

Opt-in (`pytest -m peer tests/chat/slack`): it installs emulate and the Node it needs from npm.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.fakes.slack_server import FakeSlack

Json = dict[str, Any]
Call = Callable[..., Awaitable[Json]]

pytestmark = pytest.mark.peer

#: Pinned: the newest `emulate` on npm is another package of that name.
PACKAGES = ("emulate@0.12.2", "node@24")
CLIENT = {"client_id": "111.222", "client_secret": "fake-client-secret"}
BACK = "http://127.0.0.1:9/back"
RICH = ["chat:write", "channels:read", "channels:history", "users:read"]
POOR = ["users:read"]
SEED = {
    "tokens": {
        "xoxb-rich": {"login": "developer", "scopes": RICH},
        "xoxb-poor": {"login": "developer", "scopes": POOR},
    },
    "slack": {
        "strict_scopes": True,
        "team": {"name": "Acme", "domain": "acme"},
        "users": [{"name": "developer"}],
        "channels": [{"name": "general"}],
        "oauth_apps": [{**CLIENT, "name": "T", "redirect_uris": [BACK]}],
    },
}
METADATA = {"event_type": "tidings_message", "event_payload": {"key": "k1"}}
BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "hi"}}]


async def script(call: Call, channel: str) -> Json:
    """Return what a server says, as far as both must say the same."""
    said: Json = {}
    said["auth.test"] = sorted({"ok", "team_id", "user_id", "team", "url"} & set(await call("auth.test")))
    posted = await call("chat.postMessage", channel=channel, text="hi", blocks=BLOCKS, metadata=METADATA)
    said["post"] = (posted["ok"], posted["channel"] == channel, posted["message"]["text"])
    ts = posted["ts"]
    said["ts"] = [len(part) for part in ts.split(".")]
    threaded = await call("chat.postMessage", channel=channel, text="reply", thread_ts=ts)
    replies = await call("conversations.replies", channel=channel, ts=ts)
    said["thread"] = ([m["text"] for m in replies["messages"]], threaded["message"].get("thread_ts") == ts)
    history = await call("conversations.history", channel=channel, include_all_metadata="true")
    ours = next(m for m in history["messages"] if m["ts"] == ts)
    said["history"] = (ours["text"], ours["metadata"], [b["type"] for b in ours["blocks"]])
    changed = await call("chat.update", channel=channel, ts=ts, text="changed")
    said["update"] = (changed["ok"], changed["ts"] == ts, changed["text"])
    said["permalink"] = (await call("chat.getPermalink", channel=channel, message_ts=ts))["ok"]
    said["deleted"] = (await call("chat.delete", channel=channel, ts=ts))["ok"]
    long = await call("chat.postMessage", channel=channel, text="x" * 50_000)
    said["long"] = (long["ok"], long.get("warning"), len(long["message"]["text"]))
    refused = {
        "no text": ("chat.postMessage", {"channel": channel}),
        "no channel": ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}),
        "gone": ("chat.update", {"channel": channel, "ts": ts, "text": "x"}),
        "gone too": ("chat.delete", {"channel": channel, "ts": ts}),
        "no member": ("users.info", {"user": "U0NOBODY"}),
    }
    for name, (method, arguments) in refused.items():
        answer = await call(method, **arguments)
        said[name] = (answer["ok"], answer["error"])
    return said


def caller(session: aiohttp.ClientSession, origin: str, token: str) -> Call:
    async def call(method: str, **arguments: Any) -> Json:
        form = {name: v if isinstance(v, str) else json.dumps(v) for name, v in arguments.items()}
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{origin}/api/{method}", data=form, headers=headers) as answer:
            found: Json = await answer.json()
            return found

    return call


async def install(session: aiohttp.ClientSession, origin: str, extra: Json) -> Json:
    """Install the app as a browser does and return what the exchange of the code says."""
    asked = {"client_id": CLIENT["client_id"], "scope": "chat:write", "redirect_uri": BACK, "state": "s1", **extra}
    async with session.get(f"{origin}/oauth/v2/authorize", params=asked, allow_redirects=False) as page:
        where = page.headers.get("Location")
        if where is None:
            where = await _choose_first(session, origin, await page.text())
    back = parse_qs(urlsplit(where).query)
    assert back["state"] == ["s1"]
    form = {**CLIENT, "code": back["code"][0], "redirect_uri": BACK}
    async with session.post(f"{origin}/api/oauth.v2.access", data=form) as answer:
        first: Json = await answer.json()
    async with session.post(f"{origin}/api/oauth.v2.access", data=form) as answer:
        again: Json = await answer.json()
    told = {"access_token", "bot_user_id", "scope", "team", "authed_user", "app_id"} & set(first)
    return {"first": (first["ok"], sorted(told), first["token_type"]), "again": (again["ok"], again["error"])}


async def _choose_first(session: aiohttp.ClientSession, origin: str, page: str) -> str:
    """Choose the first person on emulate's page."""
    import selectolax.lexbor

    form = selectolax.lexbor.LexborHTMLParser(page).css_first("form")
    assert form is not None, page
    fields = {str(i.attributes["name"]): i.attributes.get("value") or "" for i in form.css("input[name]")}
    button = form.css_first("button[name]")
    if button is not None:
        fields[str(button.attributes["name"])] = button.attributes.get("value") or ""
    action = f"{origin}{form.attributes['action']}"
    async with session.post(action, data=fields, allow_redirects=False) as answer:
        return str(answer.headers["Location"])


@pytest.fixture(scope="session")
def npm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emulate")


@pytest.fixture
async def emulate(npm_folder: Path) -> AsyncIterator[str]:
    """The origin of a running emulate."""
    install_it = await asyncio.create_subprocess_exec(
        "npm", "install", "--no-audit", "--no-fund", "--prefix", str(npm_folder), *PACKAGES
    )
    assert await install_it.wait() == 0
    (npm_folder / "seed.yaml").write_text(json.dumps(SEED), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    modules = npm_folder / "node_modules"
    process = await asyncio.create_subprocess_exec(
        str(modules / ".bin" / "node"),
        str(modules / "emulate" / "dist" / "index.js"),
        *("start", "--service", "slack", "--port", str(port), "--seed", str(npm_folder / "seed.yaml")),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.post(f"http://127.0.0.1:{port}/api/api.test"):
                        break
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def test_both_give_the_same_answers(emulate: str) -> None:
    async with FakeSlack() as fake, aiohttp.ClientSession() as session:
        team = await fake.stage.team("Acme", scopes=RICH)
        poor = await fake.stage.team("Poor", scopes=POOR)
        own = (await fake.stage.channel(team["id"], "nlp", with_bot=True))["id"]
        theirs = caller(session, emulate, "xoxb-rich")
        listed = (await theirs("conversations.list"))["channels"]

        assert await script(caller(session, fake.origin, team["bot_token"]), own) == await script(
            theirs, listed[0]["id"]
        )
        without = [(fake.origin, poor["bot_token"]), (emulate, "xoxb-poor")]
        ours, others = [await caller(session, *each)("chat.postMessage", channel="C1", text="x") for each in without]
        assert ours == others == {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": POOR[0]}
        assert await install(session, fake.origin, {"team": team["id"]}) == await install(session, emulate, {})
