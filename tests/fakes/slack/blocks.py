"""What Slack refuses in blocks and views, and whom a message would ping.

The limits are those of https://docs.slack.dev/reference/block-kit (read November 2026). Each rule has a
case that breaks it in tests/chat/slack/test_fake_blocks.py.
"""

import re
from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.world import ApiError, Json

#: block type -> its allowed keys besides type and block_id
_BLOCKS: dict[str, set[str]] = {
    "section": {"text", "fields", "accessory", "expand"},
    "context": {"elements"},
    "actions": {"elements"},
    "header": {"text"},
    "divider": set(),
    "image": {"image_url", "alt_text", "title"},
    "rich_text": {"elements"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "markdown": {"text"},
}
#: element type -> its allowed keys besides type and action_id
_ELEMENTS: dict[str, set[str]] = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "image": {"image_url", "alt_text"},
    "static_select": {
        "options",
        "option_groups",
        "placeholder",
        "initial_option",
        "confirm",
        "focus_on_load",
    },
    "multi_static_select": {
        "options",
        "option_groups",
        "placeholder",
        "initial_options",
        "max_selected_items",
    },
    "external_select": {"placeholder", "min_query_length", "initial_option"},
    "multi_external_select": {"placeholder", "min_query_length", "initial_options", "max_selected_items"},
    "conversations_select": {
        "placeholder",
        "default_to_current_conversation",
        "filter",
        "response_url_enabled",
    },
    "checkboxes": {"options", "initial_options"},
    "radio_buttons": {"options", "initial_option"},
    "plain_text_input": {"placeholder", "initial_value", "multiline", "min_length", "max_length"},
}
_IN_SECTION = set(_ELEMENTS) - {"plain_text_input"}
_IN_ACTIONS = set(_ELEMENTS) - {"plain_text_input", "image", "multi_static_select", "multi_external_select"}
_IN_INPUT = set(_ELEMENTS) - {"button", "overflow", "image"}
_RICH_PARTS: dict[str, set[str]] = {
    "text": {"text"},
    "link": {"url", "text", "unsafe"},
    "emoji": {"name", "unicode"},
    "user": {"user_id"},
    "usergroup": {"usergroup_id"},
    "channel": {"channel_id"},
    "broadcast": {"range"},
    "date": {"timestamp", "format", "url", "fallback"},
}
_RICH_GROUPS = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}


def check_blocks(blocks: Any, *, most: int = 50, surface: str = "message") -> list[str]:
    """Return everything that is wrong with the blocks, as Slack words it: what and where."""
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    wrong: list[str] = []
    if len(blocks) > most:
        wrong.append(f"no more than {most} items allowed [json-pointer:/blocks]")
    for number, block in enumerate(blocks):
        wrong += [f"{what} [json-pointer:/blocks/{number}]" for what in _wrong_in_block(block, surface)]
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    wrong += [f"block_id {twice} is used twice" for twice in {i for i in ids if ids.count(i) > 1}]
    if sum(len(b.get("text", "")) for b in blocks if isinstance(b, dict) and b.get("type") == "markdown") > 12_000:
        wrong.append("markdown blocks hold more than 12000 characters together")
    return wrong


def require_blocks(blocks: Any, *, most: int = 50, surface: str = "message") -> None:
    """Refuse what Slack would refuse."""
    if wrong := check_blocks(blocks, most=most, surface=surface):
        raise ApiError("invalid_blocks", errors=wrong, response_metadata={"messages": [f"[ERROR] {w}" for w in wrong]})


def check_view(view: Any, kind: str) -> list[str]:
    """Return everything that is wrong with a modal or an App Home."""
    if not isinstance(view, dict) or view.get("type") != kind:
        return [f"must be a view of type {kind}"]
    wrong = check_blocks(view.get("blocks"), most=100, surface=kind)
    if kind == "modal":
        wrong += _text(view.get("title"), 24, "title", plain=True)
        for name in ("submit", "close"):
            wrong += _text(view[name], 24, name, plain=True) if name in view else []
        has_input = any(block.get("type") == "input" for block in view["blocks"])
        wrong += ["a modal with an input needs submit"] if has_input and "submit" not in view else []
    wrong += ["private_metadata longer than 3000"] if len(view.get("private_metadata", "")) > 3000 else []
    wrong += ["callback_id longer than 255"] if len(view.get("callback_id", "")) > 255 else []
    return wrong


