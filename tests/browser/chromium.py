"""A real Chromium, driven by its own DevTools protocol over a WebSocket: no driver program, no dependency."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from typing import Any, Literal

from aiohttp import ClientSession, ClientWebSocketResponse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root in a container has no other way
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    # Without these it looks up its maker's hosts at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
PATIENCE = 15.0
Theme = Literal["light", "dark"]


def find_chromium() -> str | None:
    """Return the browser to use: CHROMIUM if set, else the first found; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab. Raises AssertionError, with what the page said, where something does not happen in time."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        #: Errors of scripts, refused loads and broken rules of the content security policy.
        self.complaints: list[str] = []
        self._listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for frame in self._socket:
            said = json.loads(frame.data)
            if (answer := self._waiting.pop(said.get("id", 0), None)) is not None:
                answer.set_result(said)
            elif said.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(said["params"]["exceptionDetails"])[:500])
            elif said.get("method") == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
                self.complaints.append(f"{said['params']['entry']['text']} {said['params']['entry'].get('url', '')}")

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command of the protocol and return its result."""
        answer = await asyncio.wait_for(self._answer(method, **parameters), PATIENCE)
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    async def _answer(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        return await self._waiting[number]

    async def prepare(self) -> None:
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")

    async def look(self, width: int, height: int, theme: Theme = "light", *, phone: bool = False) -> None:
        """Take on a size and a colour scheme."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )
        features = [{"name": "prefers-color-scheme", "value": theme}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def open(self, url: str) -> None:
        """Load *url* anew, also where only the part after the # differs from what is shown."""
        await self.call("Page.navigate", url="about:blank")
        answer = await self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def evaluate(self, script: str) -> Any:
        """Return the value of a script, awaited."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str, patience: float = PATIENCE) -> None:
        """Return once *script* is true; the page itself looks again and again."""
        look = f"const look = () => ({script}) ? done() : setTimeout(look, 40); look();"
        try:
            async with asyncio.timeout(patience):
                while not await self._came_true(f"new Promise(done => {{ {look} }})"):
                    pass
        except TimeoutError:
            text = await self.evaluate("document.body.innerText")
            raise AssertionError(f"Never true: {script}\n{text[-1500:]}\n{self.complaints}") from None

    async def _came_true(self, promise: str) -> bool:
        """Await a promise; False where the page it was made in went away meanwhile, and another one is there."""
        answer = await self._answer("Runtime.evaluate", expression=promise, awaitPromise=True)
        if "error" in answer:
            return False
        assert "exceptionDetails" not in answer["result"], answer
        return True

    async def type(self, text: str) -> None:
        """Type into what has the focus, key by key as a person would."""
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="char", text=character)

    async def press(self, key: str, *, modifiers: int = 0) -> None:
        """Press a named key: Enter, Tab, Escape, ArrowUp, ArrowDown."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40}
        common = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}
        text = {"text": "\r"} if key == "Enter" else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def click(self, selector: str) -> None:
        """Click the middle of the first element that *selector* names."""
        named = f"document.querySelector({json.dumps(selector)})"
        await self.until(named)
        await self.evaluate(f"{named}.scrollIntoView({{block: 'nearest'}})")
        box = await self.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({named}.getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    async def picture(self) -> bytes:
        """Return a PNG of what is seen."""
        answer = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    async def close(self) -> None:
        await self._socket.close()
        await self._listener


@contextlib.asynccontextmanager
async def chromium(program: str) -> AsyncIterator[Page]:
    """Start a browser with a profile of its own and give its one tab; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tidings-chromium-") as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stderr is not None
        chatter: asyncio.Task[bytes] | None = None
        try:
            port = await _port(process.stderr)
            chatter = asyncio.create_task(process.stderr.read())
            async with ClientSession() as client:
                page = await _tab(client, port)
                try:
                    yield page
                finally:
                    await page.close()
        finally:
            # All of its processes; each holds stderr open until it is gone, and only then may the profile be removed.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            if chatter is not None:
                await chatter


async def _port(said: asyncio.StreamReader) -> int:
    async with asyncio.timeout(60):
        async for line in said:
            if match := re.search(rb"DevTools listening on ws://[^:]+:(\d+)/", line):
                return int(match[1])
    raise AssertionError("Chromium ended before it listened.")


async def _tab(client: ClientSession, port: int) -> Page:
    async with client.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
        tab = await answer.json()
    page = Page(await client.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0))
    await page.prepare()
    return page
