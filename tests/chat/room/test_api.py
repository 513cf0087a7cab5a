"""The room's page and API over a real socket."""

import json
from typing import Any

import pytest

from bot.chat.room.settings import RoomSettings
from bot.domain.reply import Choice, Field, Form, Reply
from bot.store.database import Database
from tests.chat.room.server import NLP, served
from tests.posts import announcement, message

COMMANDS = "/room/api/channels/nlp/commands"
MESSAGES = "/room/api/channels/nlp/messages"


async def test_channels_are_listed_and_made(sqlite: Database) -> None:
    async with served(sqlite) as room:
        async with room.client.get("/room/api/channels") as answer:
            assert await answer.json() == {
                "channels": [{"id": "general", "name": "general"}, {"id": "nlp", "name": "nlp"}]
            }
        async with room.client.post("/room/api/channels", json={"name": "#Rust News"}) as answer:
            assert (answer.status, await answer.json()) == (201, {"id": "rust-news", "name": "rust-news"})
        async with room.client.post("/room/api/channels", json={"name": "../etc"}) as answer:
            assert answer.status == 400


async def test_messages_hold_what_the_api_promises_and_names_as_typed(sqlite: Database) -> None:
    async with served(sqlite) as room:
        hostile = announcement(1, blog="<antirez>", title="<script>alert(1)</script>", url="javascript:alert(1)")
        await room.room.send(message(NLP, hostile))
        async with room.client.get(MESSAGES) as answer:
            body = await answer.json()

    [shown] = body["messages"]
    promised = {name: shown[name] for name in ("title", "url", "blog", "topics", "summary", "published")}
    assert promised == {
        "title": "<script>alert(1)</script>",
        "url": None,
        "blog": "<antirez>",
        "topics": ["NLP"],
        "summary": "What post 1 says.",
        "published": "2026-11-02T08:00:00Z",
    }


async def test_a_command_is_handed_on_and_its_reply_comes_back_to_the_asker_alone(sqlite: Database) -> None:
    async with served(sqlite) as room:
        room.answers.answer = Reply(text="Watching 3 blogs.", posts=(announcement(1),))
        async with room.client.post(COMMANDS, json={"text": "/subscribe nlp"}) as answer:
            reply = (await answer.json())["reply"]

        assert [(asked.channel, asked.text) for asked in room.answers.requests] == [(NLP, "/subscribe nlp")]
        assert reply["text"] == "Watching 3 blogs."
        assert [each["title"] for each in reply["posts"]] == ["Post 1"]
        assert await room.book.latest(NLP, 10) == []


async def test_a_public_reply_is_shown_to_the_channel(sqlite: Database) -> None:
    async with served(sqlite) as room:
        room.answers.answer = Reply(text="Subscribed to NLP.", public=True)
        async with room.client.post(COMMANDS, json={"text": "/subscribe nlp"}):
            pass

        assert [shown.body["title"] for shown in await room.book.latest(NLP, 10)] == ["Subscribed to NLP."]


async def test_a_press_and_a_form_are_handed_on(sqlite: Database) -> None:
    async with served(sqlite) as room:
        field = Field(name="topic", label="Topic", choices=(Choice(value="nlp", label="NLP"),))
        room.answers.answer = Reply(form=Form(title="Subscribe", action="/subscribe", submit="Save", fields=(field,)))
        press = {"action": "/subscribe", "values": {"topic": "nlp"}, "message": "m1"}
        async with room.client.post("/room/api/channels/nlp/presses", json=press) as answer:
            form = (await answer.json())["reply"]["form"]

        assert form["fields"][0]["choices"] == [{"value": "nlp", "label": "NLP"}]
        assert [(each.action, each.values, each.message) for each in room.answers.presses] == [
            ("/subscribe", {"topic": "nlp"}, "m1")
        ]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("/sub", ["/subscribe ", "/subscriptions"]),
        ("/subscribe ", ["/subscribe nlp", "/subscribe rust"]),
        ("/SUBSCRIBE n", ["/subscribe nlp"]),
        ("hello", []),
    ],
)
async def test_the_box_offers_what_may_be_typed_next(sqlite: Database, typed: str, texts: list[str]) -> None:
    async with served(sqlite) as room:
        room.answers.choices["subscribe"] = (Choice(value="nlp", label="NLP"), Choice(value="rust", label="Rust"))
        async with room.client.get("/room/api/channels/nlp/offers", params={"typed": typed}) as answer:
            assert [each["text"] for each in (await answer.json())["offers"]] == texts


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": "text=/subscribe"}, 415),
        ({"data": "{}", "headers": {"Content-Type": "application/json"}}, 400),
        ({"data": "[" * 5000, "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": {"text": 5}}, 400),
        ({"json": {"text": "x" * 20_000}}, 400),
        ({"json": {"text": "/topics"}, "headers": {"Origin": "https://evil.example"}}, 403),
        ({"json": {"text": "/topics"}, "headers": {"Origin": "null"}}, 403),
        ({"json": {"text": "/topics"}, "headers": {"Host": "evil.example"}}, 403),
    ],
)
async def test_what_is_not_ours_or_not_json_is_refused(sqlite: Database, sent: dict[str, Any], status: int) -> None:
    async with served(sqlite) as room:
        async with room.client.post(COMMANDS, **sent) as answer:
            assert answer.status == status
            assert "error" in await answer.json()
        assert room.answers.requests == []


