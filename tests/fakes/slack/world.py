"""What exists in the fake Slack."""

import itertools
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

#: What an app asks for when a test does not say.
SCOPES = (
    "commands",
    "chat:write",
    "channels:read",
    "channels:join",
    "channels:history",
    "groups:read",
    "groups:history",
    "im:write",
    "im:history",
    "users:read",
)


class ApiError(Exception):
    """What a Web API method answers with `ok: false`."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


@dataclass(slots=True, kw_only=True)
class Member:
    id: str
    name: str
    team: str
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Europe/Berlin"
    locale: str = "en-US"

    def shown(self) -> Json:
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.name.title(),
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_bot": self.is_bot,
            "deleted": self.deleted,
            "tz": self.tz,
            "profile": {"display_name": self.name, "real_name": self.name.title()},
        }


@dataclass(slots=True, kw_only=True)
class Message:
    ts: str
    user: str
    text: str
    bot_id: str | None = None
    app_id: str | None = None
    blocks: list[Json] | None = None
    metadata: Json | None = None
    thread_ts: str | None = None
    edited: bool = False
    #: Whom the message would ping on the real Slack: "channel", "here", "everyone", a user's or a group's id.
    pings: list[str] = field(default_factory=list)
    #: The whole request, as sent.
    request: Json = field(default_factory=dict)

    def shown(self, *, with_metadata: bool) -> Json:
        said: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        for name in ("bot_id", "app_id", "blocks", "thread_ts"):
            if getattr(self, name) is not None:
                said[name] = getattr(self, name)
        if self.metadata is not None and with_metadata:
            said["metadata"] = self.metadata
        return said


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    team: str
    name: str
    is_private: bool = False
    #: The two members of a direct message; None where it is a channel.
    between: tuple[str, str] | None = None
    #: Another organisation shares the channel (Slack Connect).
    is_ext_shared: bool = False
    is_archived: bool = False
    #: "Only admins may post" and its like.
    is_restricted: bool = False
    members: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    #: When the last posts of the app came, for the rate limit.
    posted_at: deque[float] = field(default_factory=deque)

    def shown(self, bot: str) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": self.between is None and not self.is_private,
            "is_group": self.is_private,
            "is_im": self.between is not None,
            "is_private": self.is_private or self.between is not None,
            "is_archived": self.is_archived,
            "is_member": bot in self.members,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "context_team_id": self.team,
        }


@dataclass(slots=True, kw_only=True)
class Team:
    id: str
    name: str
    domain: str
    bot_token: str
    bot_user: str
    bot_id: str
    app_id: str
    scopes: set[str]
    #: None: installed and well. Else what every call with the token is answered with.
    token_error: str | None = None
    installed: bool = True


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to the Web API, as it came."""

    method: str
    token: str
    args: Json
    at: float
    #: What was answered: "ok", the error, or the fault.
    answer: str = ""


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a person saw that is no message: an ephemeral answer, a modal, an App Home."""

    kind: str
    user: str
    channel: str | None
    body: Json
    at: float


class World:
    """Everything the fake Slack knows; times are the machine's, ids are random and never used again."""

    def __init__(self) -> None:
        self.teams: dict[str, Team] = {}
        self.channels: dict[str, Channel] = {}
        self.members: dict[str, Member] = {}
        self.calls: list[Call] = []
        self.shown: list[Shown] = []
        self.views: dict[str, Json] = {}
        #: trigger id -> team, user, until when, and whether a modal was opened with it
        self.triggers: dict[str, Json] = {}
        #: the secret part of a response_url -> whom it answers, until when, and how often it was used
        self.response_urls: dict[str, Json] = {}
        self.app_id = "A0FAKEAPP"
        self.client_id = "111.222"
        self.client_secret = "fake-client-secret"
        self.signing_secret = "fake-signing-secret"
        self.app_token = "xapp-1-A0FAKEAPP-fake"
        #: Where the app takes what Slack sends over HTTP; None: through Socket Mode only.
        self.request_url: str | None = None
        #: Posts a second per channel, and how many may come at once before that.
        self.posts_per_second = 1.0
        self.posts_at_once = 10
        #: As for apps that are sold outside of the Marketplace: a page of at most so many, once in so many seconds.
        self.history_page = 999
        self.history_every = 0.0
        self.history_read: dict[str, float] = {}
        #: True: a `client_msg_id` seen before is refused as a duplicate. The documentation promises nothing.
        self.dedupes_client_msg_id = False
        #: The time messages are stamped with, seconds since 1970.
        self.time: Callable[[], float] = time.time
        self._counter: Iterator[int] = itertools.count(1)
        self._last_ts = 0

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._counter):04d}{secrets.token_hex(3).upper()}"

    def new_ts(self) -> str:
        """Return a time stamp no earlier message has."""
        self._last_ts = max(self._last_ts + 1, int(self.time() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def now(self) -> datetime:
        """Return the time messages are stamped with."""
        return datetime.fromtimestamp(self.time(), UTC)

    def add_team(self, name: str, *, domain: str | None = None, scopes: list[str] | None = None) -> Team:
        team_id = self.new_id("T")
        bot = Member(id=self.new_id("U"), name="tidings", team=team_id, is_bot=True)
        team = Team(
            id=team_id,
            name=name,
            domain=domain or name.lower().replace(" ", "-"),
            bot_token=self.new_token(),
            bot_user=bot.id,
            bot_id=self.new_id("B"),
            app_id=self.app_id,
            scopes=set(SCOPES if scopes is None else scopes),
        )
        self.members[bot.id] = bot
        self.teams[team_id] = team
        return team

    def new_token(self) -> str:
        return f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"

    def team_by_token(self, token: str) -> Team | None:
        return next((t for t in self.teams.values() if t.bot_token == token), None)

    def show(self, kind: str, user: str, channel: str | None, body: Json) -> Shown:
        shown = Shown(kind=kind, user=user, channel=channel, body=body, at=time.time())
        self.shown.append(shown)
        return shown
