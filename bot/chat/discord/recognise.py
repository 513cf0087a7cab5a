"""Is that message in the channel the one an earlier attempt sent? Pure."""

import re
from typing import Any

from bot.domain.hygiene import clean

Json = dict[str, Any]
MASKED = re.compile(r"\]\((https?://[^\s)]+)\)")


def is_ours(found: Json, body: Json, key: str) -> bool:
    """Say whether *found*, read from a channel, is what sending *body* with *key* shows.

    An announcement is unique in its channel and so are its menu and its address: one of them in common decides. A
    message without either (a notice) is known by its text.
    """
    if found.get("nonce") is not None:
        return str(found["nonce"]) == key
    signs = signs_of(body)
    if signs:
        return bool(signs & signs_of(found))
    return texts_of(body) == texts_of(found)


def signs_of(body: Json) -> frozenset[str]:
    """Return what only this message has: the values of its menu, the addresses it links to."""
    signs: set[str] = set()
    for row in body.get("components") or []:
        for part in row.get("components") or []:
            signs |= {str(option["value"]) for option in part.get("options") or []}
            # The select's own id is the same in every message.
            signs |= {str(part["custom_id"])} if ":" in str(part.get("custom_id") or "") else set()
    for embed in body.get("embeds") or []:
        signs |= {embed["url"]} if embed.get("url") else set()
        signs |= set(MASKED.findall(embed.get("description") or ""))
    return frozenset(signs)


def texts_of(body: Json) -> tuple[str, ...]:
    """Return the words, without the spaces that Discord trims."""
    embeds = body.get("embeds") or []
    texts = [body.get("content"), *(embed.get(part) for embed in embeds for part in ("title", "description"))]
    return tuple(clean(text or "").strip() for text in texts)
