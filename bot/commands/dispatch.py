"""From what was typed or pressed to the command that answers, with the rights checked in one place."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.commands.command import HERE, LONGEST_ACTION, ROOT, Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.help import did_you_mean
from bot.commands.table import TABLE
from bot.domain.errors import NotAllowed, TryLater, UsageError
from bot.domain.language import Language
from bot.domain.links import has_secret
from bot.domain.menu import menu_of, read_menu_action
from bot.domain.model import Channel, MessageRef
from bot.domain.reply import Button, Choice, Press, Reply, Request
from bot.domain.typed import plain
from bot.domain.unsaid import Text

log = logging.getLogger(__name__)

WENT_WRONG = Text("Something went wrong on our side and was logged; nothing was changed. Please try again.")
STALE = Text("This button is no longer in use. `/tidings` shows what there is now.")
_PEOPLE = {
    Who.ANYONE: Text("everybody"),
    Who.CHANNEL: Text("people who may change this channel"),
    Who.WORKSPACE: Text("people who may change this workspace (admins)"),
}


class Commands:
    """Every command, for every chat. Nothing a person types or presses makes it raise."""

    def __init__(self, desk: Desk, *, names: Mapping[str, str] | None = None, table: Sequence[Command] = TABLE) -> None:
        """Take *names* for other names of the slash commands: `{"subscribe": "follow"}`."""
        self._desk = desk
        self._verbs = {name.lower(): verb for verb, name in (names or {}).items()}
        self._table = {command.verb: command for command in table}

    async def run(self, request: Request) -> Reply:
        """Answer a typed command."""
        call = Call(
            channel=request.channel,
            person=request.person,
            channel_name=request.channel_name,
        )
        return await self._answer(plain(request.text), call, request.language)

    async def press(self, press: Press) -> Reply:
        """Answer a button, a menu entry or a form; its action is no more trusted than something typed."""
        call = Call(
            channel=press.channel,
            person=press.person,
            values=press.values,
            message=press.message,
            pressed=True,
        )
        return await self._answer(await self._action(press), call, press.language)

    async def _action(self, press: Press) -> str | None:
        """Return the command behind a press; None where it is no longer known."""
        if press.action.startswith("#"):
            return await self._desk.actions.find(press.channel, press.action[1:])
        if entry := read_menu_action(press.action):
            return f"/{ROOT} {entry[0]} {entry[1]}"
        return press.action

    async def menu(self, channel: Channel, ref: MessageRef, language: str | None = None) -> Sequence[Button]:
        """Return the menu of the post that a message shows, whether the message has buttons or not; else nothing."""
        found = await self._desk.reasons.carried(channel, ref)
        return menu_of(found, await self._language(channel, language)) if found else ()

    async def complete(self, channel: Channel, verb: str, typed: str) -> Sequence[Choice]:
        """Return at most 25 choices for what may follow *verb*, given what is typed of it."""
        command = self._table.get(verb)
        if command is None or command.complete is None:
            return ()
        return (await command.complete(self._desk, channel, plain(typed)))[:25]

    async def _answer(self, text: str | None, call: Call, persons: str | None) -> Reply:
        """Answer in the channel's language, else the person's own; *text* is None where nobody knows any more."""
        say = self._desk.languages.get(persons)
        try:
            say = await self._language(call.channel, persons)
            if text is None:
                return Reply(text=say(STALE), done=False, say=say)
            reply = await self._run(text, replace(call, say=say))
            return replace(await self._carried(reply, call.channel), say=say)
        except (UsageError, TryLater) as error:
            return Reply(text=say(error.told), done=False, say=say)
        except Exception:
            # A person waits for an answer; whatever failed is ours, and its transaction was rolled back.
            log.exception("command failed", extra={"channel": str(call.channel)})
            return Reply(text=say(WENT_WRONG), done=False, say=say)

    async def _language(self, channel: Channel, persons: str | None) -> Language:
        chosen = (await self._desk.channels.status(channel)).options.language
        return self._desk.languages.get(chosen or persons)

    async def _run(self, text: str, call: Call) -> Reply:
        verb, rest = self._split(text)
        command = self._table.get(verb)
        if command is None:
            return did_you_mean(call.say, verb, self._visible)
        if rest.lower() == "help":
            command, rest = self._table["help"], verb
        if not command.allows(call.person):
            raise NotAllowed("`{command}` is for {people}.", command=command.slash, people=_PEOPLE[command.who])
        reply = await command.run(self._desk, replace(call, text=rest, table=self._table))
        if command.who is not Who.ANYONE:
            # What a change put into the outbox (a removal, posts to begin with) goes out now, not with the next sweep.
            await self._desk.wake(call.channel)
        return reply

    @property
    def _visible(self) -> list[Command]:
        return [command for command in self._table.values() if not command.hidden]

    def _split(self, text: str) -> tuple[str, str]:
        """Return the verb, of one word or two, and what follows it."""
        first, _, rest = text.lstrip("/").partition(" ")
        first = self._verbs.get(first.lower(), first.lower())
        typed = rest.strip() if first == ROOT else f"{first} {rest}".strip()
        if not typed:
            return HERE, ""
        found = typed.lower().split()
        for length in (2, 1):
            verb = " ".join(found[:length])
            if verb in self._table:
                return verb, "".join(typed.split(maxsplit=length)[length:])
        return found[0], " ".join(found[1:])

    async def _carried(self, reply: Reply, channel: Channel) -> Reply:
        """Store commands too long for a button, or with a password, and put their numbers into the buttons."""
        buttons = [replace(b, action=await self._carry(b.action, channel)) for b in reply.buttons]
        form = reply.form and replace(reply.form, action=await self._carry(reply.form.action, channel))
        return replace(reply, buttons=tuple(buttons), form=form)

    async def _carry(self, action: str, channel: Channel) -> str:
        if len(action) <= LONGEST_ACTION and not any(map(has_secret, action.split())):
            return action
        return "#" + await self._desk.actions.keep(channel, action, self._desk.clock.now())
