"""Every setting: its name, kind, default, and the sentence that docs/settings.md shows.

A field `timeout` of the part `sending` is SENDING_TIMEOUT in the environment and in .env, and `timeout` under
`sending:` in config/bot.yaml. Secrets are taken from the environment and .env only.
"""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings.kinds import Address, Duration, LanguageCode, Names, Networks, Secret, Zone

PROJECT = Path(__file__).resolve().parents[2]
UNSET = SecretStr("")


class Part(BaseModel):
    """Settings that belong together; an adapter gets its part and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Room(Part):
    """The built-in chat."""

    enabled: bool = Field(default=True, description="Serve the room at `/`.")
    token: Secret = Field(
        default=UNSET, description="What people type to enter; a room on a public HOST is absent without it."
    )
    rate: float = Field(default=20.0, gt=0, description="Messages a second in one channel of the room.")


class Pages(Part):
    """The topic pages at /topics, and their feeds."""

    token: Secret = Field(default=UNSET, description="What readers need for the pages; public without it.")


class Slack(Part):
    """Slack. The bot token with the app token, or the signing secret, or the client id and secret (many workspaces)."""

    bot_token: Secret = Field(default=UNSET, description="Bot User OAuth Token, `xoxb-…`: one workspace.")
    app_token: Secret = Field(
        default=UNSET, description="App-Level Token, `xapp-…`: Socket Mode, no public address needed."
    )
    signing_secret: Secret = Field(
        default=UNSET, description="Signing Secret: commands come in over HTTP at /slack/events."
    )
    client_id: str = Field(default="", description="Client ID: many workspaces by OAuth at /slack/install.")
    client_secret: Secret = Field(default=UNSET, description="Client Secret, beside the Client ID.")
    api_url: Address = Field(default=None, description="Another address of Slack's Web API; loopback only, for tests.")
    rate: float = Field(default=1.0, gt=0, description="Messages a second in one channel.")
    workspace_rate: float = Field(default=5.0, gt=0, description="Messages a second in one workspace.")
    change_by: Literal["members", "admins"] = Field(default="members", description="Who may change a channel.")
    admins: Names = Field(default=(), description="Ids of people who may change a workspace, beside its admins.")

    @property
    def is_set(self) -> bool:
        return bool(self.bot_token.get_secret_value() or self.client_id)


class Discord(Part):
    """Discord."""

    token: Secret = Field(default=UNSET, description="The bot's token.")
    api_url: Address = Field(
        default=None, description="Another address of Discord's REST API; loopback only, for tests."
    )
    rate: float = Field(default=1.0, gt=0, description="Messages a second in one channel.")
    token_rate: float = Field(default=45.0, gt=0, description="Requests a second with one token; Discord allows 50.")
    manager_roles: Names = Field(default=(), description="Names or ids of roles that may change a channel.")
    nonce_window: Duration = Field(
        default=timedelta(seconds=60), description="How long after a first attempt Discord surely drops a second copy."
    )
    commands_sync: bool = Field(default=True, description="Bring Discord's list of commands up to date at the start.")

    @property
    def is_set(self) -> bool:
        return bool(self.token.get_secret_value())


class Polling(Part):
    """When and how feeds are fetched."""

    floor: Duration = Field(default=timedelta(minutes=15), description="A feed is polled at most this often.")
    ceiling: Duration = Field(default=timedelta(hours=24), description="A feed is polled at least this often.")
    tick: Duration = Field(default=timedelta(seconds=5), description="How often due feeds are looked for.")
    timeout: Duration = Field(default=timedelta(seconds=30), description="For one fetch, all redirects included.")
    concurrency: int = Field(default=64, ge=1, le=2000, description="Fetches at the same time.")
    per_host: int = Field(default=2, ge=1, description="Fetches at the same time from one host.")
    host_spacing: Duration = Field(default=timedelta(seconds=1), description="Between two fetches from one host.")
    max_body: int = Field(default=10_000_000, ge=10_000, description="Bytes of one feed, decompressed.")
    parsers: int = Field(default=1, ge=0, le=32, description="Child processes that parse. 0: in a thread.")
    page: int = Field(default=200, ge=1, description="Feeds claimed at once.")
    report_after: Duration = Field(
        default=timedelta(days=3), description="A feed that fails this long is reported once."
    )


class Sending(Part):
    """How messages get out."""

    timeout: Duration = Field(default=timedelta(seconds=20), description="For one attempt to send.")
    platform_lag: Duration = Field(
        default=timedelta(seconds=60), description="How late a chat may still show what it took."
    )
    margin: Duration = Field(default=timedelta(seconds=10), description="Added to both: the lease of a message.")
    sweep: Duration = Field(default=timedelta(seconds=30), description="How often what nobody woke is looked for.")
    concurrency: int = Field(default=50, ge=1, description="Channels sent to at the same time.")
    keep_queue: Duration = Field(default=timedelta(days=30), description="How long a closed channel's queue is kept.")
    stop_grace: Duration = Field(
        default=timedelta(seconds=15), description="How long a stop waits for sends in flight."
    )

    @property
    def lease(self) -> timedelta:
        return self.timeout + self.platform_lag + self.margin


class Channels(Part):
    """What a channel starts with; `/tidings settings` changes it per channel."""

    backfill: int = Field(
        default=0, ge=0, le=10, description="How many of the newest matches a new subscription posts."
    )
    burst: int = Field(default=5, ge=1, description="More than this many within ten minutes become one digest.")
    summary_length: int = Field(default=300, ge=0, le=600, description="Characters of a summary.")
    on_unknown: Literal["skip", "resend", "ask"] = Field(
        default="skip", description="Where nobody can say whether a message arrived."
    )
    announce_subscriptions: bool = Field(default=False, description="Say in the channel that a subscription was made.")


class Limits(Part):
    """What one workspace may have."""

    subscriptions: int = Field(default=50, ge=1, description="Subscriptions in a channel.")
    feeds: int = Field(default=500, ge=1, description="Feeds added in a workspace.")
    topics: int = Field(default=100, ge=0, description="Topics of its own in a workspace.")
    lookups: int = Field(default=5, ge=1, description="Addresses a person may have looked up in a minute.")


class Keeping(Part):
    """How long what is stored stays."""

    texts: Duration = Field(default=timedelta(days=90), description="The text of posts; titles and links stay.")
    posts: Duration = Field(default=timedelta(days=400), description="Posts nobody was sent.")
    seen_keys: Duration = Field(default=timedelta(days=400), description="What a feed brought, after it left the feed.")
    departed: Duration = Field(
        default=timedelta(days=30), description="What belongs to a workspace or server that removed the bot."
    )


class Engine(Part):
    """What wakes the work, where the database is PostgreSQL."""

    listen: bool = Field(default=True, description="Use LISTEN/NOTIFY; off behind PgBouncer in transaction mode.")
    pool: int = Field(default=3, ge=1, description="Connections of one process to PostgreSQL.")


class Settings(BaseSettings):
    """Everything an operator decides; made once by `load_settings`, never changed."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", validate_default=True)

    database_url: str = Field(
        default="sqlite:///data/tidings.db",
        repr=False,
        description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.",
    )
    port: int = Field(default=8080, ge=0, le=65535, description="The port to serve on.")
    host: str = Field(default="127.0.0.1", description="The address to serve on; `0.0.0.0` is public.")
    public_url: Address = Field(
        default=None, description="Where the world reaches this bot: WebSub, OAuth, counted links."
    )
    config_dir: Path = Field(
        default=PROJECT / "config", description="The folder of feeds.yaml, topics.yaml and bot.yaml."
    )
    timezone: Zone = Field(default="UTC", description="For digests and quiet hours where a channel names no zone.")
    language: LanguageCode = Field(default="en", description="Spoken where a channel chose none: `en`, `de`.")
    secret_key: Secret = Field(
        default=UNSET,
        description="Encrypts passwords of feeds and Slack's tokens in the database; any long random text.",
    )
    admin_token: Secret = Field(default=UNSET, description="Opens /admin and /metrics.")
    log_format: Literal["console", "json"] = Field(
        default="console", description="Log lines for people or for machines."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )
    allow_private_networks: Networks = Field(default=(), description="Networks feeds may come from although private.")
    allow_sqlite_on_paas: bool = Field(
        default=False, description="Start on SQLite although the disk may be wiped at any time."
    )
    sentry_dsn: Secret = Field(default=UNSET, description="Report errors to Sentry (extra `sentry`).")
    load_default_pack: bool = Field(default=True, description="Fill an empty database with the default pack of blogs.")
    command_names: dict[str, str] = Field(
        default={}, description="Other names for the six slash commands, in bot.yaml only: `subscribe: follow`."
    )

    room: Room = Room()
    pages: Pages = Pages()
    slack: Slack = Slack()
    discord: Discord = Discord()
    polling: Polling = Polling()
    sending: Sending = Sending()
    channels: Channels = Channels()
    limits: Limits = Limits()
    keeping: Keeping = Keeping()
    engine: Engine = Engine()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # sources.py reads the environment and the files: faults must name file and line, which these do not keep.
        return (init_settings,)

    @property
    def is_public(self) -> bool:
        """Say whether others than this machine reach what is served."""
        return self.host not in {"127.0.0.1", "localhost", "::1"}
