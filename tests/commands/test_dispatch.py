from collections.abc import Sequence

import pytest

from bot.commands.command import LONGEST_ACTION, TOP_LEVEL, Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.dispatch import STALE, WENT_WRONG, Commands
from bot.commands.help import COMMANDS as HELP
from bot.commands.table import TABLE
from bot.domain.errors import StoreBusy
from bot.domain.menu import MenuVerb
from bot.domain.model import Channel
from bot.domain.reply import Button, Choice, Form, Person, Press, Reply, Request
from tests.commands.conftest import ANN, GUEST, MEMBER, Talk
from tests.seeds import NLP, RUST


async def echo(_: Desk, call: Call) -> Reply:
    return Reply(text=f"[{call.text}] {dict(call.values)} {call.message} {call.pressed}")


async def broken(_: Desk, call: Call) -> Reply:
    raise {"": RuntimeError("no details for people"), "busy": StoreBusy("Try again shortly.")}[call.text]


async def long(_: Desk, call: Call) -> Reply:
    action = f"/echo {call.text} {'x' * LONGEST_ACTION}"
    form = Form(title="F", action=action, submit="Save", fields=())
    return Reply(buttons=(Button(label="Go", action=action),), form=form)


async def thirty(_: Desk, channel: Channel, typed: str) -> Sequence[Choice]:
    return [Choice(value=f"{typed}{number}", label=channel.id) for number in range(30)]


ROWS = (
    Command(verb="echo", help="Say it.", run=echo, complete=thirty, usage="WORDS", examples=("/tidings echo hi",)),
    Command(verb="feeds add", help="Add.", run=echo, who=Who.WORKSPACE),
    Command(verb="feeds list", help="List.", run=echo),
    Command(verb="subscribe", help="Follow.", run=echo, who=Who.CHANNEL),
    Command(verb="broken", help="Break.", run=broken),
    Command(verb="long", help="Offer much.", run=long),
    Command(verb="remove", help="Remove.", run=echo, hidden=True),
    Command(verb="here", help="This channel.", run=echo, hidden=True),
    *HELP,
)


@pytest.fixture
def commands(talk: Talk) -> Commands:
    return Commands(talk.desk, table=ROWS, names={"subscribe": "follow"})


async def say(commands: Commands, text: str, who: Person = ANN) -> str:
    return (await commands.run(Request(channel=NLP, person=who, text=text))).text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/tidings echo hello  world", "[hello  world]"),
        ("/tidings ECHO Hello", "[Hello]"),
        ("/echo hello", "[hello]"),
        ("echo hello", "[hello]"),
        ("/subscribe nlp", "[nlp]"),
        ("/tidings subscribe nlp", "[nlp]"),
        ("/follow nlp", "[nlp]"),
        ("/tidings feeds add https://a.example", "[https://a.example]"),
        ("/tidings feeds   list 2", "[2]"),
        ("/tidings", "[]"),
        ("/tidings echo “a b” <https://a.example/|a.example>", '["a b" https://a.example/]'),
    ],
)
async def test_a_command_gets_what_follows_its_verb(commands: Commands, typed: str, answer: str) -> None:
    assert (await say(commands, typed)).startswith(answer)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/tidings ehco hello", "There is no command ehco. Did you mean `/tidings echo`?"),
        ("/tidings quaternion", "There is no command quaternion. `/tidings help` lists what there is."),
        (
            "/tidings feeds",
            "There is more than one thing to do with feeds:\n`/tidings feeds add` Add.\n`/tidings feeds list` List.",
        ),
        ("/tidings remov", "There is no command remov. `/tidings help` lists what there is."),
    ],
)
async def test_an_unknown_verb_is_answered_with_what_there_is(commands: Commands, typed: str, answer: str) -> None:
    assert await say(commands, typed) == answer


@pytest.mark.parametrize(
    "typed", ["/tidings help echo", "/tidings echo help", "/echo HELP", "/tidings help /tidings echo"]
)
async def test_help_is_there_for_every_command(commands: Commands, typed: str) -> None:
    assert await say(commands, typed) == (
        "`/tidings echo WORDS`\nSay it. For anyone in the channel.\n`/tidings echo hi`"
    )


