"""Who calls a method of the Web API, with what, and what they may."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.world import ApiError, Channel, Json, Team, World


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and with what."""

    world: World
    team: Team
    args: Json

    def channel(self) -> Channel:
        """Return the channel meant; a private one that the app is not in does not exist for it."""
        channel = self.world.channels.get(str(self.args.get("channel", "")))
        if channel is None or channel.team != self.team.id:
            raise ApiError("channel_not_found")
        if (channel.is_private or channel.between) and self.team.bot_user not in channel.members:
            raise ApiError("channel_not_found")
        return channel

    def flag(self, name: str) -> bool:
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def require_scope(self, *scopes: str) -> None:
        """Refuse unless the token has one of the scopes."""
        if not self.team.scopes & set(scopes):
            provided = ",".join(sorted(self.team.scopes))
            raise ApiError("missing_scope", needed=scopes[0], provided=provided)


Method = Callable[[Caller], Json]


def parse_args(args: Json) -> Json:
    """Return the arguments with their nested JSON read, as a form carries it."""
    for name, error in (("blocks", "invalid_blocks_format"), ("metadata", "invalid_metadata_format")):
        if isinstance(args.get(name), str):
            args[name] = _json(args[name], error)
    if isinstance(args.get("view"), str):
        args["view"] = _json(args["view"], "invalid_arguments")
    return args


def _json(text: str, error: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(error) from None
