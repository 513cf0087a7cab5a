"""The front desk: every command, button, menu and form of Discord becomes a question to the core, answered once."""

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.chat.discord.aims import aim_of, aimed, paged
from bot.chat.discord.forms import values_of
from bot.chat.discord.needs import Answers
from bot.chat.discord.options import POSTING
from bot.chat.discord.rights import lacking_sentence
from bot.chat.discord.settings import DiscordSettings
from bot.chat.discord.showing import log_unshown, promise, show, show_late
from bot.chat.discord.visits import Elsewhere, Visit, moved_up, there, visit_of
from bot.domain.language import Language, Languages
from bot.domain.menu import MenuVerb
from bot.domain.reply import Press, Reply, Request
from bot.domain.unsaid import Text
from bot.ports.channels import ChannelStates
from bot.ports.running import Clock

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
SERVERS_ONLY = Text("I work in the channels of a server. Invite me to one and type `/subscribe` there.")
NO_TOPIC = Text("No topic brought this post: the channel follows its blog, or a search.")
NOT_MINE = Text("That message carries no post of mine. Choose this on a post that I announced here.")
UNMENTIONABLE = Text(
    "I may not mention {role}: nobody may whose right it is not. Switch on “Allow anyone to @mention this role” in "
    "Server Settings → Roles, or choose another one. Nothing was changed."
)
UNSEEN = Text("You cannot see that channel.")
OUT_OF_SIGHT = Text("That channel is gone, or I cannot see it any more.")
CHANGED = Text("This command has changed. Please type it again in a minute, or try `/tidings help`.")
WENT_WRONG = Text("Something went wrong on our side, and was logged as {number}. Please try again.")
#: Discord may deliver an interaction twice; older ones than so many cannot come again within their 15 minutes.
REMEMBERED = 5000
#: Discord waits three seconds for suggestions; an empty list is better than none.
SUGGEST_WITHIN = 2.0


