"""What Discord shows of the commands in each person's language. Names to type stay English everywhere."""

from collections.abc import Iterable, Sequence

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Place

from bot.chat.discord.options import DESCRIPTION, options_of
from bot.chat.discord.text import as_it_is, fit
from bot.chat.discord.tree import ABOUT, MENU_NAMES
from bot.commands.command import Command
from bot.domain.language import Languages

DESCRIBING = (Place.command_description, Place.group_description, Place.parameter_description)
#: Discord's limit for an entry of a message's menu.
MENU_NAME = 32


class Catalogues(app_commands.Translator):
    """Looks texts up in the catalogues; what one has no text for stays English."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        in_menu = isinstance(context.data, app_commands.ContextMenu)
        if context.location not in DESCRIBING and not in_menu:
            return None
        told = self._languages.get(locale.value).texts.get(string.message)
        return fit(told[0], MENU_NAME if in_menu else DESCRIPTION, as_it_is) if told else None


def described(table: Sequence[Command]) -> Iterable[str]:
    """Return the texts that a catalogue may hold for Discord; the forms of what is typed are none of them."""
    yield from (ABOUT, *MENU_NAMES.values())
    for command in table:
        if not command.hidden:
            yield command.help
            yield from (option.help for option in options_of(command) if option.help != command.usage)
