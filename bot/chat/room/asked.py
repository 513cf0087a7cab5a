"""What requests hold, taken apart: JSON bodies only, small ones, and every refusal a sentence in JSON."""

import json
from typing import Any

from aiohttp import web

Json = dict[str, Any]
#: More than any command or form of ours needs.
BODY_LIMIT = 16 * 1024


def refusal(kind: type[web.HTTPException], sentence: str, **headers: str) -> web.HTTPException:
    """Return an error answer that says *sentence* to programs and to the page alike."""
    return kind(text=json.dumps({"error": sentence}), content_type="application/json", headers=headers)


async def json_body(request: web.Request) -> Json:
    """Return the body's object. A form of another site cannot send this content type without asking first."""
    if request.content_type != "application/json":
        raise refusal(web.HTTPUnsupportedMediaType, "Send JSON, with Content-Type: application/json.")
    raw = await request.content.read(BODY_LIMIT + 1)
    while len(raw) <= BODY_LIMIT and (more := await request.content.read(BODY_LIMIT + 1)):
        raw += more
    if len(raw) > BODY_LIMIT:
        raise refusal(web.HTTPBadRequest, f"A body may have {BODY_LIMIT} bytes at most.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise refusal(web.HTTPBadRequest, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise refusal(web.HTTPBadRequest, "The body must be a JSON object.")
    return body


def text_of(body: Json, name: str) -> str:
    """Return a text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise refusal(web.HTTPBadRequest, f'The body needs a text "{name}".')
    return value


def number_of(value: str | None) -> int | None:
    """Return a number that may be missing; what is none is refused."""
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise refusal(web.HTTPBadRequest, "That must be a number.")
    return int(value)
