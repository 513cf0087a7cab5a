"""Every documented limit of a message body: content, embeds, components, mentions, nonce, flags."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from tests.fakes.discord.answers import ApiError, Form, Json, units

SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 6, 1 << 12
ROW, BUTTON, SELECTS = 1, 2, (3, 5, 6, 7, 8)
LINK_BUTTON = 5
EMBED_KEYS = {
    "title", "type", "description", "url", "timestamp", "color", "footer", "image",
    "thumbnail", "author", "fields", "flags",
}  # fmt: skip


def check_message(body: Json, *, flags_allowed: int = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS) -> None:
    """Refuse what Discord refuses in a message's body."""
    form = Form()
    if body.get("content") is not None:
        form.length(("content",), body["content"], 2000)
    if body.get("nonce") is not None:
        form.length(("nonce",), str(body["nonce"]), 25)
    if body.get("flags", 0) & ~flags_allowed:
        form.refuse(("flags",), "INVALID_BITWISE_FLAG", "One or more of these flags is not allowed here.")
    check_embeds(form, body.get("embeds") or [])
    check_components(form, body.get("components") or [])
    check_mentions(form, body.get("allowed_mentions") or {})
    form.done()
    if not (body.get("content") or body.get("embeds") or body.get("components")):
        raise ApiError(400, 50006, "Cannot send an empty message")


