"""Slack keeps what every chat promises."""

from collections.abc import AsyncIterator, Sequence

import pytest

from bot.chat.slack.app import Slack
from bot.domain.model import Channel
from bot.store.database import Database
from tests.chat.slack.conftest import serving, settings_for
from tests.clock import FakeClock
from tests.contracts.chat import RemoteChatContract
from tests.fakes.answers import FakeAnswers
from tests.fakes.slack.faults import Fault
from tests.fakes.slack_server import FakeSlack


class SlackPlace:
    """A channel of the fake Slack."""

    def __init__(self, fake: FakeSlack, channel: Channel) -> None:
        self._fake = fake
        self.channel = channel

    async def shown(self) -> Sequence[str]:
        said = await self._fake.stage.messages(self.channel.id)
        return [each["metadata"]["event_payload"]["key"] for each in said]

    def lose_answer(self) -> None:
        self._next("commit_then_reset")

    def ask_to_wait(self, seconds: float) -> None:
        self._next("429", retry_after=int(seconds))

    def refuse_content(self) -> None:
        self._next("error", error="invalid_blocks")

    def close_channel(self) -> None:
        del self._fake.world.channels[self.channel.id]

    def revoke(self) -> None:
        self._fake.world.teams[self.channel.workspace].token_error = "token_revoked"

    def _next(self, kind: str, **how: object) -> None:
        self._fake.faults.append(Fault(method="chat.postMessage", kind=kind, **how))  # type: ignore[arg-type]


@pytest.fixture
async def place(fake: FakeSlack, clock: FakeClock) -> SlackPlace:
    team = await fake.stage.team("Acme")
    made = await fake.stage.channel(team["id"], "nlp", with_bot=True)
    return SlackPlace(fake, Channel(platform="slack", workspace=team["id"], id=made["id"]))


@pytest.fixture
async def chat(
    place: SlackPlace, fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock
) -> AsyncIterator[Slack]:
    token = fake.world.teams[place.channel.workspace].bot_token
    async with serving(settings_for(fake, {"bot_token": token}), fake, answers, sqlite, clock) as slack:
        yield slack


class TestSlack(RemoteChatContract):
    pass
