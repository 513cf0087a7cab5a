"""What a German channel sees of posts, digests and notices, in every chat; golden/messages.json is for reading."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest

from bot.announcing.announcer import Announcer
from bot.app import read_languages
from bot.chat.discord.render import render as on_discord
from bot.chat.room.render import render as in_room
from bot.chat.slack.errors import ERRORS
from bot.chat.slack.render import render as on_slack
from bot.domain.channels import ChannelOptions
from bot.domain.closing import closing_notice
from bot.domain.language import Language
from bot.domain.message import Message, Outcome
from bot.domain.unsaid import stored
from bot.store.database import Database
from tests.announcing.bench import Bench
from tests.clock import FakeClock
from tests.fakes.chat import FakeChat
from tests.golden import assert_golden
from tests.posts import announcement, message
from tests.seeds import NLP

GOLDEN = Path(__file__).parent / "golden" / "messages.json"
GERMAN = read_languages().get("de")
POST = replace(announcement(1, title="Ein Beitrag", summary="Was darin steht."), also_at=("Anderes Blog",), views=1)
GONE = stored("{blog} is no longer polled: {why}", blog="Simon", why="The server answered with the error 418.")
CASES = {
    "post": message(NLP, POST, say=GERMAN),
    "untitled": message(NLP, replace(POST, post=replace(POST.post, title="", url=None)), say=GERMAN),
    "digest": message(NLP, POST, replace(POST, views=1200), text=stored("While it was quiet"), say=GERMAN),
    "notice": message(NLP, text=GONE, say=GERMAN),
    "closed": message(NLP, text=closing_notice("nlp", ERRORS["is_archived"][1]), say=GERMAN),
}


@dataclass(slots=True)
class Hearing(FakeChat):
    """Notes in which language a message would be rendered."""

    heard: list[str] = field(default_factory=list)

    async def send(self, message: Message) -> Outcome:
        self.heard.append(message.say("Why?"))
        return await FakeChat.send(self, message)


def test_messages_are_german_in_every_chat() -> None:
    assert_golden(GOLDEN, {name: shown(each) for name, each in CASES.items()})


def shown(each: Message) -> dict[str, object]:
    slack = asdict(on_slack(each))
    return {"discord": on_discord(each), "slack": {**slack, "blocks": list(slack["blocks"])}, "room": in_room(each)}


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("This channel is archived.", "Dieser Kanal ist archiviert."),
        ("The channel is gone.", "Den Kanal gibt es nicht mehr."),
        ("The server answered with the error 418.", "Der Server antwortete mit dem Fehler 418."),
        (
            "Discord refused the message as malformed: content is too long",
            "Discord hat die Nachricht als fehlerhaft abgelehnt: content is too long",
        ),
        ("Nobody ever said this.", "Nobody ever said this."),
        ("", ""),
    ],
)
def test_a_stored_sentence_is_known_again(english: str, german: str) -> None:
    assert GERMAN.again(english) == german
    assert Language().again(english) == english


async def test_a_message_speaks_its_channels_language(sqlite: Database, clock: FakeClock) -> None:
    bench, chat = Bench(sqlite, clock), Hearing(clock)
    bench.announcer = Announcer(
        outbox=bench.outbox,
        chats={chat.platform: chat},
        clock=clock,
        engine=bench.engine,
        languages=read_languages(),
    )
    bench.engine.serve({"drain": bench.announcer.drain, "sweep": bench.announcer.sweep})
    await bench.seeds.channel(options=ChannelOptions(language="de"))
    await bench.seeds.announce("One")

    await bench.sweep()

    assert chat.heard == ["Warum?"]