async def test_help_lists_the_slash_commands_first_and_no_hidden_ones(commands: Commands) -> None:
    lines = (await say(commands, "/tidings help")).splitlines()

    assert lines[1] == "`/subscribe` Follow."
    assert [line for line in lines if "remove" in line or "here" in line.split()[0]] == []
    assert "`/tidings feeds add` Add." in lines


@pytest.mark.parametrize(
    ("typed", "allowed"),
    [
        ("/tidings echo", [GUEST, MEMBER, ANN]),
        ("/subscribe nlp", [MEMBER, ANN]),
        ("/tidings feeds add x", [ANN]),
        ("/tidings feeds add help", [GUEST, MEMBER, ANN]),
    ],
)
async def test_rights_are_checked_before_a_command_runs(commands: Commands, typed: str, allowed: list[Person]) -> None:
    answers = {who.id: await say(commands, typed, who) for who in (GUEST, MEMBER, ANN)}

    refused = {who for who, answer in answers.items() if " is for people who may change this " in answer}
    assert refused == {"guest", "member", "ann"} - {who.id for who in allowed}


async def test_who_may_change_the_workspace_may_change_its_channels(commands: Commands) -> None:
    admin = Person(id="admin", may_change_workspace=True)

    assert (await say(commands, "/subscribe nlp", admin)).startswith("[nlp]")


async def test_what_fails_is_answered_and_says_nothing_of_the_inside(commands: Commands) -> None:
    assert await say(commands, "/tidings broken") == str(WENT_WRONG)
    assert await say(commands, "/tidings broken busy") == "Try again shortly."


async def test_a_press_has_the_rights_of_the_one_who_pressed(commands: Commands) -> None:
    press = Press(channel=NLP, person=GUEST, action="/subscribe nlp")

    assert (await commands.press(press)).text == "`/subscribe` is for people who may change this channel."


async def test_a_form_s_values_and_the_message_reach_the_command(commands: Commands) -> None:
    press = Press(channel=NLP, person=ANN, action="/tidings echo x", values={"a": "1"}, message=None)

    assert (await commands.press(press)).text == "[x] {'a': '1'} None True"


async def test_a_long_command_stands_behind_a_short_button_of_this_channel(commands: Commands) -> None:
    reply = await commands.run(Request(channel=NLP, person=ANN, text="/tidings long hi"))
    action = reply.buttons[0].action

    assert len(action) <= LONGEST_ACTION
    assert reply.form is not None
    assert len(reply.form.action) <= LONGEST_ACTION
    assert (await commands.press(Press(channel=NLP, person=ANN, action=action))).text.startswith("[hi xxx")
    assert (await commands.press(Press(channel=RUST, person=ANN, action=action))).text == str(STALE)
    assert (await commands.press(Press(channel=NLP, person=ANN, action="#nobody"))).text == str(STALE)


@pytest.mark.parametrize("verb", [MenuVerb.REMOVE])
async def test_an_entry_of_an_announcement_s_menu_is_a_command(commands: Commands, verb: MenuVerb) -> None:
    assert (await commands.press(Press(channel=NLP, person=ANN, action=f"{verb}:a1"))).text.startswith("[a1]")


async def test_at_most_25_choices_are_offered(commands: Commands) -> None:
    choices = await commands.complete(NLP, "echo", "“a”")

    assert (len(choices), choices[0]) == (25, Choice(value='"a"0', label="nlp"))
    assert await commands.complete(NLP, "broken", "") == ()
    assert await commands.complete(NLP, "nothing", "") == ()


def test_the_table_fits_every_chat() -> None:
    verbs = [command.verb for command in TABLE]

    assert len(verbs) == len(set(verbs))
    assert {command.verb for command in TABLE} >= {verb for verb in TOP_LEVEL if verb != "why"}
    for command in TABLE:
        assert command.verb == command.verb.lower()
        assert len(command.verb.split()) <= 2
        assert 0 < len(command.help) <= 100, command.verb
        assert command.help.endswith("."), command.verb
        assert all(example.startswith(command.slash) for example in command.examples), command.verb


def test_discord_s_limits_hold_for_what_stands_under_tidings() -> None:
    shown = [command.verb.split() for command in TABLE if not command.hidden]
    below: dict[str, int] = {}
    for words in shown:
        below[words[0]] = below.get(words[0], 0) + 1

    assert len(below) <= 25
    assert max(below.values()) <= 25
