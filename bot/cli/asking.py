"""subscribe, unsubscribe, subscriptions: the commands of a channel, for operators."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.common import AsJson, run, say, settings, show_json, show_table, store
from bot.domain.channel_names import read_channel
from bot.domain.errors import UsageError
from bot.domain.model import Channel
from bot.domain.reply import Person, Reply, Request

Where = Annotated[str, typer.Argument(help="room:demo/nlp, slack:TEAM/CHANNEL or discord:GUILD/CHANNEL")]
What = Annotated[list[str], typer.Argument(help="What would follow the command in a chat.")]
OPERATOR = Person(id="operator", name="operator", may_change_channel=True, may_change_workspace=True)


def register(cli: typer.Typer) -> None:
    cli.command("subscribe")(subscribe)
    cli.command("unsubscribe")(unsubscribe)
    cli.command("subscriptions")(subscriptions)


def subscribe(channel: Where, what: What) -> None:
    """Let channels follow topics or blogs, or change how: `tidings subscribe slack:T1/C1 discord:7/8 nlp strict`."""
    _ask(channel, "/subscribe", what)


def unsubscribe(channel: Where, what: What) -> None:
    """Let channels follow something no longer; several, of any chat, may be named."""
    _ask(channel, "/unsubscribe", what)


def _ask(channel: str, verb: str, what: list[str]) -> None:
    channels, rest = _channels([channel, *what])
    if not rest:
        raise UsageError("Say what after the channels, as in nlp or a blog's address.")
    text = " ".join([verb, *rest])
    replies = run(_answer([Request(channel=one, person=OPERATOR, text=text) for one in channels]))
    for one, reply in zip(channels, replies, strict=True):
        if len(channels) > 1:
            say(f"{one}:")
        _say(reply)
    if not all(reply.done for reply in replies):
        raise typer.Exit(1)


def _channels(words: list[str]) -> tuple[list[Channel], list[str]]:
    """Take the channels in front; the first word must be one."""
    channels = [read_channel(words[0])]
    for word in words[1:]:
        try:
            channels.append(read_channel(word))
        except UsageError:
            break
    return channels, words[len(channels) :]


def _say(reply: Reply) -> None:
    say(reply.text.replace("`", ""))
    for card in reply.posts:
        say(f"  {card.post.title or card.post.url} ({card.blog})" if card.blog else f"  {card.post.title}")


async def _answer(requests: Sequence[Request]) -> Sequence[Reply]:
    from bot.app import make_commands, open_intake, open_store

    chosen = settings()
    async with open_store(chosen) as database, open_intake(chosen, database) as intake:
        commands = make_commands(chosen, database, intake)
        return [await commands.run(request) for request in requests]


def subscriptions(as_json: AsJson = False) -> None:
    """List what every channel follows."""
    from bot.commands.wording import name_of
    from bot.domain.asking import options_of
    from bot.store.subscriptions import SqlSubscriptions

    async def work() -> list[dict[str, object]]:
        async with store() as database:
            found = await SqlSubscriptions(database).all()
        return [
            {
                "channel": str(one.channel),
                "follows": name_of(one.follows),
                "label": getattr(one.follows, "label", ""),
                "options": list(options_of(one)),
                "created_by": one.created_by,
                "created_at": one.created_at,
            }
            for one in found
        ]

    rows = run(work())
    if as_json:
        show_json({"subscriptions": rows})
        return
    columns = ("channel", "follows", "label", "options", "since")
    shown = [(r["channel"], r["follows"], r["label"], " ".join(map(str, r["options"])), r["created_at"]) for r in rows]  # type: ignore[call-overload]
    show_table("Subscriptions", columns, shown)
