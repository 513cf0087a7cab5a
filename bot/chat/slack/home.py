"""The App Home: what is followed and how it goes, with buttons."""

import logging
from collections.abc import Iterable, Iterator

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.authorization import People, Workspaces
from bot.chat.slack.blocks import Json, button, context, header, line, part_text, parts_of, rich
from bot.chat.slack.commands import home_block
from bot.chat.slack.direct import DirectMessages
from bot.chat.slack.installations import PLATFORM
from bot.chat.slack.needs import Overviews
from bot.chat.slack.refusals import error_name
from bot.chat.slack.render import cards
from bot.chat.slack.text import one_line
from bot.domain.language import Language, Languages
from bot.domain.model import Channel
from bot.domain.overview import Failing, Followed, Overview
from bot.domain.unsaid import Text

log = logging.getLogger(__name__)

#: A Home takes 100 blocks; each subscription takes two.
_FOLLOWED_MOST = 30
_EMPTY = Text("Nothing is followed yet. Type `/subscribe nlp` in a channel, or here under Messages for yourself.")


class Home:
    """Publishes a person's Home tab."""

    def __init__(
        self,
        workspaces: Workspaces,
        direct: DirectMessages,
        overviews: Overviews,
        people: People,
        languages: Languages,
    ) -> None:
        self._people = people
        self._languages = languages
        self._workspaces = workspaces
        self._direct = direct
        self._overviews = overviews

    async def publish(self, workspace: str, user: str, note: str = "") -> None:
        """Show the workspace as it is now to one person; *note* is the answer to what they pressed."""
        client = await self._workspaces.client(workspace)
        if client is None:
            return
        overview = await self._overviews.of_workspace(PLATFORM, workspace)
        # A question for each channel, not for each of its subscriptions: Slack answers about 50 a minute.
        channels = dict.fromkeys(each.channel for each in overview.followed)
        visible = {channel for channel in channels if await self.may_see(channel, user)}
        seen = [each for each in overview.followed if each.channel in visible]
        announced = tuple(each for each in overview.announced if each.channel in visible)
        say = self._languages.get(self._people.language(workspace, user))
        shown = Overview(followed=tuple(seen), failing=overview.failing, announced=announced)
        view = render_home(say, shown, note)
        try:
            await client.views_publish(user_id=user, view=view)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            name = error_name(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a home was not shown", extra={"workspace": workspace, "error": name})

    async def may_see(self, channel: Channel, user: str) -> bool:
        """Return whether a person may know what a channel follows: it is public, or they are in it."""
        client = await self._workspaces.client(channel.workspace)
        if client is None:
            return False
        try:
            if channel.id.startswith("D"):
                return channel.id == await self._direct.channel(channel.workspace, user)
            info = (await client.conversations_info(channel=channel.id))["channel"]
            if not info.get("is_private"):
                return True
            return await _is_in(client, channel, user)
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            return False


async def _is_in(client: AsyncWebClient, channel: Channel, user: str) -> bool:
    cursor = None
    while True:
        said = await client.conversations_members(channel=channel.id, limit=1000, cursor=cursor)
        if user in said["members"]:
            return True
        cursor = (said.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return False


def render_home(say: Language, overview: Overview, note: str = "") -> Json:
    """Return the Home tab: personal subscriptions first, then the channels', trouble, and what came lately."""
    return {"type": "home", "blocks": list(_blocks(say, overview, note))}


def _blocks(say: Language, overview: Overview, note: str) -> Iterator[Json]:
    if note:
        yield rich(line(parts_of(note)))
    personal = [each for each in overview.followed if each.channel.id.startswith("D")]
    channels = [each for each in overview.followed if not each.channel.id.startswith("D")]
    if not overview.followed:
        yield rich(line(parts_of(say(_EMPTY))))
    yield from _listed(say, say("For you alone"), personal, 0)
    yield from _listed(say, say("In channels"), channels, len(personal))
    yield from _trouble(say, overview.failing)
    if overview.announced:
        yield header(say("Announced lately"))
        yield cards(say, (each.announcement for each in overview.announced))


def _listed(say: Language, heading: str, followed: list[Followed], start: int) -> Iterator[Json]:
    if not followed:
        return
    yield header(heading)
    for number, each in enumerate(followed[:_FOLLOWED_MOST], start):
        yield rich(line(_said(say, each)))
        stop = button(number, say("Unsubscribe"), f"/unsubscribe {each.name}")
        yield {"type": "actions", "block_id": home_block(each.channel, number), "elements": [stop]}
    if len(followed) > _FOLLOWED_MOST:
        yield context(say("… and {number} more.", number=len(followed) - _FOLLOWED_MOST))


def _said(say: Language, each: Followed) -> list[Json]:
    parts = [part_text(one_line(each.name), bold=True)]
    if not each.channel.id.startswith("D"):
        parts += [part_text(f" {say('in')} "), {"type": "channel", "channel_id": each.channel.id}]
    if each.why_not:
        parts.append(part_text(f"\n{say.again(each.why_not)}"))
    return parts


def _trouble(say: Language, failing: Iterable[Failing]) -> Iterator[Json]:
    errors = {feed.name: one_line(say.again(feed.error)) for feed in failing}
    lines = [[part_text(one_line(name), bold=True), part_text(f": {error}")] for name, error in errors.items()]
    if lines:
        yield header(say("Blogs that cannot be read now"))
        yield rich({"type": "rich_text_list", "style": "bullet", "elements": [line(each) for each in lines]})
