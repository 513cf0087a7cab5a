"""A fake Slack: `async with FakeSlack() as slack`, or `python -m tests.fakes.slack_server --port N`.

In the process its scenes are changed and read through `slack.stage`; from elsewhere through
`Remote(origin)`, which has the same verbs. The bot reaches it by SLACK_API_URL. Loopback only.
"""

import argparse
import asyncio
import logging
import math
import time
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.fakes.slack.api import METHODS
from tests.fakes.slack.backstage import Backstage
from tests.fakes.slack.blocks import pings, require_blocks
from tests.fakes.slack.caller import Caller, parse_args
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.faults import Fault, go_wrong, refusal, too_many
from tests.fakes.slack.oauth import OAuth
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.world import ApiError, Call, Json, World

_ANSWERS_PER_URL = 5
_BODY_MAX = 4 * 1024 * 1024


class FakeSlack:
    """The server; `stage` is where a test acts."""

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self._port = port
        self.faults: list[Fault] = []
        self._sockets = Sockets(self.world)
        self._oauth = OAuth(self.world)
        self.delivery = Delivery(self.world, self._sockets)
        self.stage = Backstage(self.world, self._sockets, self.delivery, self.faults)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_BODY_MAX)
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._call),
                web.get("/socket", self._sockets.accept),
                web.get("/oauth/v2/authorize", self._oauth.authorize),
                web.post("/hooks/{answer_id}", self._answer),
                web.post("/_control/{verb}", self._control),
            ]
        )
        # A request that hangs on purpose must not hold up the end of a test.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.origin = self.stage.origin = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sockets.disconnect("link_disabled")
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """Return what SLACK_API_URL is set to."""
        return f"{self.origin}/api/"

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        token = _token(request, args)
        call = Call(method=method, token=token, args=args, at=time.time())
        self.world.calls.append(call)
        try:
            return await self._answer_call(request, call)
        except ApiError as error:
            call.answer = error.error
            return refusal(error)

    async def _answer_call(self, request: web.Request, call: Call) -> web.StreamResponse:
        team = self.world.team_by_token(call.token)
        team_id = None if team is None else team.id
        channel = call.args.get("channel")
        fault = next((f for f in self.faults if f.takes(call.method, team_id, channel)), None)

        async def take_effect() -> Json:
            return {"ok": True, **self._effect(request, call)}

        if fault is not None:
            call.answer = fault.kind
            return await go_wrong(fault, request, take_effect)
        if wait := self._too_soon(call):
            call.answer = "429"
            return too_many(wait)
        call.answer = "ok"
        return web.json_response(await take_effect())

    def _effect(self, request: web.Request, call: Call) -> Json:
        if call.method == "oauth.v2.access":
            return self._oauth.access(request, call.args)
        if call.method == "apps.connections.open":
            return self._open_connection(call)
        if not call.token:
            raise ApiError("not_authed")
        if call.token == self.world.app_token:
            raise ApiError("not_allowed_token_type")
        team = self.world.team_by_token(call.token)
        if team is None:
            raise ApiError("invalid_auth")
        if team.token_error is not None:
            raise ApiError(team.token_error)
        if call.method not in METHODS:
            raise ApiError("unknown_method", req_method=call.method)
        return METHODS[call.method](Caller(self.world, team, parse_args(call.args)))

    def _open_connection(self, call: Call) -> Json:
        if call.token != self.world.app_token:
            raise ApiError("invalid_auth" if call.token.startswith("xapp-") else "not_allowed_token_type")
        return {"url": f"ws{self.origin.removeprefix('http')}/socket?ticket={self._sockets.new_ticket()}"}

    def _too_soon(self, call: Call) -> int:
        """Return the seconds to wait for a channel that took too many posts or was read too often, else 0."""
        if call.method == "conversations.history" and self.world.history_every:
            left = self.world.history_read.get(call.token, 0.0) + self.world.history_every - self.world.time()
            if left <= 0:
                self.world.history_read[call.token] = self.world.time()
            return math.ceil(max(0.0, left))
        channel = self.world.channels.get(str(call.args.get("channel", "")))
        if call.method != "chat.postMessage" or channel is None:
            return 0
        window = self.world.posts_at_once / self.world.posts_per_second
        while channel.posted_at and call.at - channel.posted_at[0] > window:
            channel.posted_at.popleft()
        if len(channel.posted_at) >= self.world.posts_at_once:
            return max(1, round(channel.posted_at[0] + window - call.at))
        channel.posted_at.append(call.at)
        return 0

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Take what the app posts to a response_url: five times, for half an hour."""
        known = self.world.response_urls.get(request.match_info["answer_id"])
        if known is None or time.time() > known["until"]:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if len(known["answers"]) >= _ANSWERS_PER_URL:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        body = await request.json()
        try:
            if body.get("blocks"):
                require_blocks(body["blocks"])
        except ApiError as error:
            return web.json_response({"ok": False, **error.details, "error": error.error}, status=400)
        body["pings"] = pings(body.get("text", ""), body.get("blocks"))
        known["answers"].append(body)
        kind = body.get("response_type", "ephemeral")
        self.world.show(kind, known["user"], known["channel"], body)
        return web.Response(text="ok")

    async def _control(self, request: web.Request) -> web.StreamResponse:
        verb = getattr(self.stage, request.match_info["verb"], None)
        if verb is None or request.match_info["verb"].startswith("_"):
            return web.json_response({"error": "no such verb"}, status=404)
        try:
            return web.json_response(await verb(**(await request.json() if request.can_read_body else {})))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)


class Remote:
    """The backstage of a fake Slack in another process: `await remote.command(channel=..., ...)`."""

    def __init__(self, origin: str, session: aiohttp.ClientSession) -> None:
        self._origin = origin
        self._session = session

    async def do(self, verb: str, **arguments: Any) -> Any:
        """Run a verb there and return what it returns."""
        async with self._session.post(f"{self._origin}/_control/{verb}", json=arguments) as answer:
            body = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{verb}: {body['error']}")
            return body


async def _arguments(request: web.Request) -> Json:
    """Return query, form and JSON body together, as Slack reads them."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    elif request.method == "POST":
        args |= dict(await request.post())
    return args


def _token(request: web.Request, args: Json) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else str(args.pop("token", ""))


async def _serve(port: int) -> None:
    async with FakeSlack(port) as slack:
        print(slack.origin, flush=True)
        print(f"fake Slack: SLACK_API_URL={slack.api_url} SLACK_APP_TOKEN={slack.world.app_token}", flush=True)
        print("POST /_control/team makes a workspace and says its SLACK_BOT_TOKEN.", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve until stopped; print the address first."""
    parser = argparse.ArgumentParser(description="A fake Slack on loopback.")
    parser.add_argument("--port", type=int, default=0)
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
