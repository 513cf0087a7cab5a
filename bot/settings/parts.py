"""What each part of the program gets of the settings, in its own words; so no adapter knows the settings."""

from bot.chat.discord.settings import DiscordSettings
from bot.chat.room.settings import RoomSettings
from bot.chat.slack.settings import SlackSettings
from bot.commands.desk import Limits
from bot.domain.cadence import Pace
from bot.domain.channels import ChannelOptions
from bot.domain.sending import Timing
from bot.feeds.fetch import FetchLimits
from bot.polling.politeness import Manners
from bot.polling.poller import PollSettings
from bot.settings.model import Settings
from bot.store.retention import Keeping


def channel_part(settings: Settings) -> ChannelOptions:
    """What a channel starts with."""
    chosen = settings.channels
    return ChannelOptions(
        backfill=chosen.backfill,
        burst=chosen.burst,
        summary_length=chosen.summary_length,
        on_unknown=chosen.on_unknown,
        announce_subscriptions=chosen.announce_subscriptions,
    )


def room_part(settings: Settings) -> RoomSettings:
    """The room's."""
    return RoomSettings(
        host=settings.host,
        token=settings.room.token.get_secret_value(),
        public_url=settings.public_url or "",
        rate=settings.room.rate,
    )


def no_chat(settings: Settings) -> str:
    """Say what can be set to post somewhere, where neither Slack nor Discord is."""
    chats = "Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or DISCORD_TOKEN, to post there"
    if not settings.room.enabled:
        return f"{chats}."
    if not room_part(settings).is_open:
        return f"{chats}, or ROOM_TOKEN to open the room: HOST is public, so it stays closed without one."
    return f"{chats}; the room works without."


def slack_part(settings: Settings) -> SlackSettings:
    """Slack's."""
    slack = settings.slack
    return SlackSettings(
        bot_token=slack.bot_token.get_secret_value(),
        app_token=slack.app_token.get_secret_value(),
        signing_secret=slack.signing_secret.get_secret_value(),
        client_id=slack.client_id,
        client_secret=slack.client_secret.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        public_url=settings.public_url or "",
        api_url=slack.api_url,
        rate=slack.rate,
        workspace_rate=slack.workspace_rate,
        change_by=slack.change_by,
        admins=slack.admins,
        timeout=settings.sending.timeout,
        command_names=settings.command_names,
    )


def discord_part(settings: Settings) -> DiscordSettings:
    """Discord's."""
    discord = settings.discord
    return DiscordSettings(
        token=discord.token.get_secret_value(),
        api_url=discord.api_url,
        rate=discord.rate,
        token_rate=discord.token_rate,
        manager_roles=discord.manager_roles,
        nonce_window=discord.nonce_window,
        commands_sync=discord.commands_sync,
        timeout=settings.sending.timeout,
    )


def poll_part(settings: Settings) -> PollSettings:
    """How much is polled at once, and how often."""
    polling = settings.polling
    return PollSettings(
        pace=Pace(floor=polling.floor, ceiling=polling.ceiling, report_after=polling.report_after),
        manners=Manners(at_once=polling.per_host, spacing=polling.host_spacing),
        page=polling.page,
        at_once=polling.concurrency,
    )


def fetch_part(settings: Settings) -> FetchLimits:
    """How much of a stranger's answer is taken."""
    return FetchLimits(deadline=settings.polling.timeout.total_seconds(), body=settings.polling.max_body)


def timing_part(settings: Settings) -> Timing:
    """The durations of sending."""
    sending = settings.sending
    return Timing(send_timeout=sending.timeout, platform_lag=sending.platform_lag, margin=sending.margin)


def keeping_part(settings: Settings) -> Keeping:
    """How long what is stored stays."""
    keeping = settings.keeping
    return Keeping(
        texts=keeping.texts,
        posts=keeping.posts,
        seen_keys=keeping.seen_keys,
        departed=keeping.departed,
    )


def limits_part(settings: Settings) -> Limits:
    """What one workspace may have."""
    limits = settings.limits
    return Limits(subscriptions=limits.subscriptions, feeds=limits.feeds, topics=limits.topics, lookups=limits.lookups)
