"""The commands as Discord is told of them: within its limits, complete, and registered only when they change."""

from dataclasses import replace
from typing import Any

import discord as dpy
import pytest

from bot.app import read_languages
from bot.chat.discord.adapter import Discord
from bot.chat.discord.languages import described
from bot.chat.discord.options import options_of, suggest, typed_text
from bot.chat.discord.sync import invite_url, mark_of
from bot.chat.discord.tree import MENU_NAMES
from bot.commands.command import TOP_LEVEL, Command, Who
from bot.commands.table import TABLE
from tests.chat.discord.conftest import Make, Town, connected
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.answers import ApiError, Json
from tests.fakes.discord.command_form import check_commands, size

SUBCOMMAND, GROUP = 1, 2


async def registered(town: Town) -> list[Json]:
    found: list[Json] = (await town.server.control.commands())["commands"]
    return found


def named(commands: list[Json], name: str) -> Json:
    return next(command for command in commands if command["name"] == name)


def verbs_below(command: Json) -> set[str]:
    found = set()
    for option in command["options"]:
        if option["type"] == SUBCOMMAND:
            found.add(option["name"])
        elif option["type"] == GROUP:
            found |= {f"{option['name']} {below['name']}" for below in option["options"]}
    return found


async def test_what_is_registered_is_within_every_limit(town: Town, served: Discord) -> None:
    commands = await registered(town)

    check_commands(commands)
    assert max(size(command) for command in commands) < 8000
    assert len([command for command in commands if command["type"] == 1]) <= 7


async def test_every_command_people_may_type_is_there(town: Town, served: Discord) -> None:
    commands = await registered(town)
    visible = {command.verb for command in TABLE if not command.hidden}
    heads = {verb.split()[0] for verb in visible if " " in verb}

    assert {verb for verb in TOP_LEVEL if verb in visible} <= {command["name"] for command in commands}
    # A verb that is also the head of others (`feeds`, `feeds list`) cannot be run on Discord by itself.
    assert verbs_below(named(commands, "tidings")) == visible - heads


async def test_no_command_can_be_typed_in_a_private_message(town: Town, served: Discord) -> None:
    assert {command["dm_permission"] for command in await registered(town)} == {False}


async def test_commands_that_change_a_channel_are_shown_to_those_who_may(town: Town, served: Discord) -> None:
    commands = await registered(town)

    assert int(named(commands, "subscribe")["default_member_permissions"]) == perms.MANAGE_CHANNELS
    assert named(commands, "topics")["default_member_permissions"] is None


async def test_where_settings_name_roles_our_own_check_decides(town: Town, make: Make) -> None:
    async with connected(make(manager_roles=("News",)), town):
        assert named(await registered(town), "subscribe")["default_member_permissions"] is None


async def test_commands_are_registered_when_they_change_and_only_then(town: Town, make: Make) -> None:
    for _ in range(3):
        async with connected(make(), town):
            pass

    assert town.server.world.command_writes == 1


async def test_a_registration_that_failed_is_made_again_and_stops_nothing(town: Town, make: Make) -> None:
    await town.fault("status", method="PUT", path="/commands$", status=503)
    async with connected(make(), town):
        assert town.server.world.command_writes == 0

    async with connected(make(), town):
        assert town.server.world.command_writes == 1


def test_equal_commands_have_equal_marks_and_others_do_not() -> None:
    one: list[Json] = [{"name": "a", "description": "x"}]

    assert mark_of(one) == mark_of([{"description": "x", "name": "a"}])
    assert mark_of(one) != mark_of([{"name": "a", "description": "y"}])


def test_too_long_a_command_would_be_noticed() -> None:
    long: list[Json] = [{"name": "a", "description": "x" * 101, "type": 1}]

    with pytest.raises(ApiError):
        check_commands(long)


# -- options ------------------------------------------------------------------------------------
async def nothing(*_: object) -> Any:
    raise AssertionError


def command(verb: str, usage: str = "", who: Who = Who.ANYONE) -> Command:
    return Command(verb=verb, usage=usage, help="Do it.", run=nothing, who=who)


@pytest.mark.parametrize(
    ("usage", "name", "required"),
    [
        ("TOPIC or URL, … [strict]", "topic", True),
        ("[WORD]", "word", False),
        ("URL", "url", True),
        ("CHANNEL", "what", True),
    ],
)
def test_the_first_field_is_what_the_usage_says(usage: str, name: str, required: bool) -> None:
    option = options_of(command("x", usage))[0]

    assert (option.name, option.required) == (name, required)


def test_a_command_without_usage_has_no_field() -> None:
    assert options_of(command("x")) == ()


def test_filled_fields_become_one_typed_line() -> None:
    given = {"topic": "  nlp,\n rust ", "strictness": None, "when": "digest daily at 09:00", "channel": object()}

    assert typed_text(command("subscribe", "TOPIC"), given) == "/subscribe nlp, rust digest daily at 09:00"
    assert (
        typed_text(command("feeds add", "URL"), {"url": "https://a.example"}) == "/tidings feeds add https://a.example"
    )


def test_suggestions_hold_what_was_typed() -> None:
    when = next(o for o in options_of(command("subscribe", "TOPIC")) if o.name == "when")

    assert suggest(when, "DAILY") == ("digest daily at 09:00", "digest daily at 18:00")
    assert "each" in suggest(replace(when), "")


def test_the_invite_asks_for_the_least() -> None:
    url = invite_url(42)

    assert url.startswith("https://discord.com/oauth2/authorize?client_id=42&")
    assert f"permissions={perms.LEAST}" in url
    assert "scope=bot+applications.commands" in url
    assert not perms.LEAST & (perms.ADMINISTRATOR | perms.MENTION_EVERYONE | perms.MANAGE_GUILD)
    assert dpy.Permissions(perms.LEAST).embed_links


async def test_descriptions_are_told_in_every_language_and_names_stay(town: Town, make: Make) -> None:
    async with connected(make(), town):
        commands = await registered(town)
    subscribe, menu = named(commands, "subscribe"), named(commands, "Why this post?")
    mention = next(option for option in subscribe["options"] if option["name"] == "mention")

    assert subscribe["description_localizations"] == {"de": "Themen oder Blogs in diesem Kanal abonnieren."}
    assert mention["description_localizations"]["de"].startswith("Eine Rolle")
    assert menu["name_localizations"] == {"de": "Warum dieser Beitrag?"}
    assert not subscribe.get("name_localizations")


def test_no_translation_is_cut() -> None:
    for language in read_languages().by_code.values():
        for text in described(TABLE):
            most = 32 if text in MENU_NAMES.values() else 100
            assert len(language.texts[text][0]) <= most, text
