"""The app's manifest, written from the table of commands: what an admin pastes into Slack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import yaml

from bot.chat.slack.listening import OPENING, POST_MENU, SHUTTING
from bot.chat.slack.routes import EVENTS_PATH, REDIRECT_PATH
from bot.commands.command import ROOT, TOP_LEVEL
from bot.commands.table import TABLE

Json = dict[str, Any]

#: scope -> why it is asked for.
SCOPES = {
    "commands": "Take `/subscribe` and the other commands, and the shortcut on messages.",
    "chat:write": "Post announcements into the channels that follow something.",
    "channels:read": "See whether a public channel exists, is archived, and whether the bot is in it.",
    "channels:join": "Enter a public channel when somebody there subscribes.",
    "users:read": "See who is an admin or a guest, to decide who may change what.",
    "im:write": "Recognise a person's direct message with the bot as their own channel.",
}
#: What `--minimal` leaves out: without it, a message whose answer was lost cannot be looked up.
HISTORY = {
    "channels:history": "After a lost answer, look whether a message is there instead of posting it twice.",
    "im:history": "The same in a direct message with the bot.",
}
#: What `--private-channels` adds.
PRIVATE = {
    "groups:read": "See whether a private channel that the bot was invited to is archived.",
    "groups:history": "After a lost answer, look in a private channel instead of posting twice.",
}
_PRIVATE_EVENTS = ("group_archive", "group_deleted", "group_left", "group_unarchive")
_NAME = "Tidings"
_DESCRIPTION = "Posts new articles on the topics your team follows."
_LONG = (
    "Type /subscribe nlp in a channel, and from then on every new article about NLP, out of hundreds of blogs, appears "
    "there once, within moments, readable at a glance. Follow topics, single blogs or searches; get each article as it "
    "comes or one digest a day; mute what does not interest you, and ask /why an article was announced."
)
_USAGE_MOST = 1000
_CREATE = "https://api.slack.com/apps?new_app=1&manifest_yaml="


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestOptions:
    """Which manifest: `http` is the bot's public address; empty for Socket Mode."""

    http: str = ""
    minimal: bool = False
    private_channels: bool = False
    names: Mapping[str, str] | None = None


def scopes_of(options: ManifestOptions | None = None) -> tuple[str, ...]:
    """Return the scopes asked for."""
    chosen = options or ManifestOptions(private_channels=True)
    scopes = dict(SCOPES) | ({} if chosen.minimal else HISTORY)
    if chosen.private_channels:
        scopes |= {name: why for name, why in PRIVATE.items() if not (chosen.minimal and name.endswith("history"))}
    return tuple(scopes)


def manifest(options: ManifestOptions) -> Json:
    """Return the manifest as Slack reads it."""
    events_url = {"request_url": options.http.rstrip("/") + EVENTS_PATH} if options.http else {}
    oauth = {"redirect_urls": [options.http.rstrip("/") + REDIRECT_PATH]} if options.http else {}
    return {
        "display_information": {"name": _NAME, "description": _DESCRIPTION, "long_description": _LONG},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": _NAME, "always_online": True},
            "shortcuts": [
                {
                    "name": "Why is this here?",
                    "type": "message",
                    "callback_id": POST_MENU,
                    "description": "Why it was announced; mute or remove it",
                }
            ],
            "slash_commands": [_command(each, options) for each in (*TOP_LEVEL, ROOT)],
        },
        "oauth_config": {**oauth, "scopes": {"bot": sorted(scopes_of(options))}},
        "settings": {
            "event_subscriptions": {**events_url, "bot_events": sorted(_events(options))},
            "interactivity": {"is_enabled": True, **events_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not options.http,
            "token_rotation_enabled": False,
        },
    }


def slash_names(names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return verb -> the name of its slash command."""
    chosen = names or {}
    return {verb: "/" + chosen.get(verb, verb).lstrip("/") for verb in (*TOP_LEVEL, ROOT)}


def _command(verb: str, options: ManifestOptions) -> Json:
    known = {command.verb: command for command in TABLE}
    help_, usage = "Everything Tidings can do.", "help"
    if verb in known:
        help_, usage = known[verb].help, known[verb].usage
    shown: Json = {"command": slash_names(options.names)[verb], "description": help_, "should_escape": True}
    if usage:
        shown["usage_hint"] = usage[:_USAGE_MOST]
    if options.http:
        shown["url"] = options.http.rstrip("/") + EVENTS_PATH
    return shown


def _events(options: ManifestOptions) -> Iterable[str]:
    always = ("app_home_opened", "app_uninstalled", "member_joined_channel", "tokens_revoked")
    events = (*always, *SHUTTING, *OPENING)
    return [event for event in events if options.private_channels or event not in _PRIVATE_EVENTS]


def manifest_yaml(options: ManifestOptions) -> str:
    """Return the manifest to paste, each scope with its reason beside it."""
    text = yaml.safe_dump(manifest(options), sort_keys=False, allow_unicode=True, width=1000)
    for scope, why in {**SCOPES, **HISTORY, **PRIVATE}.items():
        text = text.replace(f"- {scope}\n", f"- {scope}  # {why}\n")
    return text


def create_link(options: ManifestOptions) -> str:
    """Return the address that opens Slack's create-an-app page with the manifest filled in."""
    return _CREATE + quote(yaml.safe_dump(manifest(options), sort_keys=False))
