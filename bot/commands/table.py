"""Every command there is. To add one: a row in its file's COMMANDS, or a new file and one line here."""

from bot.commands import (
    adding,
    feed_status,
    feeds,
    forget,
    here,
    latest,
    muting,
    own_topics,
    packs,
    pausing,
    preview,
    search,
    settings,
    status,
    subscribe,
    topics,
    tuning,
    unsubscribe,
    why,
)
from bot.commands import help as help_  # the file is called what the command is called
from bot.commands.command import Command

TABLE: tuple[Command, ...] = (
    *subscribe.COMMANDS,
    *unsubscribe.COMMANDS,
    *topics.COMMANDS,
    *latest.COMMANDS,
    *why.COMMANDS,
    *preview.COMMANDS,
    *muting.COMMANDS,
    *search.COMMANDS,
    *own_topics.COMMANDS,
    *tuning.COMMANDS,
    *adding.COMMANDS,
    *feeds.COMMANDS,
    *feed_status.COMMANDS,
    *packs.COMMANDS,
    *settings.COMMANDS,
    *pausing.COMMANDS,
    *status.COMMANDS,
    *here.COMMANDS,
    *forget.COMMANDS,
    *help_.COMMANDS,
)
