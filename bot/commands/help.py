"""`/tidings help`: written from the table, so that it cannot forget a command."""

from collections.abc import Iterable, Sequence

from bot.commands.command import ROOT, TOP_LEVEL, Call, Command, Who
from bot.commands.desk import Desk
from bot.domain.language import Language
from bot.domain.reply import Button, Reply
from bot.domain.typed import nearest
from bot.domain.unsaid import Text

_FOR = {
    Who.ANYONE: Text("For anyone in the channel."),
    Who.CHANNEL: Text("For people who may change the channel."),
    Who.WORKSPACE: Text("For people who may change the workspace."),
}


async def show_help(_: Desk, call: Call) -> Reply:
    """List what there is, or say how one command is typed."""
    visible = [command for command in call.table.values() if not command.hidden]
    wanted = call.text.lower().lstrip("/").removeprefix(ROOT).strip()
    if not wanted:
        return overview(call.say, visible)
    chosen = [c for c in visible if c.verb == wanted] or [c for c in visible if c.verb.startswith(f"{wanted} ")]
    if not chosen:
        return did_you_mean(call.say, wanted, visible)
    return Reply(text="\n\n".join(_long(call.say, command) for command in chosen))


def overview(say: Language, commands: Sequence[Command]) -> Reply:
    """List every command in one line each, the slash commands of their own first."""
    first = [command for command in commands if command.verb in TOP_LEVEL]
    rest = [command for command in commands if command.verb not in TOP_LEVEL]
    lines = [
        say("I post new articles about what you follow into this channel. Start with `/subscribe nlp`."),
        *(_line(say, command) for command in (*first, *rest)),
        say("`/tidings help VERB` says more about one of them."),
    ]
    return Reply(text="\n".join(lines), buttons=(Button(label=say("Topics"), action="/topics"),))


def did_you_mean(say: Language, verb: str, commands: Iterable[Command]) -> Reply:
    """Answer a verb that does not exist: with what stands below it, or with the nearest one."""
    by_verb = {command.verb: command for command in commands}
    if below := [command for name, command in by_verb.items() if name.startswith(f"{verb} ")]:
        first = say("There is more than one thing to do with {verb}:", verb=verb)
        return Reply(text="\n".join([first, *(_line(say, command) for command in below)]))
    near = nearest(verb, by_verb)
    if near is None:
        return Reply(text=say("There is no command {verb}. `/tidings help` lists what there is.", verb=verb))
    slash = by_verb[near].slash
    text = say("There is no command {verb}. Did you mean `{command}`?", verb=verb, command=slash)
    return Reply(text=text, buttons=(Button(label=slash, action=slash),))


def typed_form(command: Command) -> str:
    """Return a command with what may follow it: `/subscribe TOPIC [strict|wide]`."""
    return f"{command.slash} {command.usage}".strip()


def _line(say: Language, command: Command) -> str:
    return f"`{command.slash}` {say(command.help)}"


def _long(say: Language, command: Command) -> str:
    lines = [f"`{typed_form(command)}`", f"{say(command.help)} {say(_FOR[command.who])}"]
    return "\n".join([*lines, *(f"`{example}`" for example in command.examples)])


COMMANDS = (
    Command(
        verb="help",
        usage="[VERB]",
        help="Say what there is to type.",
        run=show_help,
        examples=("/tidings help subscribe",),
    ),
)
