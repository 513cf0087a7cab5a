from datetime import timedelta

from sqlalchemy import select, update

from bot.domain.following import Ask
from bot.domain.model import FollowsTopic, MessageRef, PostId, Strictness
from bot.domain.reply import Press
from bot.store.tables import announcements, messages, post_topics, posts
from tests.clock import START
from tests.commands.conftest import ANN, Talk
from tests.seeds import NLP, RUST, Seeds


async def matched(seeds: Seeds, title: str, strictness: str = "normal", feed: int | None = None) -> str:
    (post,) = await seeds.posts([title], feed)
    await seeds.topic([post], "nlp", strictness)
    evidence = [["=BERT", "title", 6.0], ["css", "text", -3.0]]
    async with seeds.database.write() as connection:
        await connection.execute(update(post_topics).values(evidence=evidence))
        await connection.execute(update(posts).values(announced=True))
    return f"https://blog.example/{post}"


async def sent(seeds: Seeds, title: str) -> None:
    await seeds.channel()
    (message,) = await seeds.announce(title)
    async with seeds.database.write() as connection:
        await connection.execute(update(messages).where(messages.c.id == message).values(state="sent"))
        found = announcements.c.message_id == message
        await connection.execute(update(announcements).where(found).values(state="sent", sent_at=START))


async def test_with_no_link_it_explains_the_newest_post_here(talk: Talk, seeds: Seeds) -> None:
    await sent(seeds, "About BERT")

    text = await talk.type("/why")

    assert text.startswith("About BERT (A blog)\n• No topic: not enough words of any.\n")
    assert text.endswith("It came here on 2026-11-02 at 09:00 UTC because of a subscription that is gone.")


async def test_nothing_posted_and_unknown_links_are_said(talk: Talk, seeds: Seeds) -> None:
    assert "Nothing was posted here so far" in await talk.type("/why")
    assert "No blog that is watched here has brought that post" in await talk.type("/why https://x.example/y")


async def test_the_words_that_decided_are_shown(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT")

    text = await talk.type(f"/why {link}")

    assert "• NLP 5.0 (normal, rules 1): “BERT” in the title +6, “css” in the text -3" in text
    assert text.endswith("Nothing is followed here, so nothing comes.")


async def test_a_link_is_known_with_what_trackers_hang_on_it(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT")

    assert "About BERT" in await talk.type(f"/why {link}/?utm_source=x")
    assert "About BERT" in await talk.type(f"/why {link.replace('https', 'http')}")


async def test_a_subscription_says_why_it_withheld_a_post(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT", "wide")
    await talk.type("/subscribe nlp, rust")
    await talk.type("/subscribe ai -bert")

    text = await talk.type(f"/why {link}")

    assert "It did not come here." in text
    assert "NLP: only 5.0 points, enough for wide, not for normal." in text
    assert "Rust: the post has not enough of its words." in text


async def test_a_filter_is_named(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT")
    await talk.type("/subscribe nlp -bert")

    assert "NLP: the filter -bert keeps it out." in await talk.type(f"/why {link}")


async def test_a_mute_is_named(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT")
    await talk.type("/subscribe nlp")
    await talk.type("/tidings mute bert")

    assert "It did not come: this word is muted here." in await talk.type(f"/why {link}")


async def test_an_older_post_is_said_to_be_older(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT")
    later = START + timedelta(days=1)
    ask = Ask(follows=FollowsTopic(slug="nlp"), strictness=Strictness.WIDE)
    await talk.desk.subscriptions.subscribe(NLP, [ask], by=ANN.id, now=later, limit=9)

    assert "is followed here only since 2026-11-03, and the post is older" in await talk.type(f"/why {link}")


async def test_a_post_of_a_feed_others_added_is_not_shown(talk: Talk, seeds: Seeds) -> None:
    link = await matched(seeds, "About BERT", feed=await seeds.feed(workspace="slack:T9"))

    assert "No blog that is watched here" in await talk.type(f"/why {link}")


async def test_a_message_without_buttons_has_its_menu_too(talk: Talk, seeds: Seeds) -> None:
    await sent(seeds, "About BERT")
    async with seeds.database.write() as connection:
        await connection.execute(update(messages).values(state="sent", ref="r1"))

    menu = await talk.commands.menu(NLP, MessageRef("r1"))

    assert menu[0].label == "Why?"
    assert "About BERT" in (await talk.commands.press(Press(channel=NLP, person=ANN, action=menu[0].action))).text
    assert not await talk.commands.menu(RUST, MessageRef("r1"))


async def test_the_menu_names_an_announcement_of_this_channel_only(talk: Talk, seeds: Seeds) -> None:
    await sent(seeds, "About BERT")
    async with seeds.database.read() as connection:
        one = PostId(str(await connection.scalar(select(announcements.c.id))))

    assert "About BERT" in await talk.type(f"/why {one}")
    assert "About BERT" not in await talk.type(f"/why {one}", where=RUST)
