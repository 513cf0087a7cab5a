"""The real program, as a process, on the fake Slack: commands, announcements, kills at every step of sending."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.chat.slack.installer import Installer
from tests.fakes.feed_server import Answer, FeedServer, Item, rss
from tests.fakes.slack_server import FakeSlack
from tests.scenarios.bot_process import BotProcess
from tests.scenarios.room_client import PATIENCE, eventually

Json = dict[str, Any]
#: Feeds are polled five times a second, and a message is looked for again after two.
QUICK = {
    "ROOM_ENABLED": "false",
    "POLLING_FLOOR": "0.2s",
    "POLLING_CEILING": "0.2s",
    "POLLING_TICK": "0.2s",
    "POLLING_HOST_SPACING": "0s",
    # A child for parsing costs a second at every start.
    "POLLING_PARSERS": "0",
    "SENDING_TIMEOUT": "1s",
    "SENDING_PLATFORM_LAG": "0.8s",
    "SENDING_MARGIN": "0.2s",
    "SENDING_SWEEP": "0.3s",
    # Ten posts at once would become a digest.
    "CHANNELS_BURST": "100",
    "LOG_LEVEL": "info",
}


@dataclass
class Newsroom:
    """A blog, the fake Slack, and the bot between them."""

    slack: FakeSlack
    feeds: FeedServer
    posts: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write("A garden in spring")
        self.feeds.serve("/feed", lambda _: Answer(rss(self.posts, title="<antirez>")))

    def write(self, title: str) -> None:
        number = len(self.posts)
        self.posts.insert(0, Item(title, f"https://a.example/{number}", guid=str(number), text="Words."))

    async def polled(self) -> None:
        """Return after two more polls: what the feed holds now is known."""
        asked = self.feeds.asked["/feed"]

        async def again() -> bool:
            return self.feeds.asked["/feed"] >= asked + 2

        await eventually(again)

    async def type(self, channel: str, user: str, command: str, text: str) -> str:
        """Type a command and return what is answered."""
        done = await self.slack.stage.command(channel, user, command, text)
        assert done["acked"], done

        async def answered() -> bool:
            return bool(await self.slack.stage.answers(done["answer_id"]))

        await eventually(answered)
        return str((await self.slack.stage.answers(done["answer_id"]))[0]["text"])

    async def follow(self, team: Json, name: str = "nlp") -> str:
        """Subscribe a new channel to the blog, by what ada types, and return the channel."""
        channel = str((await self.slack.stage.channel(team["id"], name))["id"])
        said = await self.type(channel, team["admin"], "/subscribe", self.feeds.url("/feed"))
        assert "/invite" not in said, said
        await self.polled()
        return channel

    async def titles(self, channel: str) -> list[str]:
        return [message["text"].split(" · ")[0] for message in await self.slack.stage.messages(channel)]

    async def until_shown(self, channel: str, *titles: str) -> None:
        async def shown() -> bool:
            return set(titles) <= set(await self.titles(channel))

        await eventually(shown)


@pytest.fixture
async def newsroom() -> AsyncIterator[Newsroom]:
    async with FakeSlack() as slack, FeedServer() as feeds:
        yield Newsroom(slack, feeds)


async def connected(newsroom: Newsroom, bot: BotProcess) -> None:
    """Return when commands reach the bot, by whichever way it takes them."""
    if newsroom.slack.world.request_url is None:
        assert (await newsroom.slack.stage.wait_connected(PATIENCE))["connected"], bot.log.read_text()


@pytest.fixture(params=["socket", "http"])
async def started(request: pytest.FixtureRequest, newsroom: Newsroom, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """The bot for one workspace, once by each way in."""
    team = await newsroom.slack.stage.team("Acme")
    settings = {**QUICK, "SLACK_BOT_TOKEN": team["bot_token"], "SLACK_API_URL": newsroom.slack.api_url}
    if request.param == "socket":
        settings["SLACK_APP_TOKEN"] = newsroom.slack.world.app_token
    else:
        settings["SLACK_SIGNING_SECRET"] = newsroom.slack.world.signing_secret
    bot = BotProcess(tmp_path, settings)
    if request.param == "http":
        newsroom.slack.world.request_url = f"{bot.url}/slack/events"
    try:
        await bot.start()
        await connected(newsroom, bot)
        yield bot
    finally:
        await bot.kill()


def only_team(newsroom: Newsroom) -> Json:
    team = next(iter(newsroom.slack.world.teams.values()))
    admin = next(m.id for m in newsroom.slack.world.members.values() if m.team == team.id and m.is_admin)
    return {"id": team.id, "admin": admin}


async def test_a_subscription_brings_each_new_article_once(newsroom: Newsroom, started: BotProcess) -> None:
    channel = await newsroom.follow(only_team(newsroom))
    newsroom.write("<!channel> Large models")
    await newsroom.until_shown(channel, "&lt;!channel&gt; Large models")
    await newsroom.polled()
    [message] = await newsroom.slack.stage.messages(channel)

    assert message["pings"] == []
    assert message["blocks"][0]["elements"][0]["elements"][0]["text"] == "<!channel> Large models"
    assert len(await newsroom.slack.stage.calls("conversations.join")) == 1
    assert await started.stop() == 0


#: Well within the ten seconds that the hastiest platform gives.
SOON = 8.0
#: Before Slack takes a message, after it, when its answer is lost, and when it takes effect after we are gone.
STEPS = ("hang", "commit_then_hang", "late", "commit_then_reset", "none")


@pytest.mark.parametrize("started", ["socket"], indirect=True)
async def test_a_kill_at_any_step_of_sending_loses_and_doubles_nothing(newsroom: Newsroom, started: BotProcess) -> None:
    """One kill finds a message of five channels at a step each."""
    team, stage = only_team(newsroom), newsroom.slack.stage
    places = {step: await newsroom.follow(team, f"nlp-{number}") for number, step in enumerate(STEPS)}
    for step in STEPS[:-1]:
        await stage.fault("chat.postMessage", step, seconds=0.5, channel=places[step])
    newsroom.write("The first")

    async def under_way() -> bool:
        return {call["args"]["channel"] for call in await stage.calls("chat.postMessage")} == set(places.values())

    await eventually(under_way)
    await newsroom.until_shown(places["commit_then_hang"], "The first")
    await started.kill()
    newsroom.write("The second")
    await started.start()
    await asyncio.gather(*(newsroom.until_shown(place, "The first", "The second") for place in places.values()))
    await newsroom.polled()

    assert [sorted(await newsroom.titles(place)) for place in places.values()] == [["The first", "The second"]] * 5


@pytest.mark.parametrize("started", ["socket"], indirect=True)
async def test_sigterm_in_mid_send_writes_down_what_it_knows_and_ends_soon(
    newsroom: Newsroom, started: BotProcess
) -> None:
    team, stage = only_team(newsroom), newsroom.slack.stage
    places = {step: await newsroom.follow(team, f"nlp-{number}") for number, step in enumerate(STEPS)}
    for step in STEPS[:-1]:
        await stage.fault("chat.postMessage", step, seconds=5.0 if step != "late" else 0.5, channel=places[step])
    newsroom.write("The first")

    async def under_way() -> bool:
        return {call["args"]["channel"] for call in await stage.calls("chat.postMessage")} == set(places.values())

    await eventually(under_way)
    began = time.monotonic()
    assert await started.stop() == 0
    assert time.monotonic() - began < SOON

    await started.start()
    await asyncio.gather(*(newsroom.until_shown(place, "The first") for place in places.values()))
    await newsroom.polled()
    assert [await newsroom.titles(place) for place in places.values()] == [["The first"]] * 5


@pytest.mark.soak
@pytest.mark.parametrize("started", ["socket", "http"], indirect=True)
async def test_kill_after_kill_loses_and_doubles_nothing(newsroom: Newsroom, started: BotProcess) -> None:
    """A kill of its own for each step, one after the other, by both ways in."""
    channel = await newsroom.follow(only_team(newsroom))
    for number, step in enumerate(STEPS, 1):
        if step != "none":
            await newsroom.slack.stage.fault("chat.postMessage", step, seconds=0.5)
        before = len(await newsroom.slack.stage.calls("chat.postMessage"))
        newsroom.write(step)

        async def tried(before: int = before) -> bool:
            return len(await newsroom.slack.stage.calls("chat.postMessage")) > before

        await eventually(tried)
        await started.kill()
        newsroom.write(f"after {step}")
        await started.start()
        await newsroom.until_shown(channel, step, f"after {step}")
        assert len(await newsroom.titles(channel)) == 2 * number, step
    await newsroom.polled()

    assert sorted(await newsroom.titles(channel)) == sorted([*STEPS, *(f"after {step}" for step in STEPS)])


@pytest.mark.parametrize("started", ["socket"], indirect=True)
async def test_an_archived_channel_keeps_its_queue_and_goes_on_without_a_flood(
    newsroom: Newsroom, started: BotProcess
) -> None:
    team = only_team(newsroom)
    channel = await newsroom.follow(team)
    await newsroom.slack.stage.change_channel(channel, is_archived=True)
    newsroom.write("While archived")

    async def told() -> list[str]:
        """What the bot wrote to whoever subscribed, in their direct message."""
        direct = [each.id for each in newsroom.slack.world.channels.values() if each.between]
        return [said["text"] for each in direct for said in await newsroom.slack.stage.messages(each)]

    async def somebody_was_told() -> bool:
        return bool(await told())

    await eventually(somebody_was_told)
    newsroom.write("Still archived")
    await newsroom.polled()
    # One attempt in the channel, and one notice.
    assert len(await newsroom.slack.stage.calls("chat.postMessage")) == 2
    (notice,) = await told()
    assert notice.startswith("I cannot post in #nlp any more: This channel is archived.")

    await newsroom.slack.stage.change_channel(channel, is_archived=False)
    await newsroom.slack.stage.event(team["id"], {"type": "channel_unarchive", "channel": channel, "user": "U1"})
    await newsroom.until_shown(channel, "While archived")
    assert len(await newsroom.slack.stage.messages(channel)) <= 2


async def test_two_workspaces_by_oauth_one_removed(newsroom: Newsroom, tmp_path: Path) -> None:
    stage, world = newsroom.slack.stage, newsroom.slack.world
    settings = {
        **QUICK,
        "SLACK_CLIENT_ID": world.client_id,
        "SLACK_CLIENT_SECRET": world.client_secret,
        "SLACK_SIGNING_SECRET": world.signing_secret,
        "SLACK_API_URL": newsroom.slack.api_url,
        "SECRET_KEY": "any long random text",
    }
    bot = BotProcess(tmp_path, settings)
    bot.set(PUBLIC_URL=bot.url)
    world.request_url = f"{bot.url}/slack/events"
    try:
        await bot.start()
        installer = Installer(bot.url)
        teams = [await stage.team(name) for name in ("Acme", "Beta")]
        assert [await installer.install(team["id"]) for team in teams] == [200, 200]
        gone, stays = [await newsroom.follow(team) for team in teams]
        newsroom.write("For both")
        await asyncio.gather(*(newsroom.until_shown(channel, "For both") for channel in (gone, stays)))

        await asyncio.sleep(1.1)  # Slack's events carry whole seconds, and one from before an installation is stale.
        await stage.uninstall(teams[0]["id"])
        newsroom.write("For one")
        await newsroom.until_shown(stays, "For one")
        assert await newsroom.titles(gone) == ["For both"]

        assert await installer.install(teams[0]["id"]) == 200
        await newsroom.until_shown(gone, "For one")
        assert sorted(await newsroom.titles(stays)) == sorted(await newsroom.titles(gone)) == ["For both", "For one"]
        assert "xoxb-" not in bot.log.read_text()
    finally:
        await bot.kill()
