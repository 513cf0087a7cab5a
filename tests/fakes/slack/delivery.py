"""What Slack sends to an app: signed over HTTP where there is a request URL, else through a socket."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.world import Json, World

#: Slack shows "operation_timeout" to the person after this.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How the app answered."""

    acked: bool
    status: int | None
    seconds: float
    body: Any

    def as_json(self) -> Json:
        return asdict(self)


class Delivery:
    """Sends commands, interactions and events."""

    def __init__(self, world: World, sockets: Sockets) -> None:
        self._world = world
        self._sockets = sockets

    async def deliver(self, kind: str, payload: Json, *, envelope_id: str | None = None) -> Delivered:
        """Send one thing, kind being slash_commands, interactive or events_api, and wait for its answer."""
        if self._world.request_url is None:
            return await self._by_socket(kind, payload, envelope_id)
        if kind == "events_api":
            return await self.by_http(json.dumps(payload).encode(), "application/json")
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        return await self.by_http(urlencode(form).encode(), "application/x-www-form-urlencoded")

    async def _by_socket(self, kind: str, payload: Json, envelope_id: str | None) -> Delivered:
        started = time.monotonic()
        answer = await self._sockets.send(kind, payload, seconds=PATIENCE, envelope_id=envelope_id)
        body = None if answer is None else answer.get("payload")
        return Delivered(acked=answer is not None, status=None, seconds=time.monotonic() - started, body=body)

    async def by_http(
        self,
        body: bytes,
        content_type: str,
        *,
        age: float = 0,
        secret: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Delivered:
        """Post a body, signed now or `age` seconds ago."""
        assert self._world.request_url is not None
        sent = {"Content-Type": content_type, **self.signature(body, age=age, secret=secret), **(headers or {})}
        started = time.monotonic()
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
                session.post(self._world.request_url, data=body, headers=sent) as answer,
            ):
                text = await answer.text()
                return Delivered(
                    acked=answer.status == 200,
                    status=answer.status,
                    seconds=time.monotonic() - started,
                    body=_read(text),
                )
        except (TimeoutError, aiohttp.ClientError):
            return Delivered(acked=False, status=None, seconds=time.monotonic() - started, body=None)

    def signature(self, body: bytes, *, age: float = 0, secret: str | None = None) -> dict[str, str]:
        """Return the headers that prove a body: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
        at = str(int(time.time() - age))
        key = (self._world.signing_secret if secret is None else secret).encode()
        signed = hmac.new(key, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signed}"}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
