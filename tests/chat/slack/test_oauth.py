"""Many workspaces by OAuth: installed, used, removed, installed again."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.slack.app import Slack
from bot.chat.slack.installations import UNINSTALLED, SealedInstallations
from bot.chat.slack.settings import SlackSettings, faults
from bot.domain.errors import GiveUp
from bot.domain.message import Sent, Undeliverable
from bot.store.channel_states import SqlChannelStates
from bot.store.database import Database
from bot.store.installations import SqlInstallations
from tests.chat.slack.conftest import Json, Scene, serving, settings_for, until
from tests.chat.slack.installer import Installer
from tests.chat.slack.messages import message
from tests.clock import FakeClock
from tests.domain.announcements import announcement
from tests.fakes.answers import FakeAnswers
from tests.fakes.slack_server import FakeSlack


@pytest.fixture
async def many(
    fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock, unused_tcp_port: int
) -> AsyncIterator[tuple[Slack, Installer]]:
    """The adapter for many workspaces over HTTP."""
    origin = f"http://127.0.0.1:{unused_tcp_port}"
    settings = replace(
        settings_for(fake, {"bot_token": ""}),
        app_token="",
        signing_secret=fake.world.signing_secret,
        client_id=fake.world.client_id,
        client_secret=fake.world.client_secret,
        secret_key="any long random text",
        public_url=origin,
    )
    async with serving(settings, fake, answers, sqlite, clock, port=unused_tcp_port) as slack:
        yield slack, Installer(origin)


async def channel_of(fake: FakeSlack, team: Json) -> str:
    return str((await fake.stage.channel(team["id"], "nlp", with_bot=True))["id"])


async def test_two_workspaces_are_served_each_with_its_own_token(
    many: tuple[Slack, Installer], fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock
) -> None:
    slack, installer = many
    teams = [await fake.stage.team(name) for name in ("Acme", "Beta")]
    for team in teams:
        assert await installer.install(team["id"]) == 200
    for team in teams:
        channel = await channel_of(fake, team)
        scene = Scene(fake=fake, slack=slack, answers=answers, clock=clock, database=sqlite, team=team, channel=channel)
        await scene.answered(await scene.typed("/subscribe", "nlp"))
        outcome = await slack.send(message(announcement(), channel=scene.place()))
        said = await fake.stage.messages(channel)

        assert isinstance(outcome, Sent)
        assert [each["bot_id"] for each in said] == [team["bot_id"]]
    assert [r.channel.workspace for r in answers.requests] == [team["id"] for team in teams]


async def test_a_removed_workspace_stops_alone_and_a_new_installation_resumes_it(
    many: tuple[Slack, Installer], fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock
) -> None:
    slack, installer = many
    scenes = []
    for name in ("Acme", "Beta"):
        team = await fake.stage.team(name)
        assert await installer.install(team["id"]) == 200
        channel = await channel_of(fake, team)
        scenes.append(
            Scene(fake=fake, slack=slack, answers=answers, clock=clock, database=sqlite, team=team, channel=channel)
        )
        await scenes[-1].follow(channel)
    gone, stays = scenes
    clock.pass_time(timedelta(days=365))
    await fake.stage.uninstall(gone.team["id"])

    async def is_closed() -> bool:
        return (await gone.state_of(gone.channel))[0] == "closed"

    await until(is_closed)
    before = len(await fake.stage.calls("chat.postMessage"))
    assert await gone.state_of(gone.channel) == ("closed", UNINSTALLED)
    assert await stays.state_of(stays.channel) == ("active", None)
    outcome = await slack.send(message(announcement(), channel=gone.place()))
    assert outcome == Undeliverable("Tidings is not installed in this workspace.", "installation")
    assert isinstance(await slack.send(message(announcement(), channel=stays.place())), Sent)
    assert len(await fake.stage.calls("chat.postMessage")) == before + 1

    assert await installer.install(gone.team["id"]) == 200
    assert await gone.state_of(gone.channel) == ("active", None)
    assert isinstance(await slack.send(message(announcement(), channel=gone.place())), Sent)


async def test_a_state_is_good_once_in_time_and_in_the_browser_that_began(
    many: tuple[Slack, Installer], fake: FakeSlack, clock: FakeClock
) -> None:
    _, installer = many
    team = await fake.stage.team("Acme")
    back = await installer.agree(await installer.start(team["id"]))
    assert await installer.come_back(back, with_cookie=False) == 400
    assert await installer.come_back(back) == 200
    assert await installer.come_back(back) == 401

    late = await installer.agree(await installer.start(team["id"]))
    clock.pass_time(timedelta(minutes=11))
    assert await installer.come_back(late) == 401
    forged = late.replace("state=", "state=x")
    assert await installer.come_back(forged) == 400


async def test_a_late_word_of_a_removal_does_not_undo_a_new_installation(
    fake: FakeSlack, sqlite: Database, clock: FakeClock
) -> None:
    from slack_sdk.oauth.installation_store import Installation

    store = SealedInstallations("key", SqlInstallations(sqlite), SqlChannelStates(sqlite), clock)
    removed = clock.now()
    clock.pass_time(timedelta(seconds=1))
    await store.async_save(Installation(team_id="T1", bot_token="xoxb-new", bot_id="B", bot_user_id="U", user_id="U1"))
    await store.uninstalled("T1", removed)
    found = await store.async_find_bot(enterprise_id=None, team_id="T1")

    assert found is not None
    assert found.bot_token == "xoxb-new"
    await store.uninstalled("T1", clock.now())
    assert await store.async_find_bot(enterprise_id=None, team_id="T1") is None


async def test_tokens_are_sealed_and_another_key_is_said(sqlite: Database, clock: FakeClock) -> None:
    from slack_sdk.oauth.installation_store import Installation

    rows = SqlInstallations(sqlite)
    store = SealedInstallations("key", rows, SqlChannelStates(sqlite), clock)
    await store.async_save(Installation(team_id="T1", bot_token="xoxb-canary", user_id="U1", bot_scopes="commands"))
    stored = await rows.get("slack", "T1")
    assert stored is not None
    assert b"canary" not in stored.data

    other = SealedInstallations("another key", rows, SqlChannelStates(sqlite), clock)
    with pytest.raises(GiveUp, match="SECRET_KEY"):
        await other.async_find_bot(enterprise_id=None, team_id="T1")


async def test_a_bad_token_fails_the_start(
    fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock
) -> None:
    settings = settings_for(fake, {"bot_token": "xoxb-wrong"})
    with pytest.raises(GiveUp, match=r"SLACK_BOT_TOKEN \(invalid_auth\)"):
        async with serving(settings, fake, answers, sqlite, clock):
            pass


async def test_a_bad_app_token_fails_the_start(
    fake: FakeSlack, answers: FakeAnswers, sqlite: Database, clock: FakeClock
) -> None:
    team = await fake.stage.team("Acme")
    settings = replace(settings_for(fake, team), app_token="xapp-wrong")
    with pytest.raises(GiveUp, match=r"SLACK_APP_TOKEN \(invalid_auth\)"):
        async with serving(settings, fake, answers, sqlite, clock):
            pass


def test_what_is_missing_is_said_by_name() -> None:
    half = SlackSettings(client_id="1.2")

    assert {"SLACK_CLIENT_SECRET", "SECRET_KEY", "PUBLIC_URL", "SLACK_SIGNING_SECRET"} <= set(
        re.findall(r"[A-Z_]{6,}", " ".join(faults(half)))
    )
