from tests.commands.conftest import GUEST, REDIS, SIMON, Talk
from tests.seeds import NLP, Seeds
from tests.store.test_subscriptions import planned


async def names(talk: Talk) -> list[str]:
    return [line.removeprefix("• ") for line in (await talk.type("/subscriptions")).splitlines() if line[0] == "•"]


async def test_alone_it_offers_what_there_is(talk: Talk) -> None:
    await talk.type("/subscribe nlp, simon.example")

    await talk.type("/unsubscribe")

    assert talk.buttons == ["NLP", "Simon’s Weblog"]
    assert await talk.press("Simon’s Weblog") == "No longer following Simon’s Weblog here. 1 subscription goes on."
    assert await names(talk) == ["NLP"]


async def test_topics_go_by_any_of_their_names_and_blogs_by_name_or_address(talk: Talk) -> None:
    await talk.share(REDIS)
    await talk.type("/subscribe nlp, rust, ai, simon.example, <antirez>")

    await talk.type("/unsubscribe natural language processing, RUST,")
    await talk.type("/unsubscribe <antirez>")
    await talk.type("/unsubscribe https://simon.example/")

    assert await names(talk) == ["AI"]


async def test_all_ends_everything(talk: Talk) -> None:
    await talk.type("/subscribe nlp, rust")

    assert (
        await talk.type("/unsubscribe all") == "No longer following NLP and Rust here. Nothing else is followed here."
    )
    assert await talk.type("/unsubscribe") == "Nothing is followed here. `/subscribe nlp` starts it."


async def test_one_name_that_is_not_followed_changes_nothing(talk: Talk) -> None:
    await talk.type("/subscribe nlp")

    assert "rust is not followed here." in await talk.type("/unsubscribe nlp, rust")
    assert "nothing.example is not followed here." in await talk.type("/unsubscribe nothing.example")
    assert await names(talk) == ["NLP"]


async def test_what_is_on_the_way_is_cancelled_and_counted(talk: Talk, seeds: Seeds) -> None:
    await talk.type("/subscribe nlp")
    (subscription,) = await talk.desk.subscriptions.of_channel(NLP)
    (post,) = await seeds.posts(["On NLP"])
    await seeds.plan(planned(post, wanted_by=[subscription.id]))

    assert "1 announcement on the way was cancelled." in await talk.type("/unsubscribe nlp")
    assert await seeds.states() == {"On NLP": "cancelled"}


async def test_undo_brings_it_back_as_it_was(talk: Talk) -> None:
    typed = 'nlp -jobs "vector search" strict digest daily at 09:00 Europe/Berlin'
    await talk.type(f"/subscribe {typed}")
    before = await names(talk)
    await talk.type("/unsubscribe nlp")
    await talk.press("Undo")

    assert await names(talk) == before


async def test_a_blog_comes_back_by_its_address(talk: Talk) -> None:
    await talk.type(f"/subscribe {SIMON.url}")
    await talk.type("/unsubscribe simon.example")
    await talk.press("Undo")

    assert await names(talk) == ["Simon’s Weblog"]
    assert talk.discovery.asked == [SIMON.url, SIMON.url]


async def test_a_number_opens_no_feed(talk: Talk) -> None:
    (shared,) = await talk.share(SIMON)

    assert "feed:" in await talk.type(f"/subscribe feed:{shared}")
    assert await names(talk) == []


async def test_guests_may_read_and_not_end(talk: Talk) -> None:
    await talk.type("/subscribe nlp")

    assert (await talk.type("/subscriptions", who=GUEST)).startswith("1 subscription here:")
    assert "for people who may change" in await talk.type("/unsubscribe nlp", who=GUEST)


async def test_only_what_is_followed_is_completed(talk: Talk) -> None:
    await talk.type("/subscribe nlp, simon.example")

    assert [choice.label for choice in await talk.commands.complete(NLP, "unsubscribe", "sim")] == ["Simon’s Weblog"]


async def test_a_subscription_that_is_silent_for_three_weeks_says_why(talk: Talk, seeds: Seeds) -> None:
    await talk.type("/subscribe nlp")
    talk.clock.pass_time(20 * 86_400)
    assert "silent" not in await talk.type("/subscriptions")

    talk.clock.pass_time(2 * 86_400)
    text = await talk.type("/subscriptions")
    assert "silent for 21 days, no blog watched here wrote such a post; `/subscribe nlp wide` or" in text


async def test_a_subscription_whose_posts_came_lately_is_not_called_silent(talk: Talk, seeds: Seeds) -> None:
    talk.clock.pass_time(-40 * 86_400)
    await talk.type("/subscribe nlp, rust")
    talk.clock.pass_time(40 * 86_400)
    await seeds.topic(await seeds.posts(["About BERT"]))

    lines = (await talk.type("/subscriptions")).splitlines()

    assert ["silent" in line for line in lines[1:3]] == [False, True]
