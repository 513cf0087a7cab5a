"""The same commands, menus, forms and messages on a Discord that others wrote: simcord, in this process.

It judges our fake as well: where the two differ, one of them is wrong. It knows no sockets, nonces or rate limits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import discord as dpy
import pytest

from bot.chat.discord.bucket import TokenBucket
from bot.chat.discord.client import GatewayClient, IdentifyBudget
from bot.chat.discord.front import Front
from bot.chat.discord.guilds import GuildLife
from bot.chat.discord.render import render
from bot.chat.discord.rights import LEAST
from bot.chat.discord.send import Sender
from bot.chat.discord.settings import DiscordSettings
from bot.chat.discord.sync import payload_of
from bot.chat.discord.wire import Wire
from bot.commands.table import TABLE
from bot.domain.language import IN_ENGLISH, Languages
from bot.domain.menu import menu_of
from bot.domain.message import Message, MessageKind, Sent, Undeliverable
from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Button, Choice, Field, Form, Press, Reply, Request
from bot.engine.clock import SystemClock
from tests.chat.discord.answers import ScriptedAnswers
from tests.chat.discord.cases import MESSAGES
from tests.posts import announcement, message


class Nothing:
    """A core that knows no channel and counts nothing: simcord waits for the bot, and not for threads of a database."""

    async def close_channel(self, channel: Channel, why: str, now: datetime, *, told: bool = False) -> None: ...

    async def reopen_channel(self, channel: Channel, now: datetime) -> None: ...

    async def close_workspace(self, platform: str, workspace: str, why: str, now: datetime) -> None: ...

    async def reopen_workspace(self, platform: str, workspace: str, now: datetime) -> None: ...

    async def returned(self, platform: str, workspace: str) -> None:
        pass

    async def is_followed(self, channel: Channel) -> bool:
        return False

    async def workspaces(self, platform: str) -> Sequence[str]:
        return ()

    async def workspaces_closed(self, platform: str, reasons: Collection[str]) -> Sequence[str]:
        return ()

    async def closed(self, platform: str, workspace: str) -> Mapping[Channel, str]:
        return {}

    async def add(self, name: str, day: date) -> int:
        return 1


@dataclass
class Stage:
    env: Any
    client: GatewayClient
    answers: ScriptedAnswers
    guild: Any
    text: Any
    ann: Any

    def place(self, channel: Any) -> Channel:
        return Channel(platform="discord", workspace=str(self.guild.id), id=str(channel.id))

    @property
    def sender(self) -> Sender:
        assert self.client.user is not None
        return Sender(Wire(self.client.http, TokenBucket(1000), 5), self.client.user.id, SystemClock())

    async def post(self, channel: Any) -> dpy.Message:
        wanted = message(self.place(channel), announcement(1))
        outcome = await self.sender.send(wanted)
        assert isinstance(outcome, Sent), outcome
        return channel.last_message  # type: ignore[no-any-return]


@pytest.fixture
def answers() -> ScriptedAnswers:
    return ScriptedAnswers()


@pytest.fixture
def simcord_bot(answers: ScriptedAnswers) -> GatewayClient:
    """What simcord's own fixture `simcord_env` runs."""
    nothing, clock = Nothing(), SystemClock()
    settings = DiscordSettings(token="x", servers_within=0.05)
    return GatewayClient(
        table=TABLE,
        front=Front(answers, nothing, clock, settings, Languages()),
        life=GuildLife(nothing, clock),
        budget=IdentifyBudget(nothing, clock, 100),
        clock=clock,
        settings=settings,
        forget=lambda channel: None,
    )


@pytest.fixture
async def stage(simcord_env: Any, simcord_bot: GatewayClient, answers: ScriptedAnswers) -> Stage:
    assert simcord_bot.application_id is not None
    await simcord_bot.http.bulk_upsert_global_commands(
        simcord_bot.application_id, payload=await payload_of(simcord_bot.tree, Languages())
    )
    guild = simcord_env.create_guild()
    admins = guild.create_role("Admins", permissions=dpy.Permissions(manage_channels=True))
    ann = guild.add_member(simcord_env.create_user("ann"), roles=[admins])
    return Stage(simcord_env, simcord_bot, answers, guild, guild.create_text_channel("general"), ann)


