"""The direct messages between the app and people."""

from bot.chat.slack.authorization import Workspaces


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
