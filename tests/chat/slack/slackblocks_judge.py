"""Our blocks built anew by slackblocks, which checks Slack's limits in its own way."""

from collections.abc import Callable
from typing import Any

import slackblocks as sb

Json = dict[str, Any]


def rebuilt(block: Json) -> Json | None:
    """Return the block as slackblocks writes it; None for a rich text with a date, which it does not know."""
    if '"date"' in repr(block).replace("'", '"') and block["type"] == "rich_text":
        return None
    built = _BUILDERS[block["type"]](block)._resolve()
    found: Json = without_defaults({k: v for k, v in built.items() if k != "block_id"})
    return found


def without_defaults(part: Any) -> Any:
    """Return a part without what only says the default."""
    if isinstance(part, dict):
        kept = {k: v for k, v in part.items() if not (k == "emoji" and v is False) and k not in ("offset", "border")}
        return {k: without_defaults(v) for k, v in kept.items() if k != "block_id"}
    return [without_defaults(each) for each in part] if isinstance(part, list | tuple) else part


def _text(text: Json) -> sb.Text:
    return sb.Text(text["text"], type_=sb.TextType.PLAINTEXT, emoji=text["emoji"])


def _element(element: Json | None) -> Any:
    match element:
        case None:
            return None
        case {"type": "image"}:
            return sb.Image(image_url=element["image_url"], alt_text=element["alt_text"])
        case {"type": "overflow"}:
            options = [sb.Option(_text(option["text"]), option["value"]) for option in element["options"]]
            return sb.OverflowMenu(action_id=element["action_id"], options=options)
        case {"type": "button"}:
            return sb.Button(_text(element["text"]), action_id=element["action_id"], value=element["value"])
        case _:
            return _text(element)


def _rich(part: Json) -> Any:
    style = {name: True for name in part.get("style", {}) if isinstance(part.get("style"), dict)}
    match part["type"]:
        case "text":
            return sb.RichText(part["text"], **style)
        case "link":
            return sb.RichTextLink(part["url"], part["text"], **style)
        case "rich_text_list":
            return sb.RichTextList(part["style"], [_rich(item) for item in part["elements"]])
        case _:
            return sb.RichTextSection([_rich(each) for each in part["elements"]])


_BUILDERS: dict[str, Callable[[Json], Any]] = {
    "section": lambda b: sb.SectionBlock(_text(b["text"]), accessory=_element(b.get("accessory")), block_id="b"),
    "context": lambda b: sb.ContextBlock([_element(each) for each in b["elements"]], block_id="b"),
    "actions": lambda b: sb.ActionsBlock([_element(each) for each in b["elements"]], block_id="b"),
    "header": lambda b: sb.HeaderBlock(_text(b["text"]), block_id="b"),
    "rich_text": lambda b: sb.RichTextBlock([_rich(each) for each in b["elements"]], block_id="b"),
}