class Front:
    """Nothing a person does makes it raise."""

    def __init__(
        self, answers: Answers, states: ChannelStates, clock: Clock, settings: DiscordSettings, languages: Languages
    ) -> None:
        self._answers = answers
        self._languages = languages
        self._states = states
        self._clock = clock
        self._settings = settings
        self._seen: OrderedDict[int, None] = OrderedDict()

    # -- what people do -------------------------------------------------------------------------
    async def run(
        self,
        interaction: Interaction,
        text: str,
        elsewhere: Elsewhere | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Answer a slash command; *role* is one that is to be mentioned."""
        if role is not None and (role.is_default() or not role.mentionable):
            await self._give(interaction, self._told(interaction, UNMENTIONABLE, role=role.name.lstrip("@")), "")
            return
        visit = visit_of(interaction, self._settings.manager_roles, elsewhere)
        await self._give(interaction, self._run(interaction, visit, text), text)

    async def press(self, interaction: Interaction, action: str, values: Mapping[str, str] | None = None) -> None:
        """Answer a button, a menu's entry or a form; *action* is the id of what was pressed."""
        aim = aim_of(action)
        place = there(interaction, aim.channel) if aim.channel is not None else None
        if aim.channel is not None and place is None:
            await self._give(interaction, self._told(interaction, OUT_OF_SIGHT), "")
            return
        visit = visit_of(interaction, self._settings.manager_roles, place)
        work = self._press(interaction, visit, aim.action, values or {}, aim.page)
        await self._give(interaction, work, action)

    async def submit(self, interaction: Interaction) -> None:
        """Answer a form that was sent."""
        data: Mapping[str, Any] = interaction.data or {}
        await self.press(interaction, str(data.get("custom_id") or ""), values_of(data))

    async def pick(self, interaction: Interaction, message: discord.Message, verb: MenuVerb) -> None:
        """Answer an entry of a message's own menu."""
        # The menu of a message comes without the message it was opened on.
        interaction.message = message
        visit = visit_of(interaction, self._settings.manager_roles)
        await self._give(interaction, self._pick(interaction, visit, verb), "")

    async def complete(self, interaction: Interaction, verb: str, typed: str) -> list[app_commands.Choice[str]]:
        """Return suggestions for what may follow *verb*."""
        visit = visit_of(interaction, ())
        if visit is None:
            return []
        try:
            async with asyncio.timeout(SUGGEST_WITHIN):
                choices = await self._answers.complete(visit.channel, verb, typed)
        except Exception:
            log.exception("suggesting failed", extra={"verb": verb})
            return []
        return [
            app_commands.Choice(name=choice.label[:100] or choice.value, value=choice.value)
            for choice in choices[:25]
            if 1 <= len(choice.value) <= 100
        ]

    async def unknown(self, interaction: Interaction) -> None:
        """Answer a command that Discord still shows and we no longer have."""
        await self._give(interaction, self._told(interaction, CHANGED), "")

    # -- questions to the core ------------------------------------------------------------------
    async def _run(self, interaction: Interaction, visit: Visit | None, text: str) -> Reply:
        if visit is None:
            return await self._told(interaction, SERVERS_ONLY)
        if not visit.sees_channel:
            return await self._told(interaction, UNSEEN)
        refused = await self._check_rights(interaction, visit, text)
        request = Request(
            channel=visit.channel,
            person=visit.person,
            text=text,
            channel_name=visit.channel_name,
            language=interaction.locale.value,
        )
        return refused or paged(aimed(_of_place(await self._answers.run(request), visit), visit.apart), None)

    async def _press(
        self,
        interaction: Interaction,
        visit: Visit | None,
        action: str,
        values: Mapping[str, str],
        page: int | None = None,
    ) -> Reply:
        if visit is None:
            return await self._told(interaction, SERVERS_ONLY)
        if not visit.sees_channel:
            return await self._told(interaction, UNSEEN)
        visit = await self._in_its_channel(visit)
        refused = await self._check_rights(interaction, visit, action, values)
        press = Press(
            channel=visit.channel,
            person=visit.person,
            action=action,
            values=values,
            message=visit.message,
            language=interaction.locale.value,
        )
        return refused or paged(aimed(await self._answers.press(press), visit.apart), page)

    async def _in_its_channel(self, visit: Visit) -> Visit:
        """Return the visit where the message pressed belongs: a post in a digest's thread is of the channel above."""
        is_above = visit.above is not None and await self._answers.menu(*visit.above)
        return moved_up(visit) if is_above else visit

    async def _pick(self, interaction: Interaction, visit: Visit | None, verb: MenuVerb) -> Reply:
        visit = await self._in_its_channel(visit) if visit else None
        entries = await self._answers.menu(visit.channel, visit.message) if visit and visit.message else ()
        actions = [entry.action for entry in entries if entry.action.startswith(f"{verb}:")]
        if entries and not actions:
            return await self._told(interaction, NO_TOPIC)
        if not actions:
            return await self._told(interaction, NOT_MINE)
        return await self._press(interaction, visit, actions[0], {})

    async def _check_rights(
        self, interaction: Interaction, visit: Visit, text: str, values: Mapping[str, str] | None = None
    ) -> Reply | None:
        """Refuse to promise posts that could not be shown; open a channel again whose rights are whole."""
        if visit.threadless and wants_threads(text, values or {}):
            return await self._told(interaction, visit.threadless)
        if _verb(text) not in POSTING or not (visit.person.may_change_channel or visit.person.may_change_workspace):
            return None
        if visit.lacks:
            say = self._say(interaction)
            return Reply(text=lacking_sentence(say, visit.lacks, visit.channel_name), say=say)
        await self._states.reopen_channel(visit.channel, self._clock.now())
        return None

    # -- answering ------------------------------------------------------------------------------
    async def _give(self, interaction: Interaction, work: Coroutine[Any, Any, Reply], again: str) -> None:
        if self._came_before(interaction.id):
            work.close()
            return
        asked = asyncio.create_task(self._safely(interaction, work))
        try:
            await asyncio.wait({asked}, timeout=self._settings.quick)
            if asked.done():
                await show(interaction, asked.result())
            else:
                await promise(interaction)
                await show_late(interaction, await asked, again)
        except discord.HTTPException as error:
            log_unshown(error)
            # What was asked for is done to its end, seen or not.
            await asked

    async def _safely(self, interaction: Interaction, work: Coroutine[Any, Any, Reply]) -> Reply:
        try:
            return await work
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("answering failed", extra={"reference": number})
            return await self._told(interaction, WENT_WRONG, number=number)

    def _say(self, interaction: Interaction) -> Language:
        """Return the person's language, for what is said without a look at the channel."""
        return self._languages.get(interaction.locale.value)

    async def _told(self, interaction: Interaction, text: Text, **values: object) -> Reply:
        say = self._say(interaction)
        return Reply(text=say(text, **values), say=say)

    def _came_before(self, interaction: int) -> bool:
        if interaction in self._seen:
            return True
        self._seen[interaction] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return False


def _of_place(reply: Reply, visit: Visit) -> Reply:
    """Say of which channel an answer is, where that is not the one it is shown in: its "here" means that one."""
    if visit.apart is None or not reply.text:
        return reply
    text = reply.say("In {channel}: {answer}", channel=f"#{visit.channel_name}", answer=reply.text)
    return replace(reply, text=text)


def _verb(text: str) -> str:
    """Return the verb of a typed command: `/tidings resume` and `/resume` are one."""
    words = text.lstrip("/").split(maxsplit=2)
    if words and words[0] == "tidings":
        words = words[1:]
    return words[0] if words else ""


def wants_threads(text: str, values: Mapping[str, str]) -> bool:
    """Say whether a command or a form switches threads on."""
    words = text.lstrip("/").removeprefix("tidings ").split()
    return words[:3] == ["settings", "threads", "on"] or (_verb(text) == "settings" and values.get("threads") == "on")
