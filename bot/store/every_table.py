"""Every table, declared on one MetaData: for whoever needs all of them and none by name."""

from bot.store import platform_tables, tables
from bot.store.columns import metadata

__all__ = ["metadata", "platform_tables", "tables"]
