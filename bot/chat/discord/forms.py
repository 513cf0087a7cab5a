"""Forms as Discord's modals, and what people filled in."""

from collections.abc import Mapping
from typing import Any

import discord

from bot.chat.discord.aims import MOST_FIELDS
from bot.chat.discord.text import as_it_is, fit
from bot.domain.hygiene import one_line
from bot.domain.reply import Field, Form

Json = dict[str, Any]
TITLE, LABEL, HINT, CHOICE, VALUE = 43, 43, 95, 95, 4000
#: Long enough to fill in; then the library forgets the modal. Sending it is answered even after that.
PATIENCE = 900.0


def modal_of(form: Form) -> discord.ui.Modal:
    """Return the form as a modal. What is sent comes back as an interaction of its own, also after a restart."""
    modal = discord.ui.Modal(title=_cut(form.title, TITLE) or "…", custom_id=form.action[:100], timeout=PATIENCE)
    for field in form.fields[:MOST_FIELDS]:
        item = _select(field) if field.choices else _input(field)
        hint = _cut(field.hint, HINT) or None
        modal.add_item(discord.ui.Label(text=_cut(field.label, LABEL) or "…", description=hint, component=item))
    return modal


def _input(field: Field) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id=field.name, default=field.value[:VALUE] or None, required=field.required, max_length=VALUE
    )


def _select(field: Field) -> discord.ui.Select[Any]:
    chosen = field.value.split(",") if field.many else [field.value]
    options = [
        discord.SelectOption(label=_cut(c.label, CHOICE) or c.value, value=c.value, default=c.value in chosen)
        for c in field.choices[:25]
    ]
    return discord.ui.Select(
        custom_id=field.name,
        options=options,
        required=field.required,
        min_values=1 if field.required else 0,
        max_values=len(options) if field.many else 1,
    )


def values_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Read what was sent: one text for each field, several choices joined by commas."""
    values: dict[str, str] = {}
    for top in data.get("components") or []:
        for part in top.get("components") or [top.get("component") or {}]:
            if "custom_id" in part:
                many = part.get("values")
                values[str(part["custom_id"])] = str(part.get("value") or "") if many is None else ",".join(many)
    return values


def _cut(text: str, most: int) -> str:
    return fit(one_line(text), most, as_it_is)
