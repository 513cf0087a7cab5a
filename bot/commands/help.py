"""`/tidings help`: written from the table, so that it cannot forget a command."""

from collections.abc import Iterable, Sequence

from bot.commands.command import ROOT, TOP_LEVEL, Call, Command
from bot.commands.desk import Desk
from bot.domain.reply import Button, Reply
from bot.domain.typed import nearest


async def show_help(_: Desk, call: Call) -> Reply:
    """List what there is, or say how one command is typed."""
    visible = [command for command in call.table.values() if not command.hidden]
    wanted = call.text.lower().lstrip("/").removeprefix(ROOT).strip()
    if not wanted:
        return overview(visible)
    chosen = [c for c in visible if c.verb == wanted] or [c for c in visible if c.verb.startswith(f"{wanted} ")]
    return Reply(text="\n\n".join(map(_long, chosen))) if chosen else did_you_mean(wanted, visible)


def overview(commands: Sequence[Command]) -> Reply:
    """List every command in one line each, the slash commands of their own first."""
    first = [command for command in commands if command.verb in TOP_LEVEL]
    rest = [command for command in commands if command.verb not in TOP_LEVEL]
    lines = [
        "I post new articles about what you follow into this channel. Start with `/subscribe nlp`.",
        *(_line(command) for command in (*first, *rest)),
        "`/tidings help VERB` says more about one of them.",
    ]
    return Reply(text="\n".join(lines), buttons=(Button(label="Topics", action="/topics"),))


def did_you_mean(verb: str, commands: Iterable[Command]) -> Reply:
    """Answer a verb that does not exist: with what stands below it, or with the nearest one."""
    by_verb = {command.verb: command for command in commands}
    if below := [command for name, command in by_verb.items() if name.startswith(f"{verb} ")]:
        return Reply(text="\n".join([f"There is more than one thing to do with {verb}:", *map(_line, below)]))
    near = nearest(verb, by_verb)
    if near is None:
        return Reply(text=f"There is no command {verb}. `/tidings help` lists what there is.")
    slash = by_verb[near].slash
    return Reply(
        text=f"There is no command {verb}. Did you mean `{slash}`?", buttons=(Button(label=slash, action=slash),)
    )


def typed_form(command: Command) -> str:
    """Return a command with what may follow it: `/subscribe TOPIC [strict|wide]`."""
    return f"{command.slash} {command.usage}".strip()


def _line(command: Command) -> str:
    return f"`{command.slash}` {command.help}"


def _long(command: Command) -> str:
    lines = [f"`{typed_form(command)}`", f"{command.help} For {command.who}."]
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
