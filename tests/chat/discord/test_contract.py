"""Discord keeps the promises of bot.ports.Chat: in a text channel. test_send.py has the other kinds."""

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.model import Channel
from tests.chat.discord.conftest import Town
from tests.contracts.chat import RemoteChatContract
from tests.fakes.discord.faults import Fault


class TextPlace:
    """A text channel, and what can go wrong with it."""

    def __init__(self, town: Town) -> None:
        self._town = town

    @property
    def channel(self) -> Channel:
        return self._town.channel(self._town.text)

    async def shown(self) -> list[str]:
        return [str(message["nonce"]) for message in await self._town.posted(self._town.text)]

    def lose_answer(self) -> None:
        self._fault(Fault("drop_after"))

    def ask_to_wait(self, seconds: float) -> None:
        self._fault(Fault("rate_limit", retry_after=seconds))

    def refuse_content(self) -> None:
        self._fault(Fault("status", status=400, code=50035))

    def close_channel(self) -> None:
        del self._town.server.world.channels[self._town.text]

    def revoke(self) -> None:
        self._town.server.world.token = "another"

    def _fault(self, fault: Fault) -> None:
        self._town.server.world.faults.add(fault)


@pytest.fixture
def chat(discord: Discord) -> Discord:
    return discord


class TestTextChannel(RemoteChatContract):
    @pytest.fixture
    def place(self, town: Town) -> TextPlace:
        return TextPlace(town)
