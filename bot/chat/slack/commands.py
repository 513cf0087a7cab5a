"""From what Slack sends to what the core is asked. Pure: the tenant comes from the signed payload alone."""

from dataclasses import dataclass
from typing import Any

from bot.chat.slack.installations import PLATFORM
from bot.chat.slack.replies import FormOrigin, form_values
from bot.domain.model import Channel, MessageRef

Json = dict[str, Any]
#: A Home tab has no channel: its buttons name theirs in their block.
_HOME_BLOCK = "home:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who does something, as Slack signed it."""

    user: str
    name: str
    #: The person's own workspace; another one where a channel is shared.
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command, a click or a form, before anybody's rights were looked up."""

    channel: Channel
    channel_name: str
    who: Who
    #: What was typed; None for clicks and forms.
    text: str | None = None
    action: str = ""
    values: dict[str, str] | None = None
    message: MessageRef | None = None
    response_url: str = ""
    trigger: str = ""
    #: A click in the Home tab: no place for an answer but the tab itself.
    in_home: bool = False


def read_command(payload: Json) -> Asked:
    """Return what a slash command asks: `/subscribe nlp`."""
    return Asked(
        channel=Channel(platform=PLATFORM, workspace=payload["team_id"], id=payload["channel_id"]),
        channel_name=payload.get("channel_name", ""),
        who=Who(user=payload["user_id"], name=payload.get("user_name", ""), home=payload["team_id"]),
        text=f"{payload['command']} {unescape(payload.get('text', ''))}".strip(),
        response_url=payload.get("response_url", ""),
        trigger=payload.get("trigger_id", ""),
    )


def read_click(payload: Json) -> Asked:
    """Return what a button or a menu entry asks."""
    pressed = payload["actions"][0]
    action = pressed.get("value") or (pressed.get("selected_option") or {}).get("value", "")
    in_home = "channel" not in payload
    place = pressed.get("block_id", "").removeprefix(_HOME_BLOCK).partition(":")[0] if in_home else ""
    return Asked(
        channel=_channel(payload, place),
        channel_name=payload.get("channel", {}).get("name", ""),
        who=_who(payload),
        action=action,
        message=None if in_home else _message_of(payload),
        response_url=payload.get("response_url", ""),
        trigger=payload.get("trigger_id", ""),
        in_home=in_home,
    )


def read_form(payload: Json) -> Asked:
    """Return what a form that was sent asks."""
    origin = FormOrigin.loads(payload["view"]["private_metadata"])
    return Asked(
        channel=_channel(payload, origin.channel),
        channel_name=origin.channel_name,
        who=_who(payload),
        action=origin.action,
        values=form_values(payload["view"]["state"]),
        response_url=origin.response_url,
    )


def read_shortcut(payload: Json) -> Asked:
    """Return what the shortcut on a message asks: to show that message's menu."""
    return Asked(
        channel=_channel(payload),
        channel_name=payload.get("channel", {}).get("name", ""),
        who=_who(payload),
        message=MessageRef(payload["message"]["ts"]),
        response_url=payload.get("response_url", ""),
        trigger=payload.get("trigger_id", ""),
    )


def home_block(channel: Channel, number: int) -> str:
    """Return the block id that says for which channel a Home button stands."""
    return f"{_HOME_BLOCK}{channel.id}:{number}"


def unescape(text: str) -> str:
    """Undo Slack's three entities, and no others: `&amp;amp;` is `&amp;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _channel(payload: Json, place: str = "") -> Channel:
    return Channel(platform=PLATFORM, workspace=payload["team"]["id"], id=place or payload["channel"]["id"])


def _who(payload: Json) -> Who:
    user = payload["user"]
    name = user.get("username") or user.get("name") or ""
    return Who(user=user["id"], name=name, home=user.get("team_id") or payload["team"]["id"])


def _message_of(payload: Json) -> MessageRef | None:
    """Return the message with the button; an ephemeral answer is none that anybody else sees."""
    container = payload.get("container") or {}
    ts = container.get("message_ts")
    return None if container.get("is_ephemeral") or not ts else MessageRef(ts)
