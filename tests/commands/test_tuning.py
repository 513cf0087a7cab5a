from sqlalchemy import select, update

from bot.domain.feedback import Proposal, propose
from bot.domain.model import Evidence
from bot.domain.vocabulary import Weight
from bot.store.tables import announcements, post_topics
from bot.store.wishes import SqlWishBook
from tests.commands.conftest import GUEST, Talk
from tests.seeds import NLP, Seeds


async def announced(seeds: Seeds, titles: list[str]) -> list[str]:
    """Announce posts about NLP that `openai` alone brought."""
    await seeds.channel()
    await seeds.announce(*titles)
    async with seeds.database.write() as connection:
        await connection.execute(update(announcements).values(topic="nlp", state="sent"))
        found = (await connection.execute(select(announcements.c.id, announcements.c.post_id))).all()
    await seeds.topic([row.post_id for row in found])
    async with seeds.database.write() as connection:
        await connection.execute(update(post_topics).values(evidence=[["openai", "title", 4.0]]))
    return [row.id for row in found]


async def test_a_click_is_counted_once_for_a_person_and_post(talk: Talk, seeds: Seeds) -> None:
    (one,) = await announced(seeds, ["A"])

    assert "noted: not about nlp" in await talk.type(f"/tidings not-about {one}", who=GUEST)
    await talk.type(f"/tidings not-about {one}", who=GUEST)

    assert len(await talk.desk.feedback.ballots(NLP, "nlp")) == 1
    assert "1 click here said: not about NLP." in await talk.press("What they suggest")
    assert "no longer known" in await talk.type("/tidings not-about nonsense")


async def test_a_click_is_taken_back_by_who_made_it(talk: Talk, seeds: Seeds) -> None:
    (one,) = await announced(seeds, ["A"])
    await talk.type(f"/tidings not-about {one}", who=GUEST)
    await talk.type(f"/tidings not-about {one}")

    assert await talk.press("Undo") == "Taken back: it is about nlp after all."

    assert len(await talk.desk.feedback.ballots(NLP, "nlp")) == 1
    assert "no longer known" in await talk.type("/tidings not-about nonsense undo")


async def test_clicks_propose_and_a_person_applies_and_undoes(talk: Talk, seeds: Seeds) -> None:
    await talk.desk.heed()
    for one in await announced(seeds, ["A", "B", "C"]):
        await talk.type(f"/tidings not-about {one}")

    text = await talk.type("/tidings topic tune nlp")
    assert "• make “openai” weak here: it brought 3 of the 3" in text
    assert await talk.press("Make openai weak") == "In this channel “openai” is weak."

    (tuning,) = (await SqlWishBook(seeds.database).wishes()).tunings
    assert (tuning.channel, tuning.topic, tuning.terms) == (NLP, "nlp", {"openai": "weak"})
    assert "Here only: “openai” is weak." in await talk.type("/tidings topic show nlp")
    await talk.type("/tidings topic tune nlp")
    assert await talk.press("As everywhere") == "NLP is weighed here as everywhere."
    assert (await SqlWishBook(seeds.database).wishes()).tunings == ()


async def test_a_change_may_be_typed_and_must_make_sense(talk: Talk, seeds: Seeds) -> None:
    await talk.desk.heed()

    assert await talk.type("/tidings topic tune nlp bert=off") == "In this channel “BERT” is off."
    assert "has no term x" in await talk.type("/tidings topic tune nlp x=off")
    assert "not strong" in await talk.type("/tidings topic tune nlp openai=strong")
    assert "Say which topic" in await talk.type("/tidings topic tune")
    assert "for people who may change this channel" in await talk.type("/tidings topic tune nlp bert=off", who=GUEST)


def test_only_what_brought_half_of_the_clicks_is_proposed() -> None:
    weights: dict[str, Weight] = {"openai": "medium", "=BERT": "strong", "prompt": "weak"}
    openai, bert = Evidence("openai", "title", 4.0), Evidence("=BERT", "text", 3.0)
    small = Evidence("prompt", "text", 0.5)

    assert propose([[openai, small]] * 2, weights, {}) == []
    assert propose([[openai, small], [openai], [bert]], weights, {}) == [
        Proposal(term="openai", change="weak", clicks=2, of=3)
    ]
    assert propose([[openai]] * 3, weights, {"openai": "weak"})[0].change == "off"
    assert propose([[openai]] * 3, weights, {"openai": "off"}) == []
