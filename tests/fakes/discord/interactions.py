"""Answers to interactions: the first one within 3 s, once; then edits and follow-ups for 15 minutes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.fakes.discord import shapes
from tests.fakes.discord.answers import ApiError, Form, Json, unknown
from tests.fakes.discord.calls import Answer, Call
from tests.fakes.discord.command_form import check_choices
from tests.fakes.discord.message_form import (
    EPHEMERAL,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    check_message,
    check_modal,
)
from tests.fakes.discord.world import Message, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, SHOW_MODAL = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: (MESSAGE, DEFER, SHOW_MODAL),
    COMPONENT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE, SHOW_MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE),
}
FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | EPHEMERAL


@dataclass(slots=True)
class Interaction:
    id: int
    token: str
    kind: int
    guild_id: int
    channel_id: int
    user_id: int
    at: float
    #: The message whose button was pressed; None for commands.
    message_id: int | None = None
    #: Type and data of the first answer; None until there is one.
    callback: Json | None = None
    #: The answer people see; None where nothing is shown (yet).
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    #: Seconds until the first answer.
    took: float | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    followed: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when the person sees something final: a text, choices, a changed message.
    shown: asyncio.Event = field(default_factory=asyncio.Event)


class Desk:
    """All interactions of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.by_id: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}

    def open(self, interaction: Interaction) -> Interaction:
        self.by_id[interaction.id] = interaction
        self.by_token[interaction.token] = interaction
        return interaction

    # -- the first answer -----------------------------------------------------------------------
    def callback(self, call: Call) -> Answer:
        found = self._fresh(call)
        body = call.form()
        kind, data = body.get("type"), body.get("data") or {}
        if kind not in ALLOWED[found.kind]:
            raise ApiError(400, 50035, "Invalid Form Body", {"type": {"_errors": [{"code": "BASE_TYPE_CHOICES"}]}})
        self._check(int(kind), data)
        found.callback, found.took = body, self.world.now() - found.at
        self._show(found, int(kind), data)
        found.answered.set()
        return self._callback_shape(found, int(kind)) if "with_response" in call.query else None

    def _fresh(self, call: Call) -> Interaction:
        found = self.by_id.get(call.id("interaction"))
        age = self.world.now() - found.at if found else 0
        if found is None or found.token != call.parts["token"] or age > self._patience(found):
            raise ApiError(404, 10062, "Unknown interaction")
        if found.callback is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        return found

    def _patience(self, found: Interaction) -> float:
        return self.world.settings.interaction_seconds if found.callback is None else 900

    def _check(self, kind: int, data: Json) -> None:
        if kind in (MESSAGE, UPDATE):
            check_message(data, flags_allowed=FLAGS)
        if kind == SHOW_MODAL:
            check_modal(data)
        if kind == CHOICES:
            form = Form()
            form.count(("data", "choices"), data.get("choices") or [], 25)
            check_choices(form, ("data", "choices"), data.get("choices") or [])
            form.done()

    def _show(self, found: Interaction, kind: int, data: Json) -> None:
        if kind in (MESSAGE, DEFER):
            found.original = self._message(found, data)
        if kind == UPDATE and found.message_id is not None:
            self._update_source(found.message_id, data)
        if kind != DEFER:
            found.shown.set()

    def _update_source(self, message_id: int, data: Json) -> None:
        source = self.world.messages[message_id]
        source.body, source.edited = source.body | data, True

    def _message(self, found: Interaction, data: Json) -> Message:
        world = self.world
        post = Message(
            world.snowflake(), found.channel_id, world.bot_id, data, world.now(),
            flags=data.get("flags", 0), interaction=found.id,
        )  # fmt: skip
        world.messages[post.id] = post
        return post

    def _callback_shape(self, found: Interaction, kind: int) -> Json:
        shape: Json = {"interaction": {"id": str(found.id), "type": found.kind}}
        if found.original is not None:
            loading = kind == DEFER
            shape["interaction"] |= {
                "response_message_id": str(found.original.id), "response_message_loading": loading,
                "response_message_ephemeral": bool(found.original.flags & EPHEMERAL),
            }  # fmt: skip
            shape["resource"] = {"type": kind, "message": shapes.message(self.world, found.original)}
        return shape

    # -- after it -------------------------------------------------------------------------------
    def _answered(self, call: Call) -> Interaction:
        found = self.by_token.get(call.parts["token"])
        if found is None or found.callback is None:
            raise unknown("webhook")
        if self.world.now() - found.at > self.world.settings.interaction_token_seconds:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return found

    def follow_up(self, call: Call) -> Answer:
        found, body = self._answered(call), call.form()
        check_message(body, flags_allowed=FLAGS)
        if found.original is not None and not found.shown.is_set():
            return self._edit(found, found.original, body)
        post = self._message(found, body)
        found.followups.append(post)
        found.shown.set()
        found.followed.set()
        return shapes.message(self.world, post)

    def get_message(self, call: Call) -> Answer:
        return shapes.message(self.world, self._find(self._answered(call), call.parts["message"]))

    def edit_message(self, call: Call) -> Answer:
        found = self._answered(call)
        return self._edit(found, self._find(found, call.parts["message"]), call.form())

    def delete_message(self, call: Call) -> Answer:
        self._find(self._answered(call), call.parts["message"]).deleted = True
        return None

    def _edit(self, found: Interaction, post: Message, body: Json) -> Json:
        merged = post.body | body
        # Whether an answer is for one person only was fixed by its first call.
        check_message(merged | {"flags": merged.get("flags", 0) & ~EPHEMERAL})
        post.body, post.edited = merged, True
        found.shown.set()
        return shapes.message(self.world, post)

    def _find(self, found: Interaction, name: str) -> Message:
        if name == "@original":
            mine = found.original or self.world.messages.get(found.message_id or 0)
        else:
            mine = next((m for m in found.followups if str(m.id) == name), None)
        if mine is None or mine.deleted:
            raise unknown("message")
        return mine