def check_embeds(form: Form, embeds: list[Json]) -> None:
    form.count(("embeds",), embeds, 10)
    for number, embed in enumerate(embeds):
        _check_embed(form, ("embeds", number), embed)
    if sum(units(text.strip()) for embed in embeds for text in counted(embed)) > 6000:
        form.refuse(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def counted(embed: Json) -> Iterator[str]:
    """The texts that count towards the 6,000 characters over all embeds of a message."""
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield (embed.get("footer") or {}).get("text") or ""
    yield (embed.get("author") or {}).get("name") or ""
    for field in embed.get("fields") or []:
        yield field.get("name") or ""
        yield field.get("value") or ""


def _check_embed(form: Form, at: tuple[str | int, ...], embed: Json) -> None:
    for key in embed.keys() - EMBED_KEYS:
        form.refuse((*at, key), "UNKNOWN_KEY", "This key is not known.")
    for key, most in (("title", 256), ("description", 4096)):
        if embed.get(key) is not None:
            form.length((*at, key), embed[key], most)
    if "footer" in embed:
        form.length((*at, "footer", "text"), embed["footer"].get("text"), 2048, 1)
    if "author" in embed:
        form.length((*at, "author", "name"), embed["author"].get("name"), 256, 1)
    _check_embed_urls(form, at, embed)
    _check_embed_rest(form, at, embed)


def _check_embed_urls(form: Form, at: tuple[str | int, ...], embed: Json) -> None:
    places: list[tuple[tuple[str, ...], object]] = [(("url",), embed.get("url"))]
    for part, keys in (
        ("image", ("url",)), ("thumbnail", ("url",)), ("author", ("url", "icon_url")), ("footer", ("icon_url",)),
    ):  # fmt: skip
        places += [((part, key), (embed.get(part) or {}).get(key)) for key in keys]
    for path, url in places:
        if url is None:
            continue
        form.length((*at, *path), url, 2048)
        if isinstance(url, str) and not _is_web(url):
            form.refuse((*at, *path), "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(c.isspace() for c in url)


def _check_embed_rest(form: Form, at: tuple[str | int, ...], embed: Json) -> None:
    fields = embed.get("fields") or []
    form.count((*at, "fields"), fields, 25)
    for number, field in enumerate(fields):
        form.length((*at, "fields", number, "name"), field.get("name"), 256, 1)
        form.length((*at, "fields", number, "value"), field.get("value"), 1024, 1)
    if not 0 <= (embed.get("color") or 0) <= 0xFFFFFF:
        form.refuse((*at, "color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    try:
        datetime.fromisoformat(embed.get("timestamp") or "2015-05-13")
    except ValueError:
        form.refuse((*at, "timestamp"), "DATE_TIME_TYPE_PARSE", "Could not parse. Should be ISO8601.")
    if not any(text.strip() for text in counted(embed)) and not (embed.get("image") or embed.get("thumbnail")):
        form.refuse((*at, "description"), "BASE_TYPE_REQUIRED", "This field is required")


def check_components(form: Form, rows: list[Json]) -> None:
    form.count(("components",), rows, 5)
    seen: set[str] = set()
    for number, row in enumerate(rows):
        at = ("components", number)
        children = row.get("components") or []
        if row.get("type") != ROW or not children:
            form.refuse((*at, "type"), "UNION_TYPE_CHOICES", "Value of field must be an action row.")
            continue
        alone = any(child.get("type") in SELECTS for child in children)
        form.count((*at, "components"), children, 1 if alone else 5)
        for place, child in enumerate(children):
            _check_component(form, (*at, "components", place), child, seen)


def _check_component(form: Form, at: tuple[str | int, ...], child: Json, seen: set[str]) -> None:
    if child.get("type") == BUTTON and child.get("style") == LINK_BUTTON:
        form.length((*at, "url"), child.get("url"), 512, 1)
        if "custom_id" in child:
            form.refuse((*at, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_WITH_URL", "A link has no custom id.")
    elif child.get("type") in (BUTTON, *SELECTS):
        form.length((*at, "custom_id"), child.get("custom_id"), 100, 1)
        if child.get("custom_id") in seen:
            form.refuse((*at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Custom id cannot be duplicated")
        seen.add(str(child.get("custom_id")))
    else:
        form.refuse((*at, "type"), "UNION_TYPE_CHOICES", "Value of field is not a component of a row.")
    if child.get("type") == BUTTON and not child.get("emoji"):
        form.length((*at, "label"), child.get("label"), 80, 1)
    if child.get("type") == SELECTS[0]:
        _check_select(form, at, child)


def _check_select(form: Form, at: tuple[str | int, ...], select: Json) -> None:
    form.length((*at, "placeholder"), select.get("placeholder") or "", 150)
    options = select.get("options") or []
    if not 1 <= len(options) <= 25:
        form.refuse((*at, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    for number, option in enumerate(options):
        for key, least in (("label", 1), ("value", 1), ("description", 0)):
            text = option.get(key) if least else option.get(key) or ""
            form.length((*at, "options", number, key), text, 100, least)


def check_mentions(form: Form, allowed: Json) -> None:
    parse = allowed.get("parse") or []
    for word in parse:
        if word not in ("roles", "users", "everyone"):
            form.refuse(("allowed_mentions", "parse"), "BASE_TYPE_CHOICES", "Value must be one of the kinds.")
    for kind in ("roles", "users"):
        form.count(("allowed_mentions", kind), allowed.get(kind) or [], 100)
        if kind in parse and allowed.get(kind):
            form.refuse(("allowed_mentions", kind), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "Either or.")


LABEL_COMPONENT, TEXT_INPUT = 18, 4


def check_modal(data: Json) -> None:
    """Refuse what Discord refuses in a form."""
    form = Form()
    form.length(("data", "title"), data.get("title"), 45, 1)
    form.length(("data", "custom_id"), data.get("custom_id"), 100, 1)
    labels = data.get("components") or []
    if not 1 <= len(labels) <= 5:
        form.refuse(("data", "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for number, label in enumerate(labels):
        at: tuple[str | int, ...] = ("data", "components", number)
        if label.get("type") != LABEL_COMPONENT:
            form.refuse((*at, "type"), "UNION_TYPE_CHOICES", "Value of field must be a label.")
            continue
        form.length((*at, "label"), label.get("label"), 45, 1)
        form.length((*at, "description"), label.get("description") or "", 100)
        _check_field(form, (*at, "component"), label.get("component") or {})
    form.done()


def _check_field(form: Form, at: tuple[str | int, ...], part: Json) -> None:
    form.length((*at, "custom_id"), part.get("custom_id"), 100, 1)
    if part.get("type") == TEXT_INPUT:
        form.length((*at, "value"), part.get("value") or "", part.get("max_length", 4000))
        form.length((*at, "placeholder"), part.get("placeholder") or "", 100)
    elif part.get("type") in SELECTS:
        _check_select(form, at, part)
        if part.get("min_values", 1) == 0 and part.get("required", True):
            form.refuse((*at, "min_values"), "BASE_TYPE_CHOICES", "What is required needs a value.")
    else:
        form.refuse((*at, "type"), "UNION_TYPE_CHOICES", "Value of field is not a component of a form.")
