"""Settings: read once at the start, by cli and app only; adapters get their part."""

from bot.settings.load import load_settings
from bot.settings.model import PROJECT, Discord, Limits, Polling, Room, Sending, Settings, Slack

__all__ = ["PROJECT", "Discord", "Limits", "Polling", "Room", "Sending", "Settings", "Slack", "load_settings"]
