"""What a test may do and see behind the fake Slack's scenes.

Every public coroutine is a verb: `await slack.command(...)` in the process, `POST /_control/command` with the
arguments as a JSON object from elsewhere. Arguments and results are plain JSON.
"""

import secrets
import time
from dataclasses import asdict
from typing import Any

from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.world import Channel, Json, Member, Message, Shown, World

_TRIGGER_LIFE = 3.0
_RESPONSE_LIFE = 30 * 60


class Backstage:
    """Makes teams, acts for people, injects faults, and shows what came of it."""

    def __init__(self, world: World, sockets: Sockets, delivery: Delivery, faults: list[Fault]) -> None:
        self._world = world
        self._sockets = sockets
        self._delivery = delivery
        self._faults = faults
        #: Set by the server once it listens.
        self.origin = ""

    # What there is

    async def configure(self, **settings: Any) -> Json:
        """Set attributes of the world: request_url, signing_secret, app_token, posts_per_second, ..."""
        for name, value in settings.items():
            if not hasattr(self._world, name):
                raise KeyError(name)
            setattr(self._world, name, value)
        return {"origin": self.origin, "api_url": f"{self.origin}/api/", "app_token": self._world.app_token}

    async def team(self, name: str = "Acme", scopes: list[str] | None = None, *, installed: bool = True) -> Json:
        """Make a workspace with the app in it, an admin and a #general."""
        team = self._world.add_team(name, scopes=scopes)
        if not installed:
            team.installed, team.token_error = False, "account_inactive"
        admin = await self.member(team.id, "ada", is_admin=True)
        await self.channel(team.id, "general", members=[admin["id"]])
        return {
            "id": team.id,
            "name": team.name,
            "bot_token": team.bot_token,
            "bot_user": team.bot_user,
            "bot_id": team.bot_id,
            "admin": admin["id"],
            "scopes": sorted(team.scopes),
        }

    async def member(self, team: str, name: str, **flags: Any) -> Json:
        """Make a person; flags are those of users.info."""
        made = Member(id=self._world.new_id("U"), name=name, team=team, **flags)
        self._world.members[made.id] = made
        return made.shown()

    async def channel(
        self,
        team: str,
        name: str,
        members: list[str] | None = None,
        *,
        is_private: bool = False,
        with_bot: bool = False,
        is_ext_shared: bool = False,
        between: list[str] | None = None,
    ) -> Json:
        """Make a channel; everyone of the team is in it unless members are named."""
        everyone = [m.id for m in self._world.members.values() if m.team == team and not m.is_bot]
        inside = set(everyone if members is None else members)
        bot = self._world.teams[team].bot_user
        made = Channel(
            id=self._world.new_id("D" if between else "C"),
            team=team,
            name=name,
            is_private=is_private,
            is_ext_shared=is_ext_shared,
            between=(between[0], between[1]) if between else None,
            members=set(between) if between else inside | ({bot} if with_bot else set()),
        )
        self._world.channels[made.id] = made
        return made.shown(bot)

    async def change_channel(self, channel: str, **changes: Any) -> Json:
        """Set attributes of a channel, such as is_archived, without telling the app."""
        for name, value in changes.items():
            setattr(self._world.channels[channel], name, value)
        return {}

    async def delete_channel(self, channel: str) -> Json:
        """Make a channel disappear without telling the app."""
        del self._world.channels[channel]
        return {}

    async def kick(self, channel: str, user: str) -> Json:
        """Take somebody out of a channel without telling the app."""
        self._world.channels[channel].members.discard(user)
        return {}

    async def invite_bot(self, channel: str) -> Json:
        """Let the app into a channel, and tell it."""
        place = self._world.channels[channel]
        team = self._world.teams[place.team]
        place.members.add(team.bot_user)
        event = {
            "type": "member_joined_channel",
            "user": team.bot_user,
            "channel": channel,
            "channel_type": "G" if place.is_private else "C",
            "team": team.id,
            "event_ts": self._world.new_ts(),
        }
        return await self.event(team.id, event)

    async def revoke(self, team: str, error: str | None = "token_revoked") -> Json:
        """Answer every call with the team's token with this error from now on; None: be well again."""
        self._world.teams[team].token_error = error
        return {}

    async def new_token(self, team: str) -> Json:
        """Give the team a new token, as a re-installation does."""
        found = self._world.teams[team]
        found.bot_token, found.token_error, found.installed = self._world.new_token(), None, True
        return {"bot_token": found.bot_token}

    async def uninstall(self, team: str) -> Json:
        """Remove the app from a workspace, and tell it."""
        found = self._world.teams[team]
        found.token_error, found.installed = "account_inactive", False
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [found.bot_user]}}
        await self.event(team, revoked)
        return await self.event(team, {"type": "app_uninstalled"})

    # What goes wrong

    async def fault(self, method: str, kind: str, **how: Any) -> Json:
        """Let the next calls of a method go wrong; see faults.FAULTS for the kinds."""
        self._faults.append(Fault(method=method, kind=kind, **how))
        return {}

    async def clear_faults(self) -> Json:
        """Let everything go right again."""
        self._faults.clear()
        return {}

    async def disconnect(self, reason: str = "refresh_requested") -> Json:
        """Ask every socket to reconnect, and close it."""
        return {"closed": await self._sockets.disconnect(reason)}

    async def wait_connected(self, seconds: float = 10) -> Json:
        """Wait for the app's socket."""
        return {"connected": await self._sockets.wait_connected(seconds)}

    # What people do

    async def command(self, channel: str, user: str, command: str, text: str = "", **more: Any) -> Json:
        """Type a slash command; return how the app answered and the id that its later answers carry."""
        place, person = self._world.channels[channel], self._world.members[user]
        team = self._world.teams[place.team]
        answer_id = self._new_response_url(channel, user)
        payload = {
            "token": "legacy-verification-token",
            "team_id": person.team,
            "team_domain": team.domain,
            "channel_id": channel,
            "channel_name": "directmessage" if place.between else place.name,
            "user_id": user,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": self._world.app_id,
            "is_enterprise_install": "false",
            "response_url": f"{self.origin}/hooks/{answer_id}",
            "trigger_id": self._new_trigger(team.id, user),
            **more,
        }
        delivered = await self._delivery.deliver("slash_commands", payload)
        return {**delivered.as_json(), "answer_id": answer_id, "payload": payload}

    async def click(
        self,
        user: str,
        action_id: str,
        *,
        channel: str | None = None,
        ts: str | None = None,
        answer_id: str | None = None,
        view_id: str | None = None,
        block_id: str | None = None,
        value: str | None = None,
        option: str | None = None,
        options: list[str] | None = None,
        team: str | None = None,
        envelope_id: str | None = None,
    ) -> Json:
        """Press what is in a message, an ephemeral answer or a view; `team` forges another team's button."""
        person = self._world.members[user]
        new_answer = self._new_response_url(channel or "", user)
        action: Json = {
            "action_id": action_id,
            "block_id": block_id or "b",
            "action_ts": self._world.new_ts(),
        }
        if value is not None:
            action |= {"type": "button", "value": value}
        elif options is not None:
            action |= {"type": "multi_static_select", "selected_options": [{"value": o} for o in options]}
        else:
            action |= {"type": "overflow", "selected_option": {"value": option}}
        payload = self._interaction("block_actions", person, team) | {
            "actions": [action],
            "container": {"type": "view" if view_id else "message", "message_ts": ts, "channel_id": channel},
            "response_url": f"{self.origin}/hooks/{new_answer}",
        }
        if view_id:
            payload["view"] = self._world.views[view_id]
        else:
            payload["channel"] = {"id": channel, "name": "c"}
            payload["message"] = self._shown_message(channel, ts)
            payload["container"]["is_ephemeral"] = ts is None
        delivered = await self._delivery.deliver("interactive", payload, envelope_id=envelope_id)
        return {**delivered.as_json(), "answer_id": new_answer}

    async def shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Json:
        """Choose a shortcut in a message's menu."""
        person = self._world.members[user]
        answer_id = self._new_response_url(channel, user)
        payload = self._interaction("message_action", person, None) | {
            "callback_id": callback_id,
            "channel": {"id": channel, "name": "c"},
            "message": self._shown_message(channel, ts),
            "message_ts": ts,
            "response_url": f"{self.origin}/hooks/{answer_id}",
        }
        delivered = await self._delivery.deliver("interactive", payload)
        return {**delivered.as_json(), "answer_id": answer_id}

    async def submit(self, user: str, view_id: str, values: Json) -> Json:
        """Send a modal off; values is block id -> action id -> state."""
        person = self._world.members[user]
        view = {**self._world.views[view_id], "state": {"values": values}}
        payload = self._interaction("view_submission", person, None) | {"view": view, "response_urls": []}
        return (await self._delivery.deliver("interactive", payload)).as_json()

    async def suggest(self, user: str, view_id: str, action_id: str, value: str) -> Json:
        """Type into a select that asks the app for its options."""
        payload = self._interaction("block_suggestion", self._world.members[user], None) | {
            "action_id": action_id,
            "block_id": "b",
            "value": value,
            "view": self._world.views[view_id],
        }
        return (await self._delivery.deliver("interactive", payload)).as_json()

    async def event(self, team: str, event: Json, event_id: str | None = None) -> Json:
        """Send an event of the Events API."""
        found = self._world.teams[team]
        payload = {
            "token": "legacy-verification-token",
            "team_id": team,
            "api_app_id": self._world.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id or self._world.new_id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": team, "user_id": found.bot_user, "is_bot": True}],
        }
        return (await self._delivery.deliver("events_api", payload)).as_json()

    async def open_home(self, user: str) -> Json:
        """Look at the app's Home tab."""
        event = {"type": "app_home_opened", "user": user, "channel": "D0", "tab": "home"}
        return await self.event(self._world.members[user].team, event)

    async def say(self, channel: str, user: str, text: str, metadata: Json | None = None) -> Json:
        """Write a message as a person, or as another app where metadata is given."""
        message = Message(ts=self._world.new_ts(), user=user, text=text, metadata=metadata)
        if metadata is not None:
            message.bot_id, message.app_id = "B0OTHER", "A0OTHER"
        self._world.channels[channel].messages.append(message)
        return {"ts": message.ts}

    # What came of it

    async def messages(self, channel: str) -> list[Json]:
        """Return what is in a channel, oldest first."""
        return [asdict(message) for message in self._world.channels[channel].messages]

    async def shown(self, user: str | None = None, kind: str | None = None) -> list[Json]:
        """Return ephemeral answers, modals and homes, oldest first."""
        return [asdict(s) for s in self._world.shown if _meant(s, user, kind)]

    async def answers(self, answer_id: str) -> list[Json]:
        """Return what was posted to one response_url."""
        found: list[Json] = self._world.response_urls[answer_id]["answers"]
        return found

    async def calls(self, method: str | None = None) -> list[Json]:
        """Return the requests to the Web API, oldest first; tokens are not shown."""
        return [
            {"method": c.method, "args": c.args, "at": c.at, "answer": c.answer}
            for c in self._world.calls
            if method in (None, c.method)
        ]

    def _shown_message(self, channel: str | None, ts: str | None) -> Json:
        messages = self._world.channels[channel].messages if channel and ts else []
        found = next((m for m in messages if m.ts == ts), None)
        return found.shown(with_metadata=True) if found else {"type": "message", "ts": ts or "0"}

    def _interaction(self, kind: str, person: Member, team: str | None) -> Json:
        home = self._world.teams[team or person.team]
        return {
            "type": kind,
            "team": {"id": home.id, "domain": home.domain},
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
            "api_app_id": self._world.app_id,
            "token": "legacy-verification-token",
            "trigger_id": self._new_trigger(home.id, person.id),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _new_trigger(self, team: str, user: str) -> str:
        trigger = f"{secrets.randbelow(10**9)}.{secrets.token_hex(8)}"
        self._world.triggers[trigger] = {
            "team": team,
            "user": user,
            "until": time.time() + _TRIGGER_LIFE,
            "taken": False,
        }
        return trigger

    def _new_response_url(self, channel: str, user: str) -> str:
        answer_id = secrets.token_hex(12)
        self._world.response_urls[answer_id] = {
            "channel": channel,
            "user": user,
            "until": time.time() + _RESPONSE_LIFE,
            "answers": [],
        }
        return answer_id


def _meant(shown: Shown, user: str | None, kind: str | None) -> bool:
    return user in (None, shown.user) and kind in (None, shown.kind)
