"""What one person is answered, and the forms they fill in. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from bot.chat.slack.blocks import (
    ACTIONS_MOST,
    OPTION_MOST,
    OPTIONS_MOST,
    Json,
    button,
    header,
    line,
    parts_of,
    plain,
    rich,
)
from bot.chat.slack.render import cards
from bot.chat.slack.text import fit_escaped, safe_url
from bot.domain.language import Language
from bot.domain.reply import Button, Choice, Field, Form, Reply

FORM = "form"
_TITLE_MOST = 24
_LABEL_MOST = 2000
_TEXT_MOST = 3000
_GROUP_LABEL = 30


def render_reply(reply: Reply) -> Json:
    """Return what a response_url or chat.postEphemeral is given."""
    blocks = list(_blocks(reply))
    text = fit_escaped(reply.text, _TEXT_MOST) or reply.say("Done.")
    return {"text": text, "blocks": blocks} if blocks else {"text": text}


def _blocks(reply: Reply) -> Iterator[Json]:
    if reply.text:
        yield rich(line(parts_of(reply.text)))
    if reply.posts:
        yield cards(reply.say, reply.posts)
    yield from action_rows(reply.buttons)


def action_rows(buttons: Iterable[Button]) -> Iterator[Json]:
    """Yield rows of buttons; ids are unique within the message."""
    shown = [_button(number, each) for number, each in enumerate(buttons)]
    for at in range(0, len(shown), ACTIONS_MOST):
        yield {"type": "actions", "elements": shown[at : at + ACTIONS_MOST]}


def _button(number: int, each: Button) -> Json:
    return button(number, each.label, each.action, each.style, safe_url(each.url))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOrigin:
    """Where a form came from: carried by the form itself, which only this app writes and Slack signs."""

    action: str
    channel: str
    channel_name: str = ""
    response_url: str = ""

    def dumps(self) -> str:
        return json.dumps([self.action, self.channel, self.channel_name, self.response_url])

    @classmethod
    def loads(cls, text: str) -> Self:
        action, channel, channel_name, response_url = json.loads(text)
        return cls(action=action, channel=channel, channel_name=channel_name, response_url=response_url)


def render_form(say: Language, form: Form, origin: FormOrigin) -> Json:
    """Return a form as a modal."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": origin.dumps(),
        "title": plain(form.title, _TITLE_MOST),
        "submit": plain(form.submit, _TITLE_MOST),
        "close": plain(say("Cancel"), _TITLE_MOST),
        "blocks": list(_inputs(form)),
    }


def _inputs(form: Form) -> Iterator[Json]:
    group = ""
    for field in form.fields:
        if field.group != group:
            group = field.group
            yield header(group)
        yield _input(field)


def _input(field: Field) -> Json:
    block: Json = {
        "type": "input",
        "block_id": field.name,
        "optional": not field.required,
        "label": plain(field.label, _LABEL_MOST),
        "element": _select(field) if field.choices else _entry(field),
    }
    return block | ({"hint": plain(field.hint, _LABEL_MOST)} if field.hint else {})


def _entry(field: Field) -> Json:
    element: Json = {"type": "plain_text_input", "action_id": field.name}
    return element | ({"initial_value": field.value} if field.value else {})


def _select(field: Field) -> Json:
    kind = "multi_static_select" if field.many else "static_select"
    element: Json = {"type": kind, "action_id": field.name}
    options = [_option(choice) for choice in field.choices]
    if len(options) <= OPTIONS_MOST:
        element["options"] = options
    else:
        groups = [options[at : at + OPTIONS_MOST] for at in range(0, len(options), OPTIONS_MOST)]
        element["option_groups"] = [{"label": _span_of(group), "options": group} for group in groups]
    return element | _chosen(field, options)


def _option(choice: Choice) -> Json:
    return {"text": plain(choice.label, OPTION_MOST), "value": choice.value}


def _span_of(group: list[Json]) -> Json:
    first, last = group[0]["text"]["text"], group[-1]["text"]["text"]
    return plain(f"{first[:_GROUP_LABEL]} – {last[:_GROUP_LABEL]}", OPTION_MOST)


def _chosen(field: Field, options: list[Json]) -> Json:
    wanted = {value.strip() for value in field.value.split(",")} if field.many else {field.value}
    chosen = [option for option in options if option["value"] in wanted]
    if not chosen:
        return {}
    return {"initial_options": chosen} if field.many else {"initial_option": chosen[0]}


def form_values(state: Json) -> dict[str, str]:
    """Return what a sent form holds, by field; several choices are joined by commas."""
    return {name: _value(held) for fields in state.get("values", {}).values() for name, held in fields.items()}


def _value(held: Json) -> str:
    if "selected_options" in held:
        return ", ".join(option["value"] for option in held["selected_options"] or ())
    if "selected_option" in held:
        return str((held["selected_option"] or {}).get("value", ""))
    return str(held.get("value") or "")
