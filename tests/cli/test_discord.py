"""tidings discord sync|invite, against the fake Discord in a thread: commands run event loops of their own."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Shell
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.faults import Fault
from tests.fakes.discord_server import DiscordServer


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    started = threading.Event()
    made: list[DiscordServer] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with DiscordServer() as server:
            made.append(server)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(10)
    yield made[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.fixture
def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


@pytest.fixture
def shell_on(shell: Shell, server: DiscordServer) -> Shell:
    shell.set(DISCORD_TOKEN=server.token, DISCORD_API_URL=server.api_url)
    return shell


def test_commands_are_registered_and_again_only_when_asked(shell_on: Shell, server: DiscordServer) -> None:
    assert shell_on.run("discord", "sync", "--if-changed") == "The commands are registered.\n"
    assert shell_on.run("discord", "sync", "--if-changed") == "Discord knows these commands already.\n"
    assert shell_on.run("discord", "sync") == "The commands are registered.\n"

    assert server.world.command_writes == 2
    assert {"subscribe", "tidings"} <= {command["name"] for command in server.world.commands[None]}
    assert server.gateway.identifies == []


def test_a_release_step_goes_well_without_discord(shell: Shell) -> None:
    assert shell.run("discord", "sync", "--if-changed").startswith("DISCORD_TOKEN is not set")
    shell.run("discord", "sync", code=1)


@pytest.mark.parametrize(
    ("arguments", "environment", "code"),
    [
        (["--if-changed"], {}, 0),
        ([], {}, 1),
        # Nobody would register them later.
        (["--if-changed"], {"DISCORD_COMMANDS_SYNC": "false"}, 1),
    ],
)
def test_a_release_step_is_not_held_up_by_an_outage(
    shell: Shell, closed_port: int, arguments: list[str], environment: dict[str, str], code: int
) -> None:
    shell.set(DISCORD_TOKEN="x", DISCORD_API_URL=f"http://127.0.0.1:{closed_port}/api/v10", **environment)

    shell.run("discord", "sync", *arguments, code=code)

    assert shell.errors.startswith("Discord cannot be reached for the moment, try again shortly: ")
    assert shell.errors.endswith("The bot registers its commands when it connects.\n") is (code == 0)


def test_the_invite_is_printed(shell_on: Shell, server: DiscordServer) -> None:
    printed = shell_on.run("discord", "invite")

    assert printed.startswith(f"https://discord.com/oauth2/authorize?client_id={server.world.application_id}&")
    assert f"permissions={perms.LEAST}" in printed


def test_without_a_token_it_says_where_to_get_one(shell: Shell) -> None:
    shell.run("discord", "invite", code=1)

    assert shell.errors.startswith("Set DISCORD_TOKEN")


def test_a_wrong_token_and_a_refusal_are_sentences(shell_on: Shell, server: DiscordServer) -> None:
    server.world.faults.add(Fault("status", method="PUT", path="/commands$", status=403, message="Nope"))
    shell_on.run("discord", "sync", code=1)
    assert shell_on.errors == "Discord refused: 403 Nope\n"

    shell_on.set(DISCORD_TOKEN="wrong")
    shell_on.run("discord", "sync", code=1)
    assert shell_on.errors == "Discord refuses our token: set a new DISCORD_TOKEN.\n"


def test_a_discord_that_is_away_is_a_sentence(shell_on: Shell) -> None:
    shell_on.set(DISCORD_API_URL="http://127.0.0.1:9/api/v10")

    shell_on.run("discord", "invite", code=1)

    assert shell_on.errors.startswith("Discord cannot be reached for the moment, try again shortly: ")
