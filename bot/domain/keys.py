"""Ids and keys: UUIDs for stories and messages, and the one function that names a message to a chat."""

import base64
import hashlib
import uuid

from bot.domain.model import Channel, MessageId


def new_id() -> str:
    """Return a random UUID in hex."""
    return uuid.uuid4().hex


def message_key(message: MessageId) -> str:
    """Return the key a chat sees for *message*: 24 characters, so that it fits Discord's 25-character nonce."""
    digest = hashlib.blake2b(message.encode(), digest_size=15).digest()
    return base64.b32encode(digest).decode().lower()


def channel_named(text: str) -> Channel:
    """Return the channel that `str(channel)` wrote; raise ValueError for anything else."""
    platform, colon, rest = text.partition(":")
    workspace, slash, name = rest.partition("/")
    if not (platform and colon and slash and name):
        raise ValueError(f"{text!r} is not a channel: write it as platform:workspace/id")
    return Channel(platform=platform, workspace=workspace, id=name)


def publishing_of(message: MessageId) -> MessageId:
    """Return the id of the message that publishes *message*: always the same, so that it is made once."""
    return MessageId(hashlib.blake2b(f"publish {message}".encode(), digest_size=16).hexdigest())
