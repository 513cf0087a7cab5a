"""What Slack's refusals mean for a message, as data.

The names are those documented for chat.postMessage (https://docs.slack.dev/reference/methods/chat.postMessage);
the class of each is decided by what the caller does about it:

retry         nothing was posted and a later attempt may succeed
unknown       it may have been posted: look first
channel       this channel is closed to us: pause it, keep its queue
installation  the token is dead: pause the workspace
thread        the thread takes nothing; its channel may
message       our mistake: the plainest form once, then give up
"""

from types import MappingProxyType
from typing import Literal

from bot.domain.unsaid import stored

Meaning = Literal["retry", "unknown", "channel", "installation", "thread", "message"]

_RETRY = {
    "ratelimited": "Slack asked to slow down.",
    "rate_limited": "Slack asked to slow down.",
    "message_limit_exceeded": "Slack asked to slow down.",
    "service_unavailable": "Slack was not available.",
    "team_added_to_org": "The workspace is being moved to an organisation.",
}
_UNKNOWN = {
    "fatal_error": "Slack had an error and says that it may have posted the message.",
    "internal_error": "Slack had an error and says that it may have posted the message.",
    "request_timeout": "Slack did not get the whole request.",
    "duplicate_message_not_found": "Slack could not find the earlier copy of the message.",
    "duplicate_channel_not_found": "Slack could not find the earlier copy of the message.",
    "duplicate_message_found": "Slack has an earlier copy of the message.",
}
_CHANNEL = {
    "channel_not_found": "I am not in this channel, or it was deleted. Type `/invite @Tidings` in it.",
    "is_archived": "This channel is archived.",
    "not_in_channel": "I am not in this channel. Type `/invite @Tidings` in it.",
    "user_not_in_channel": "I am not in this channel. Type `/invite @Tidings` in it.",
    "cannot_dm_bot": "A bot cannot be written to.",
    "messages_tab_disabled": "My messages are switched off in the app's settings.",
    "restricted_action": "The workspace's settings do not let me post here.",
    "restricted_action_read_only_channel": "The workspace's settings do not let me post here.",
    "restricted_action_thread_only_channel": "This channel takes replies in threads only.",
    "slack_connect_canvas_sharing_blocked": "The workspace's settings do not let me post here.",
}
_INSTALLATION = {
    "account_inactive": "Tidings was removed from the workspace. Add it again.",
    "token_revoked": "Slack revoked the bot's token. Add Tidings to the workspace again.",
    "token_expired": "The bot's token expired. Add Tidings to the workspace again.",
    "invalid_auth": "Slack does not accept the bot's token.",
    "not_authed": "No bot token is set for this workspace.",
    "org_login_required": "The workspace is being moved to an organisation.",
    "team_access_not_granted": "Tidings has no access to this workspace.",
    "missing_scope": "A permission is missing. Update the app's manifest and install it again.",
    "no_permission": "A permission is missing. Update the app's manifest and install it again.",
    "not_allowed_token_type": "The bot token is of the wrong kind; it starts with xoxb-.",
    "ekm_access_denied": "The workspace's administrators suspended access.",
    "access_denied": "Tidings has no access to this workspace.",
    "enterprise_is_restricted": "Tidings has no access to this workspace.",
}

_THREAD = {
    "restricted_action_non_threadable_channel": "This channel takes no threads: the digest stays a list.",
    "restricted_action_thread_locked": "The thread is locked.",
    "cannot_reply_to_message": "The message above takes no thread.",
}

#: What a workspace is closed with when its token is refused.
REFUSALS = frozenset(_INSTALLATION.values())
_CLASSES: tuple[tuple[Meaning, dict[str, str]], ...] = (
    ("retry", _RETRY),
    ("unknown", _UNKNOWN),
    ("channel", _CHANNEL),
    ("installation", _INSTALLATION),
    ("thread", _THREAD),
)
#: error -> (meaning, one sentence for a person). What is not in here is our mistake.
ERRORS = MappingProxyType({error: (meaning, why) for meaning, table in _CLASSES for error, why in table.items()})


def meaning_of(error: str) -> tuple[Meaning, str]:
    """Return what a refusal means, and say it; an unknown one means that the message was not acceptable."""
    return ERRORS.get(error, ("message", stored("Slack refused the message: {error}.", error=error)))