async def test_a_command_is_typed_and_answered(stage: Stage) -> None:
    shown = await stage.ann.slash(stage.text, "subscribe", topic="nlp", strictness="strict")

    request = stage.answers.asked[0]
    assert isinstance(request, Request)
    assert request.text == "/subscribe nlp strict"
    assert request.person.may_change_channel
    assert shown.ephemeral
    assert shown.response.content == "Watching 212 blogs."


async def test_a_group_s_command_is_reached(stage: Stage) -> None:
    await stage.ann.slash(stage.text, "tidings feeds list")

    assert stage.answers.asked[0].text == "/tidings feeds list"  # type: ignore[union-attr]


async def test_suggestions_are_offered(stage: Stage) -> None:
    shown = await stage.ann.autocomplete(stage.text, "subscribe", "topic", "n")

    choices = getattr(shown, "autocomplete_choices", shown)
    assert [(choice["name"], choice["value"]) if isinstance(choice, dict) else (choice.name, choice.value)
            for choice in choices] == [("NLP", "nlp")]  # fmt: skip


async def test_buttons_and_the_menu_are_presses_after_a_restart_too(stage: Stage) -> None:
    posted = await stage.post(stage.text)
    await stage.ann.select(posted, [f"why:{announcement(1).id}"])
    stage.answers.reply = Reply(text="x", buttons=(Button(label="Topics", action="/topics"),))
    shown = await stage.ann.slash(stage.text, "topics")
    await stage.ann.click(shown.response, label="Topics")

    presses = [asked for asked in stage.answers.asked if isinstance(asked, Press)]
    assert [press.action for press in presses] == [f"why:{announcement(1).id}", "/topics"]
    assert [press.message for press in presses] == [str(posted.id), None]


async def test_the_menu_of_a_message_finds_its_post(stage: Stage) -> None:
    posted = await stage.post(stage.text)
    stage.answers.menus = {MessageRef(str(posted.id)): menu_of(announcement(1), IN_ENGLISH)}

    await stage.ann.context_menu(stage.text, "Why this post?", posted)

    press = stage.answers.asked[0]
    assert isinstance(press, Press)
    assert press.action == f"why:{announcement(1).id}"


async def test_a_form_is_filled_in(stage: Stage) -> None:
    stage.answers.reply = Reply(
        form=Form(
            title="Settings",
            action="settings save",
            submit="Save",
            fields=(
                Field(name="zone", label="Time zone", value="UTC"),
                Field(name="look", label="Look", value="full", choices=(Choice(value="full", label="Full"),)),
            ),
        )
    )
    shown = await stage.ann.slash(stage.text, "topics")
    assert shown.modal is not None
    stage.answers.reply = Reply(text="Saved.")

    done = await stage.ann.submit_modal(shown, {"zone": "Europe/Berlin"})

    press = stage.answers.asked[1]
    assert isinstance(press, Press)
    assert press.values["zone"] == "Europe/Berlin"
    assert done.response.content == "Saved."


@pytest.mark.parametrize("name", [name for name, case in MESSAGES.items() if case.kind is not MessageKind.EDIT])
async def test_every_message_is_taken_as_it_is(stage: Stage, name: str) -> None:
    case: Message = MESSAGES[name]
    wanted = render(case)
    moved = message(stage.place(stage.text), *case.announcements, **_kept(case))

    outcome = await stage.sender.send(moved)

    assert isinstance(outcome, Sent), outcome
    shown = stage.text.last_message
    assert [embed.title for embed in shown.embeds] == [embed.get("title") for embed in wanted.get("embeds", [])]
    assert shown.content == wanted.get("content", "")
    assert not shown.mention_everyone


def _kept(case: Message) -> dict[str, Any]:
    return {
        "kind": case.kind, "text": case.text, "options": case.options, "plain": case.plain, "silent": case.silent,
        "mention": case.mention,
    }  # fmt: skip


async def test_a_forum_post_is_made_there_too(stage: Stage) -> None:
    forum = stage.guild.create_forum_channel("posts")

    outcome = await stage.sender.send(message(stage.place(forum), announcement(1)))

    assert isinstance(outcome, Sent), outcome


async def test_an_injected_refusal_means_what_it_means(stage: Stage) -> None:
    stage.env.inject_error("POST", f"/channels/{stage.text.id}/messages", status=403, code=50013)

    outcome = await stage.sender.send(message(stage.place(stage.text), announcement(1)))

    assert isinstance(outcome, Undeliverable)
    assert outcome.what == "channel"
    assert LEAST.embed_links
