"""Errors reported to a Sentry of our own on loopback."""

import logging
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sentry_sdk

from bot.cli.redaction import Redactor
from bot.cli.sentry import report_errors

RECEIVED: list[str] = []


class _Sentry(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        zipped = self.headers.get("Content-Encoding") == "gzip"
        RECEIVED.append((zlib.decompress(body, 31) if zipped else body).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def dsn() -> Iterator[str]:
    RECEIVED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sentry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://public@127.0.0.1:{server.server_port}/1"
        sentry_sdk.get_client().close(timeout=5)
        sentry_sdk.get_global_scope().set_client(None)
        server.shutdown()
        thread.join()


def test_a_logged_error_is_reported_without_secrets_variables_and_people(dsn: str) -> None:
    report_errors(dsn, Redactor(["correct horse"]), "1.2")
    try:
        int("xoxb-1-canary and correct horse")
    except ValueError:
        logging.getLogger("bot.x").exception("sending failed", extra={"url": "https://u:canary@x.example/?k=canary"})
    sentry_sdk.flush(5)

    [event] = [text for text in RECEIVED if "sending failed" in text]
    assert "ValueError" in event
    assert "test_sentry.py" in event
    assert "canary" not in event
    assert "correct horse" not in event
