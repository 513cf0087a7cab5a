"""What Slack sends: taken first, worked on after. Nothing is read or asked before Slack has its answer."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError

from bot.chat.slack.answering import Answering
from bot.chat.slack.authorization import People, Workspaces
from bot.chat.slack.blocks import LINK, PRESS
from bot.chat.slack.commands import Asked, read_click, read_command, read_form, read_shortcut
from bot.chat.slack.entrance import Entrance
from bot.chat.slack.home import Home
from bot.chat.slack.in_flight import InFlight
from bot.chat.slack.installations import PLATFORM, SealedInstallations
from bot.chat.slack.needs import Answers
from bot.chat.slack.once import DOUBLE_CLICK, REPLAYS, Once
from bot.chat.slack.replies import FORM
from bot.domain.errors import NotAllowed, TryLater, UsageError
from bot.domain.language import Languages
from bot.domain.model import Channel
from bot.domain.reply import Person, Press, Reply, Request
from bot.domain.unsaid import Text

log = logging.getLogger(__name__)
Json = dict[str, Any]

POST_MENU = "post_menu"
#: event -> why the channel is closed then.
SHUTTING = {
    "channel_archive": "This channel is archived.",
    "group_archive": "This channel is archived.",
    "channel_deleted": "This channel was deleted.",
    "group_deleted": "This channel was deleted.",
    "channel_left": "I was removed from this channel. Type `/invite @Tidings` in it.",
    "group_left": "I was removed from this channel. Type `/invite @Tidings` in it.",
}
OPENING = ("channel_unarchive", "group_unarchive")
_NO_SLACK = Text("Slack did not answer me just now; please try again.")
_WENT_WRONG = Text("Something went wrong on our side and was logged; please try again.")
_NOT_OURS = Text("This message is not one of mine.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Handles commands, clicks, forms and events."""

    answers: Answers
    answering: Answering
    people: People
    entrance: Entrance
    workspaces: Workspaces
    installations: SealedInstallations
    home: Home
    once: Once
    in_flight: InFlight
    languages: Languages

    def register(self, app: AsyncApp) -> None:
        """Tell bolt what is handled; tests compare it with the manifest, both ways."""
        app.command(re.compile("."))(self.on_command)
        app.action(re.compile(rf"^{PRESS}\."))(self.on_click)
        app.action(re.compile(rf"^{LINK}\."))(self.on_link)
        app.view(FORM)(self.on_form)
        app.message_shortcut(POST_MENU)(self.on_shortcut)
        for event, handler in self.events().items():
            app.event(event)(handler)

    def events(self) -> dict[str, Callable[..., Awaitable[None]]]:
        """Return what is done at which event."""
        return {
            **dict.fromkeys((*SHUTTING, *OPENING), self.on_channel),
            "member_joined_channel": self.on_joined,
            "app_home_opened": self.on_home,
            "app_uninstalled": self.on_uninstalled,
            "tokens_revoked": self.on_revoked,
        }

    async def on_command(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        asked = read_command(body)
        if self.once.is_first(asked.trigger or repr(asked), REPLAYS):
            await self._serve(asked, self._run)

    async def on_click(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        asked = read_click(body)
        clicked = f"{asked.who.user} {asked.channel} {asked.action} {asked.message}"
        if self.once.is_first(asked.trigger, REPLAYS) and self.once.is_first(clicked, DOUBLE_CLICK):
            await self._serve(asked, self._press)

    async def on_link(self, ack: AsyncAck) -> None:
        """A link opens by itself; without an answer Slack shows a warning beside it."""
        await ack()

    async def on_form(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        if self.once.is_first(body["view"]["id"], REPLAYS):
            await self._serve(read_form(body), self._press)

    async def on_shortcut(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        await self._serve(read_shortcut(body), self._menu)

    async def on_channel(self, event: Json, body: Json) -> None:
        if not self._is_new(body):
            return
        with self.in_flight.counted():
            channel = _event_channel(body, event["channel"])
            if event["type"] in SHUTTING:
                await self.entrance.shut(channel, SHUTTING[event["type"]])
            else:
                await self.entrance.invited(channel)

    async def on_joined(self, event: Json, body: Json) -> None:
        """Somebody came into a channel: it matters where that was us."""
        if not self._is_new(body):
            return
        with self.in_flight.counted():
            own = await self.workspaces.identity(body["team_id"])
            if own is not None and event["user"] == own.bot_user:
                await self.entrance.invited(_event_channel(body, event["channel"]))

    async def on_home(self, event: Json, body: Json) -> None:
        with self.in_flight.counted():
            if event.get("tab", "home") == "home":
                await self.home.publish(body["team_id"], event["user"])

    async def on_uninstalled(self, body: Json) -> None:
        if not self._is_new(body):
            return
        with self.in_flight.counted():
            at = datetime.fromtimestamp(body.get("event_time", 0), UTC)
            await self.installations.uninstalled(body["team_id"], at)
            self.workspaces.forget(body["team_id"])

    async def on_revoked(self, event: Json, body: Json) -> None:
        if event.get("tokens", {}).get("bot"):
            await self.on_uninstalled(body)

    def _is_new(self, body: Json) -> bool:
        """Whether an event comes for the first time: Slack repeats one for an hour, when it may no longer be true."""
        return self.once.is_first(body["event_id"], REPLAYS)

    async def _serve(self, asked: Asked, work: Callable[[Asked, Person], Awaitable[Reply]]) -> None:
        """Find out who asks, do the work, and deliver its answer; nothing raises out of here."""
        with self.in_flight.counted():
            await self._serve_counted(asked, work)

    async def _serve_counted(self, asked: Asked, work: Callable[[Asked, Person], Awaitable[Reply]]) -> None:
        try:
            reply = await work(asked, await self._person(asked))
            if note := await self.entrance.see_to(asked.channel):
                reply = replace(reply, text=f"{reply.text}\n{reply.say.again(note)}".strip())
        except (UsageError, TryLater) as error:
            reply = self._told(asked, error.told)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack did not answer", extra={"channel": str(asked.channel), "error": type(error).__name__})
            reply = self._told(asked, _NO_SLACK)
        except Exception:
            log.exception("handling failed", extra={"channel": str(asked.channel)})
            reply = self._told(asked, _WENT_WRONG)
        if asked.in_home:
            await self.home.publish(asked.channel.workspace, asked.who.user, note=reply.text)
        else:
            await self.answering.deliver(asked, reply)

    async def _person(self, asked: Asked) -> Person:
        channel, who = asked.channel, asked.who
        if who.home != channel.workspace:
            raise NotAllowed("Only members of this workspace can use me here.")
        personal = await self.entrance.is_personal(channel, who.user, asked.channel_name)
        return await self.people.person(channel.workspace, who.user, who.name, own_channel=personal)

    async def _menu(self, asked: Asked, _: Person) -> Reply:
        language = self._persons(asked)
        entries = await self.answers.menu(asked.channel, asked.message, language) if asked.message else ()
        if not entries:
            return self._told(asked, _NOT_OURS)
        return replace(self._told(asked, Text("What about this post?")), buttons=tuple(entries))

    def _persons(self, asked: Asked) -> str | None:
        return self.people.language(asked.channel.workspace, asked.who.user)

    def _told(self, asked: Asked, text: Text) -> Reply:
        """Return what is said without a look at the channel, in the person's language."""
        say = self.languages.get(self._persons(asked))
        return Reply(text=say(text), say=say)

    async def _run(self, asked: Asked, person: Person) -> Reply:
        request = Request(
            channel=asked.channel,
            person=person,
            text=asked.text or "",
            channel_name=asked.channel_name,
            language=self._persons(asked),
        )
        return await self.answers.run(request)

    async def _press(self, asked: Asked, person: Person) -> Reply:
        if asked.in_home and not await self.home.may_see(asked.channel, asked.who.user):
            raise NotAllowed("That channel is not one you are in.")
        press = Press(
            channel=asked.channel,
            person=person,
            action=asked.action,
            values=asked.values or {},
            message=asked.message,
            language=self._persons(asked),
        )
        return await self.answers.press(press)


def _event_channel(body: Json, channel: str | Json) -> Channel:
    channel_id = channel["id"] if isinstance(channel, dict) else channel
    return Channel(platform=PLATFORM, workspace=body["team_id"], id=channel_id)
