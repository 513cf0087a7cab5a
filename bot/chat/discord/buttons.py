"""Buttons and the menu under a post. Stateless: all they mean is in their ids, so they outlive every restart."""

import re
from typing import Any, Self

import discord

from bot.chat.discord.render import LABEL, MENU, web_address
from bot.chat.discord.text import as_it_is, fit
from bot.domain.hygiene import one_line
from bot.domain.reply import Button

STYLES = {
    "plain": discord.ButtonStyle.secondary,
    "primary": discord.ButtonStyle.primary,
    "danger": discord.ButtonStyle.danger,
}


class ActionButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=rf"(?s:(?!{MENU}$).+)"):
    """A button whose id is its action."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        if not isinstance(item, discord.ui.Button):
            raise TypeError("not a button")
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        await interaction.client.front.press(interaction, self.custom_id)


class PostMenu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=MENU):
    """The menu of a post: what is chosen is the action."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        if not isinstance(item, discord.ui.Select):
            raise TypeError("not a select")
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        if self.item.values:
            await interaction.client.front.press(interaction, self.item.values[0])


def view_of(buttons: tuple[Button, ...]) -> discord.ui.View | None:
    """Return the buttons of a reply; None where there are none that Discord would take."""
    view = discord.ui.View(timeout=None)
    # The same id twice in one message is refused whole.
    for button in {button.url or button.action: button for button in buttons}.values():
        item = _item(button)
        if item is not None:
            view.add_item(item)
    return view if view.children else None


def _item(button: Button) -> discord.ui.Item[Any] | None:
    label = fit(one_line(button.label), LABEL, as_it_is) or "…"
    if button.url is not None:
        url = web_address(button.url)
        return discord.ui.Button(label=label, url=url) if url and len(url) <= 512 else None
    if not 1 <= len(button.action) <= 100:
        return None
    return ActionButton(discord.ui.Button(label=label, custom_id=button.action, style=STYLES[button.style]))
