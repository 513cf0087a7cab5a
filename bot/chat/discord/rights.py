"""Who may do what, and what the bot lacks. Pure: from Discord's permission bits to our words."""

from collections.abc import Collection, Sequence

import discord

from bot.domain.language import Language
from bot.domain.unsaid import Text, stored

#: What an invite asks for, and nothing more.
LEAST = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    read_message_history=True,
)


WITH_THREADS = (discord.ChannelType.text, discord.ChannelType.news)
FORUMS = (discord.ChannelType.forum, discord.ChannelType.media)


def lacking(has: discord.Permissions, *, in_thread: bool) -> tuple[str, ...]:
    """Return what Tidings needs to post in a channel and does not have, as Discord's settings call it."""
    needed = {
        stored("View Channel"): has.view_channel,
        stored("Send Messages in Threads") if in_thread else stored("Send Messages"): (
            has.send_messages_in_threads if in_thread else has.send_messages
        ),
        stored("Embed Links"): has.embed_links,
        # Without it Discord shows an empty history, and a lost answer could never be cleared up.
        stored("Read Message History"): has.read_message_history,
    }
    return tuple(name for name, granted in needed.items() if not granted and not has.administrator)


def threadless(has: discord.Permissions, kind: discord.ChannelType | None) -> Text | None:
    """Say why a digest could have no thread in a channel of this kind; None where it could."""
    if kind not in (*WITH_THREADS, *FORUMS):
        return Text("Threads hang on messages of text, announcement and forum channels; here a digest stays a list.")
    needed = {
        # Below a forum's post there is a thread already.
        stored("Create Public Threads"): has.create_public_threads or kind in FORUMS,
        stored("Send Messages in Threads"): has.send_messages_in_threads,
    }
    lacks = [Text(name) for name, granted in needed.items() if not granted and not has.administrator]
    if not lacks:
        return None
    return Text(
        "For threads I lack {rights} here. Give that in Edit Channel → Permissions, then try again.", rights=lacks
    )


def lacking_sentence(say: Language, missing: Sequence[str], channel_name: str) -> str:
    return say(
        "I cannot post in {where} yet: there I lack\n{rights}\n"
        "Give them to Tidings in Edit Channel → Permissions, then try again.",
        where=f"#{channel_name}" if channel_name else say("this channel"),
        rights="\n".join(f"• {say(name)}" for name in missing),
    )


def may_change_channel(has: discord.Permissions, roles: Collection[tuple[int, str]], managers: Sequence[str]) -> bool:
    """Say whether a member may change what a channel follows: by right, or by a role that settings name."""
    names = {name.casefold().lstrip("@") for name in managers}
    by_role = any(str(number) in names or name.casefold() in names for number, name in roles)
    return has.administrator or has.manage_channels or by_role


def may_change_workspace(has: discord.Permissions) -> bool:
    return has.administrator or has.manage_guild