async def test_an_unknown_channel_is_not_found(sqlite: Database) -> None:
    async with served(sqlite) as room:
        for address in ("nothing", "..%2f..", "a~b~c", "x" * 500):
            async with room.client.get(f"/room/api/channels/{address}/messages") as answer:
                assert answer.status == 404


async def test_older_messages_come_page_by_page(sqlite: Database) -> None:
    async with served(sqlite) as room:
        for number in range(60):
            await room.room.send(message(NLP, announcement(number), id=f"m{number}"))
        async with room.client.get(MESSAGES) as answer:
            newest = await answer.json()
        before = newest["messages"][0]["order"]
        async with room.client.get(MESSAGES, params={"before": before}) as answer:
            oldest = await answer.json()

    assert [each["title"] for each in newest["messages"]] == [f"Post {number}" for number in range(10, 60)]
    assert [each["title"] for each in oldest["messages"]] == [f"Post {number}" for number in range(10)]
    assert (newest["more"], oldest["more"]) == (True, False)


async def test_what_is_shown_reaches_an_open_page_and_one_that_was_away(sqlite: Database) -> None:
    async with served(sqlite) as room:
        await room.room.send(message(NLP, announcement(1)))
        async with room.client.get("/room/api/events", params={"after": "0"}) as stream:
            missed = await next_event(stream.content)
            await room.room.send(message(NLP, announcement(2), id="m2"))
            live = await next_event(stream.content)
        async with room.client.get("/room/api/events", headers={"Last-Event-ID": live[0]}) as stream:
            await room.room.send(message(NLP, announcement(3), id="m3"))
            after = await next_event(stream.content)

    assert [each[1]["title"] for each in (missed, live, after)] == ["Post 1", "Post 2", "Post 3"]
    assert live[1]["channel"] == "nlp"


async def next_event(content: Any) -> tuple[str, dict[str, Any]]:
    number = ""
    async for line in content:
        if line.startswith(b"id: "):
            number = line[4:].decode().strip()
        if line.startswith(b"data: "):
            return number, json.loads(line[6:])
    raise AssertionError("the stream ended")


TOKEN = "correct horse battery staple"
CLOSED = RoomSettings(host="0.0.0.0", token=TOKEN, first_channels=("nlp",))


async def test_a_token_is_asked_for_and_a_sign_in_remembered(sqlite: Database) -> None:
    async with served(sqlite, CLOSED) as room:
        async with room.client.get("/") as answer:
            assert "password" in await answer.text()
        async with room.client.get("/room/api/channels") as answer:
            assert answer.status == 401
        async with room.client.post("/room/sign-in", data={"token": "wrong"}) as answer:
            assert (answer.status, answer.cookies) == (403, {})
        async with room.client.post("/room/sign-in", data={"token": TOKEN}, allow_redirects=False) as answer:
            cookie = answer.cookies["tidings_room"]
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
            assert TOKEN not in cookie.value
        signed_in = {"Cookie": f"tidings_room={cookie.value}"}
        async with room.client.get("/room/api/channels", headers=signed_in) as answer:
            assert answer.status == 200
        room.clock.pass_time(31 * 24 * 3600)
        async with room.client.get("/room/api/channels", headers=signed_in) as answer:
            assert answer.status == 401


async def test_programs_send_the_token_in_a_header(sqlite: Database) -> None:
    async with served(sqlite, CLOSED) as room:
        async with room.client.get("/room/api/channels", headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            assert answer.status == 200
        async with room.client.get("/room/api/channels", headers={"Authorization": "Bearer x"}) as answer:
            assert answer.status == 401
        async with room.client.get("/room/api/channels", params={"token": TOKEN}) as answer:
            assert answer.status == 400


async def test_a_room_that_is_closed_answers_not_found(sqlite: Database) -> None:
    async with served(sqlite, RoomSettings(host="0.0.0.0")) as room:
        for path in ("/", "/room/api/channels", "/room/assets/room.js"):
            async with room.client.get(path) as answer:
                assert answer.status == 404
        async with room.client.get("/healthz") as answer:
            assert answer.status == 200


async def test_who_guesses_tokens_has_to_wait(sqlite: Database) -> None:
    async with served(sqlite, RoomSettings(token=TOKEN)) as room:

        async def tried(token: str) -> int:
            data = {"token": token}
            async with room.client.post("/room/sign-in", data=data, allow_redirects=False) as answer:
                return answer.status

        assert {await tried("wrong") for _ in range(10)} == {403}
        assert await tried(TOKEN) == 429
        room.clock.pass_time(61)
        assert await tried(TOKEN) == 303
