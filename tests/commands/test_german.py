"""A channel that speaks German, as its people read it: golden/german.json holds the whole conversation."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.app import read_languages
from bot.commands.dispatch import Commands
from bot.domain.model import Channel
from bot.domain.reply import Request
from bot.store.tables import post_topics
from tests.commands.conftest import ANN, GUEST, SIMON, Talk
from tests.golden import assert_golden
from tests.seeds import NLP, RUST, Seeds

GOLDEN = Path(__file__).parent / "golden" / "german.json"
TYPED = (
    "/subscribe",
    "/subscribe nlp strict digest weekly mon,thu at 09:00 Europe/Berlin",
    "/subscribe nlp strict digest weekly mon,thu at 09:00 Europe/Berlin",
    "/subscribe rust, simon.example",
    "/subscribe nlpp",
    "/subscribe nlp digest daily",
    "/subscribe query: (a AND",
    "/subscriptions",
    "/topics",
    "/latest",
    "/latest nlp",
    "/tidings search post",
    "/tidings preview nlp 10d",
    "/why",
    "/tidings",
    "/tidings status",
    "/tidings settings",
    "/tidings settings quiet 22:00-07:00",
    "/tidings settings zone Mond",
    "/tidings settings language fr",
    "/tidings settings language",
    "/tidings mute crypto",
    "/tidings mutes",
    "/tidings pause 2d",
    "/tidings resume",
    "/tidings topic create rag",
    "/tidings topic show nlp",
    "/tidings topic tune nlp",
    "/tidings feeds add",
    "/tidings feeds list",
    "/tidings feeds status",
    "/tidings feeds packs",
    "/tidings help",
    "/tidings help subscribe",
    "/tidings hepl",
    "/unsubscribe rust",
    "/unsubscribe all",
    "/tidings forget",
)


@pytest.fixture
def german(talk: Talk) -> Talk:
    desk = replace(talk.desk, languages=read_languages())
    return Talk(Commands(desk), desk, talk.clock, talk.discovery)


async def test_a_channel_speaks_the_language_it_chose(german: Talk, seeds: Seeds) -> None:
    posts = await seeds.posts([f"Post {number}" for number in range(7)], await seeds.feed("Simon"))
    await seeds.topic(posts, "nlp", "strict")
    async with seeds.database.write() as connection:
        await connection.execute(update(post_topics).values(evidence=[["=BERT", "title", 6.0], ["css", "text", -1.5]]))
    await german.share(SIMON)
    german.clock.pass_time(timedelta(minutes=5))
    said = {"/tidings settings language de": await heard(german, "/tidings settings language de")}

    said |= {f"{number:02} {typed}": await heard(german, typed) for number, typed in enumerate(TYPED, 1)}
    link = f"https://blog.example/{posts[0]}"
    said["/why LINK"] = await heard(german, f"/why {link}")

    assert_golden(GOLDEN, said)


async def heard(talk: Talk, typed: str) -> list[str]:
    """Type something and return what is answered, line by line, with the buttons and the form."""
    text = await talk.type(typed)
    form = talk.last.form
    fields = [f"  {field.label}: {field.hint}".rstrip(": ") for field in form.fields] if form else []
    shown = [f"[{form.title}]", *fields, f"  [{form.submit}]"] if form else []
    return [*text.splitlines(), *shown, *([" ".join(f"[{label}]" for label in talk.buttons)] if talk.buttons else [])]


async def test_a_channel_that_chose_none_speaks_as_its_people_do(german: Talk) -> None:
    asked = Request(channel=NLP, person=GUEST, text="/subscriptions", language="de-AT")

    assert (await german.commands.run(asked)).text.startswith("Hier ist nichts abonniert.")
    assert (await german.commands.run(replace(asked, language="fr"))).text.startswith("Nothing is followed here.")


async def test_a_channels_own_choice_counts_more_than_a_persons(german: Talk) -> None:
    await german.type("/tidings settings language en")
    await german.type("/tidings settings language de", where=RUST)

    async def said(where: Channel, language: str) -> str:
        asked = Request(channel=where, person=ANN, text="/subscriptions", language=language)
        return (await german.commands.run(asked)).text

    assert (await said(NLP, "de")).startswith("Nothing is followed here.")
    assert (await said(RUST, "en")).startswith("Hier ist nichts abonniert.")
    await german.type("/tidings settings language off", where=RUST)
    assert (await said(RUST, "en")).startswith("Nothing is followed here.")