def _wrong_in_block(block: Any, surface: str) -> Iterator[str]:
    if not isinstance(block, dict) or block.get("type") not in _BLOCKS:
        yield f"unsupported type: {block.get('type') if isinstance(block, dict) else block!r}"
        return
    kind = block["type"]
    if kind == "input" and surface == "message":
        yield "unsupported type: input"
    if len(block.get("block_id", "")) > 255:
        yield "block_id longer than 255"
    if extra := set(block) - _BLOCKS[kind] - {"type", "block_id"}:
        yield f"additional properties {sorted(extra)}"
    yield from _CHECKS[kind](block)
    yield from _twice([e.get("action_id") for e in elements(block)], "action_id")


def elements(block: Json) -> list[Json]:
    """Return the interactive elements and images a block holds."""
    held = [block.get("accessory"), block.get("element")]
    held += block["elements"] if block["type"] in ("actions", "context") else []
    return [e for e in held if isinstance(e, dict) and e.get("type") not in ("mrkdwn", "plain_text")]


def _twice(ids: list[Any], what: str) -> Iterator[str]:
    for seen in {i for i in ids if i is not None and ids.count(i) > 1}:
        yield f"{what} {seen} is used twice"


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield "a section needs text or fields"
    if "text" in block:
        yield from _text(block["text"], 3000, "text")
    fields = block.get("fields", [])
    if len(fields) > 10:
        yield "no more than 10 fields"
    for one in fields:
        yield from _text(one, 2000, "field")
    if "accessory" in block:
        yield from _element(block["accessory"], _IN_SECTION)


def _context(block: Json) -> Iterator[str]:
    if not 1 <= len(block.get("elements", [])) <= 10:
        yield "a context holds 1 to 10 elements"
    for element in block.get("elements", []):
        if element.get("type") == "image":
            yield from _element(element, {"image"})
        else:
            yield from _text(element, 3000, "element")


def _actions(block: Json) -> Iterator[str]:
    if not 1 <= len(block.get("elements", [])) <= 25:
        yield "actions hold 1 to 25 elements"
    for element in block.get("elements", []):
        yield from _element(element, _IN_ACTIONS)


def _image(block: Json) -> Iterator[str]:
    yield from _image_url(block)
    if "title" in block:
        yield from _text(block["title"], 2000, "title", plain=True)


def _input(block: Json) -> Iterator[str]:
    yield from _text(block.get("label"), 2000, "label", plain=True)
    if "hint" in block:
        yield from _text(block["hint"], 2000, "hint", plain=True)
    yield from _element(block.get("element"), _IN_INPUT)


def _markdown(block: Json) -> Iterator[str]:
    if not isinstance(block.get("text"), str) or not block["text"]:
        yield "a markdown block needs text"


def _rich_text(block: Json) -> Iterator[str]:
    if not isinstance(block.get("elements"), list) or not block["elements"]:
        yield "a rich_text needs elements"
        return
    for group in block["elements"]:
        if not isinstance(group, dict) or group.get("type") not in _RICH_GROUPS:
            yield f"unsupported type: {group!r}"
        elif group["type"] == "rich_text_list":
            for item in group.get("elements", []):
                yield from _rich_section(item)
        else:
            yield from _rich_section(group)


def _rich_section(section: Json) -> Iterator[str]:
    for part in section.get("elements", []):
        kind = part.get("type")
        if kind not in _RICH_PARTS:
            yield f"unsupported type: {kind}"
        elif extra := set(part) - _RICH_PARTS[kind] - {"type", "style"}:
            yield f"additional properties {sorted(extra)}"
        elif kind == "text" and (not isinstance(part.get("text"), str) or not part["text"]):
            yield "must be more than 0 characters"
        elif kind == "link":
            yield from _url(part.get("url"), "url")
        elif kind == "date":
            # SlackNet issue 239: "must provide an integer" for a timestamp that is a string.
            if type(part.get("timestamp")) is not int:
                yield "must provide an integer"
            if "{" not in part.get("format", ""):
                yield "a date needs a format with a token"


