"""Giving a reply to the person who asked: at once where it is there in time, else after telling Discord to wait."""

import logging
from typing import Any

import discord

from bot.chat.discord.buttons import view_of
from bot.chat.discord.forms import modal_of
from bot.chat.discord.replies import shown
from bot.domain.language import Language
from bot.domain.reply import Button, Form, Reply

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
ANSWERED_BEFORE = 40060
#: The interaction expired: Discord gives no way any more to tell the person anything.
TOO_LATE = (10062, ANSWERED_BEFORE, 10015, 50027)
NOBODY = discord.AllowedMentions.none()


async def show(interaction: Interaction, reply: Reply) -> None:
    """Answer an interaction that has not been answered yet, as far as we know."""
    try:
        await _show_first(interaction, reply)
    except discord.HTTPException as error:
        if error.code != ANSWERED_BEFORE or reply.form is not None:
            raise
        # Where Discord's answer to us was lost, the library asks again. Writing the same text again changes nothing.
        await interaction.edit_original_response(**_parts(reply))


async def promise(interaction: Interaction) -> None:
    """Tell Discord that the answer comes later; told so before, by a request whose answer was lost, is as good."""
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as error:
        if error.code != ANSWERED_BEFORE:
            raise


async def _show_first(interaction: Interaction, reply: Reply) -> None:
    if reply.form is not None and interaction.type is not discord.InteractionType.modal_submit:
        await interaction.response.send_modal(modal_of(reply.form))
        return
    parts = _parts(reply)
    if reply.replace and _stands_alone(interaction):
        await interaction.response.edit_message(**parts)
        return
    view = parts.pop("view")
    more: dict[str, Any] = {"view": view} if view is not None else {}
    # Addresses in our own text need no preview; suppressing them would hide our cards as well.
    more["suppress_embeds"] = not parts["embeds"]
    await interaction.response.send_message(**parts, **more, ephemeral=not reply.public)


async def show_late(interaction: Interaction, reply: Reply, again: str) -> None:
    """Fill in the answer that was promised; for one person only, since that was fixed when it was promised."""
    if reply.form is not None:
        reply = _form_later(reply.say, reply.form, again)
    if not reply.public:
        await interaction.edit_original_response(**_parts(reply))
        return
    await interaction.edit_original_response(content=reply.say("Done: see below."))
    parts = _parts(reply)
    view = parts.pop("view")
    more: dict[str, Any] = {"view": view} if view is not None else {}
    await interaction.followup.send(**parts, **more, ephemeral=False)


def _parts(reply: Reply) -> dict[str, Any]:
    seen = shown(reply)
    return {
        "content": seen.content or None,
        "embeds": [discord.Embed.from_dict(embed) for embed in seen.embeds],
        "view": view_of(seen.buttons),
        "allowed_mentions": NOBODY,
    }


def _stands_alone(interaction: Interaction) -> bool:
    """Say whether the button stands under a reply: an announcement must not be replaced by one."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def _form_later(say: Language, form: Form, again: str) -> Reply:
    """A modal can only be shown at once: offer a button that asks for it anew."""
    button = Button(label=form.title, action=again, style="primary")
    return Reply(text=say("That took a moment. Press the button to fill in the form."), buttons=(button,), say=say)


def log_unshown(error: discord.HTTPException) -> None:
    """Note that an answer did not arrive; what was asked is done all the same."""
    level = logging.INFO if error.code in TOO_LATE else logging.WARNING
    log.log(level, "an answer did not reach its person", extra={"status": error.status, "code": error.code})
