"""The part of the settings that Slack needs."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

#: Reserved for Slack itself: a manifest that names one of them is refused whole.
# fmt: off
RESERVED = frozenset({
    "active", "all", "apps", "archive", "away", "call", "collapse", "dm", "dnd", "expand", "feed", "feedback",
    "group", "here", "invite", "invite_people", "join", "keys", "leave", "me", "msg", "mute", "open", "out",
    "prefs", "remind", "remove", "rename", "search", "shortcuts", "shrug", "star", "status", "topic",
    "unarchive", "unmute", "who",
})
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """Which way in is taken follows from what is set; see `mode`."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    #: Seals the tokens of installations; needed beside client_id.
    secret_key: str = field(default="", repr=False)
    #: Where the world reaches us; needed beside client_id.
    public_url: str = ""
    #: Another address of the Web API, loopback only; None: the real one.
    api_url: str | None = None
    rate: float = 1.0
    workspace_rate: float = 5.0
    change_by: Literal["members", "admins"] = "members"
    #: Ids of people who may change a workspace, beside its admins.
    admins: tuple[str, ...] = ()
    #: For one attempt to send.
    timeout: timedelta = timedelta(seconds=20)
    #: Other names for the top-level commands, such as subscribe -> follow.
    command_names: dict[str, str] = field(default_factory=dict)

    @property
    def has_many_workspaces(self) -> bool:
        return bool(self.client_id)

    @property
    def uses_sockets(self) -> bool:
        return bool(self.app_token)


def faults(settings: SlackSettings) -> list[str]:
    """Return what is missing or wrong, one sentence each; empty where Slack can be started."""
    found = []
    if settings.has_many_workspaces:
        needed = {
            "SLACK_CLIENT_SECRET": settings.client_secret,
            "SECRET_KEY": settings.secret_key,
            "PUBLIC_URL": settings.public_url,
        }
        found += [f"SLACK_CLIENT_ID is set; set {name} beside it." for name, value in needed.items() if not value]
    elif not settings.bot_token:
        found.append("Set SLACK_BOT_TOKEN (OAuth & Permissions → Bot User OAuth Token, it starts with xoxb-).")
    elif not settings.bot_token.startswith("xoxb-"):
        found.append("SLACK_BOT_TOKEN must start with xoxb-: it is the Bot User OAuth Token under OAuth & Permissions.")
    # A blank secret would be a key that anybody can sign with.
    if not settings.app_token and not settings.signing_secret.strip():
        found.append(
            "Set SLACK_APP_TOKEN (Basic Information → App-Level Tokens, scope connections:write) for Socket Mode, "
            "or SLACK_SIGNING_SECRET (Basic Information → Signing Secret) for HTTP."
        )
    if settings.app_token and not settings.app_token.startswith("xapp-"):
        found.append("SLACK_APP_TOKEN must start with xapp-: it is the App-Level Token under Basic Information.")
    taken = sorted(name for name in settings.command_names.values() if name.lstrip("/").lower() in RESERVED)
    found += [f"Slack keeps the command /{name.lstrip('/')} for itself; choose another name." for name in taken]
    return found
