"""What chat platforms and processes keep beside the main tables: installations, roles, rates, counts, the room."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.columns import Serial, Time, metadata

installations = Table(
    "installations",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("enterprise", Text, nullable=False, default=""),
    Column("workspace", Text, nullable=False, default=""),
    Column("data", LargeBinary, nullable=False),  # Fernet over JSON: no token in the clear
    Column("state", Text, nullable=False, default="active"),  # active | revoked | uninstalled
    Column("installed_at", Time, nullable=False),
    UniqueConstraint("platform", "enterprise", "workspace"),
)


# Workspaces that removed the bot: what was theirs goes after a grace period, unless they come back.
departures = Table(
    "departures",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("at", Time, nullable=False),
)


oauth_states = Table(
    "oauth_states",
    metadata,
    Column("state", Text, primary_key=True),
    Column("expires_at", Time, nullable=False),
)


# A role one process holds at a time: the Discord gateway, a Slack socket set.
roles = Table(
    "roles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Time, nullable=False),
)


# When the next slot of a rate is free that all processes share: a Discord token, a Slack workspace.
rates = Table(
    "rates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("free_at", Time, nullable=False),
)


# Small counts kept by day: Discord identifies, views by bots.
counts = Table(
    "counts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)


# What a platform last accepted: the hash of the commands registered with it.
sync_marks = Table(
    "sync_marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


room_messages = Table(
    "room_messages",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),  # workspace/id
    Column("key", Text, nullable=False, unique=True),
    Column("body", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("edited_at", Time),
    Column("change", BigInteger, nullable=False),  # grows with each message shown, edited or removed
    Column("removed", Boolean, nullable=False, default=False),
    Index(None, "channel", "seq"),
    Index(None, "change", unique=True),
)


room_channels = Table(
    "room_channels",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Time, nullable=False),
)