def _element(element: Any, allowed: set[str]) -> Iterator[str]:
    if not isinstance(element, dict) or element.get("type") not in allowed:
        yield f"unsupported type: {element!r}"[:200]
        return
    kind = element["type"]
    if extra := set(element) - _ELEMENTS[kind] - {"type", "action_id"}:
        yield f"additional properties {sorted(extra)}"
    if len(element.get("action_id", "")) > 255:
        yield "action_id longer than 255"
    if kind == "image":
        yield from _image_url(element)
    elif kind == "button":
        yield from _button(element)
    elif "options" in element or "option_groups" in element:
        yield from _options(element, kind)
    if "placeholder" in element:
        yield from _text(element["placeholder"], 150, "placeholder", plain=True)


def _button(element: Json) -> Iterator[str]:
    yield from _text(element.get("text"), 75, "text", plain=True)
    if "url" in element:
        yield from _url(element["url"], "url")
    if len(element.get("value", "")) > 2000:
        yield "value longer than 2000"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"unsupported style: {element['style']}"


def _options(element: Json, kind: str) -> Iterator[str]:
    groups = [group["options"] for group in element.get("option_groups", [])] or [element.get("options", [])]
    most = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}.get(kind, 100)
    if len(groups) > 100:
        yield "no more than 100 option groups"
    for options in groups:
        if not 1 <= len(options) <= most:
            yield f"{kind} takes 1 to {most} options"
        for option in options:
            yield from _text(option.get("text"), 75, "option text", plain=kind not in ("checkboxes", "radio_buttons"))
            if not 1 <= len(option.get("value", "")) <= 150:
                yield "an option's value has 1 to 150 characters"
            if "description" in option:
                yield from _text(option["description"], 75, "description")


def _image_url(image: Json) -> Iterator[str]:
    yield from _url(image.get("image_url"), "image_url")
    if not isinstance(image.get("alt_text"), str) or len(image["alt_text"]) > 2000:
        yield "alt_text is missing or longer than 2000"


def _url(url: Any, name: str) -> Iterator[str]:
    if not isinstance(url, str) or not re.match(r"^(https?|slack|mailto):\S+$", url) or len(url) > 3000:
        yield f"{name} is no URL or longer than 3000"


def _text(text: Any, most: int, name: str, *, plain: bool = False) -> list[str]:
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(text, dict) or text.get("type") not in kinds:
        return [f"{name} must be a text of {' or '.join(kinds)}"]
    if not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= most:
        return [f"{name} must have 1 to {most} characters"]
    if extra := set(text) - {"type", "text", "emoji" if text["type"] == "plain_text" else "verbatim"}:
        return [f"{name}: additional properties {sorted(extra)}"]
    return []


_CHECKS = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "header": lambda block: iter(_text(block.get("text"), 150, "text", plain=True)),
    "divider": lambda _: iter(()),
    "image": _image,
    "rich_text": _rich_text,
    "input": _input,
    "markdown": _markdown,
}


def pings(text: str, blocks: list[Json] | None) -> list[str]:
    """Return whom a message pings: its mrkdwn is parsed, its rich text is taken literally."""
    found = _pings_in_mrkdwn(text)
    for part in _walk(blocks or []):
        if part.get("type") == "mrkdwn":
            found += _pings_in_mrkdwn(part["text"])
        elif part.get("type") == "broadcast":
            found.append(part["range"])
        elif part.get("type") in ("user", "usergroup"):
            found.append(part.get("user_id") or part["usergroup_id"])
    return found


def _pings_in_mrkdwn(text: str) -> list[str]:
    return [
        hit[1] or hit[2] or hit[3]
        for hit in re.finditer(r"<!(channel|here|everyone)\b[^>]*>|<@([UW]\w+)[^>]*>|<!subteam\^(\w+)[^>]*>", text)
    ]


def _walk(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from _walk(value)
