"""The direct messages between the app and people."""

from dataclasses import replace

from bot.chat.slack.authorization import Workspaces
from bot.domain.closing import person_of
from bot.domain.message import Message


class DirectMessages:
    """Knows the channel that is a person's direct message with the app."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._known: dict[tuple[str, str], str] = {}

    async def channel(self, workspace: str, user: str) -> str:
        """Return its id, opening it where there is none yet; empty where we are not installed."""
        if (workspace, user) not in self._known:
            client = await self._workspaces.client(workspace)
            if client is None:
                return ""
            self._known[workspace, user] = (await client.conversations_open(users=user))["channel"]["id"]
        return self._known[workspace, user]

    async def addressed(self, message: Message) -> Message:
        """Return a message to a person with the conversation's id in place of theirs; every other as it is."""
        person = person_of(message.channel)
        if person is None:
            return message
        place = await self.channel(message.channel.workspace, person)
        return replace(message, channel=replace(message.channel, id=place))
