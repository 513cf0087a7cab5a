"""What Discord's refusals mean to us, as data.

Sources: developers/topics/opcodes-and-status-codes of discord-api-docs for the codes; the rest is said beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.domain.unsaid import stored

#: done: what we wanted is so already. channel, message: it will not work until a person changes that. words: nor will
#: any other form of the message. later: try again after `wait` seconds. token: nothing works until an operator sets
#: another one.
Then = Literal["done", "channel", "message", "words", "later", "token"]


@dataclass(frozen=True, slots=True)
class Meaning:
    then: Then
    why: str
    wait: float | None = None


GONE = "The channel is gone"
NO_ACCESS = "Tidings cannot see this channel any more: let it View Channel there"
NO_PERMISSION = (
    "Tidings may not post here any more: it needs View Channel, Send Messages (in threads: Send Messages in Threads) "
    "and Embed Links"
)

BY_CODE: Mapping[int, Meaning] = {
    10003: Meaning("channel", GONE),
    10004: Meaning("channel", "Tidings is no longer in this server"),
    # To a create with an enforced nonce: the first copy existed and a moderator deleted it (discord-api-docs #6647).
    # To an edit, a delete or a publish: there is nothing left to change.
    10008: Meaning("done", "the message was deleted"),
    20028: Meaning("later", "Discord limits how fast this channel is written to", 10.0),
    30033: Meaning("channel", "This thread is full"),
    30046: Meaning("message", "Discord allows no more edits of this message"),
    40004: Meaning("later", "Discord has turned off sending for a while", 60.0),
    40006: Meaning("later", "Discord has turned this feature off for a while", 60.0),
    40033: Meaning("done", "it was published already"),
    40067: Meaning("channel", "This forum demands a tag and none of its tags is named after a topic of the post"),
    50001: Meaning("channel", NO_ACCESS),
    50006: Meaning("message", "there is nothing to show"),
    50008: Meaning("channel", "Discord takes no messages in a channel of this kind"),
    50013: Meaning("channel", NO_PERMISSION),
    50024: Meaning("message", "only messages of announcement channels can be published"),
    50035: Meaning("message", "Discord refused the message as malformed"),
    50083: Meaning("channel", "This thread is archived and locked"),
    160005: Meaning("channel", "This thread is locked"),
    160006: Meaning("later", "The server has as many active threads as Discord allows", 3600.0),
    200000: Meaning("words", "The server's AutoMod refused the text"),
    200001: Meaning("words", "The server's AutoMod refused the title"),
    240000: Meaning("words", "Discord's own filter refused a link"),
}  # fmt: skip

REFUSED = "Discord refuses our token: set a new DISCORD_TOKEN"
BY_STATUS: Mapping[int, Meaning] = {
    401: Meaning("token", REFUSED),
    403: Meaning("channel", NO_PERMISSION),
    404: Meaning("channel", GONE),
    413: Meaning("message", "Discord refused the message as too large"),
}


def meaning_of(status: int, code: int) -> Meaning:
    """Return what a refusal (any 4xx but 429) means; an unknown one is held to be the message's fault."""
    why = stored("Discord refused the message ({status}, code {code})", status=str(status), code=str(code))
    return BY_CODE.get(code) or BY_STATUS.get(status) or Meaning("message", why)
