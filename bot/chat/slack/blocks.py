"""Block Kit, as far as it is used here. Whatever a stranger wrote goes through `part_*` or `plain`, never mrkdwn."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.chat.slack.text import fit, one_line, safe_url

Json = dict[str, Any]

#: Limits of https://docs.slack.dev/reference/block-kit.
BLOCKS_MOST = 50
SECTION_MOST = 3000
HEADER_MOST = 150
BUTTON_MOST = 75
OPTION_MOST = 75
OPTIONS_MOST = 100
ACTIONS_MOST = 25
ALT_MOST = 2000
#: Every action of ours starts with this; the rest keeps ids apart within a message.
PRESS = "press"
LINK = "link"
_SPAN = re.compile(r"`([^`\n]+)`|(https?://[^\s`<>]+[^\s`<>.,;:!?)\]])")


def plain(text: str, most: int) -> Json:
    """Return a text Slack shows as it is, colons included."""
    return {"type": "plain_text", "text": fit(text, most) or " ", "emoji": False}


def part_text(text: str, *, bold: bool = False, code: bool = False) -> Json:
    """Return literal text for a rich text; it must not be empty."""
    style = {name: True for name, wanted in (("bold", bold), ("code", code)) if wanted}
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def part_link(url: str | None, text: str, *, bold: bool = False) -> Json:
    """Return a link, or the bare text where the address is not one to link to."""
    safe = safe_url(url)
    if safe is None:
        return part_text(text, bold=bold)
    return {"type": "link", "url": safe, "text": text} | ({"style": {"bold": True}} if bold else {})


def part_date(moment: datetime) -> Json:
    """Return a date each reader sees in their own zone and words; it never goes stale like a written-out age."""
    return {
        "type": "date",
        "timestamp": int(moment.timestamp()),
        "format": "{date_short_pretty}",
        "fallback": moment.date().isoformat(),
    }


def parts_of(text: str) -> list[Json]:
    """Return our own words as rich text: spans between backticks are code, addresses are links, all else literal."""
    parts, at = [], 0
    for span in _SPAN.finditer(text):
        if span.start() > at:
            parts.append(part_text(text[at : span.start()]))
        parts.append(part_text(span[1], code=True) if span[1] else part_link(span[2], span[2]))
        at = span.end()
    if at < len(text):
        parts.append(part_text(text[at:]))
    return parts


def rich(*groups: Json) -> Json:
    return {"type": "rich_text", "elements": list(groups)}


def line(parts: Iterable[Json]) -> Json:
    return {"type": "rich_text_section", "elements": list(parts)}


def bullets(items: Iterable[Sequence[Json]]) -> Json:
    return {"type": "rich_text_list", "style": "bullet", "elements": [line(item) for item in items]}


def section(text: str, accessory: Json | None = None) -> Json:
    block: Json = {"type": "section", "text": plain(text, SECTION_MOST)}
    return block if accessory is None else block | {"accessory": accessory}


def context(text: str) -> Json:
    return {"type": "context", "elements": [plain(text, SECTION_MOST)]}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(one_line(text), HEADER_MOST)}


def button(number: int, label: str, action: str, style: str = "plain", url: str | None = None) -> Json:
    """Return a button; one with an address opens it and asks nothing of us."""
    block: Json = {"type": "button", "text": plain(one_line(label), BUTTON_MOST)}
    if url is not None:
        return block | {"action_id": f"{LINK}.{number}", "url": url}
    block |= {"action_id": f"{PRESS}.{number}", "value": action}
    return block if style == "plain" else block | {"style": style}


def menu(options: Iterable[tuple[str, str]]) -> Json:
    """Return the `⋯` menu of (label, action)."""
    return {
        "type": "overflow",
        "action_id": f"{PRESS}.menu",
        "options": [{"text": plain(label, OPTION_MOST), "value": action} for label, action in options],
    }


def image(url: str, alt: str) -> Json:
    return {"type": "image", "image_url": url, "alt_text": fit(one_line(alt), ALT_MOST)}
