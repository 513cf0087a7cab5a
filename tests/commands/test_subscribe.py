from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.channels import ChannelOptions
from bot.domain.model import Digest, FollowsTopic, Strictness
from bot.store.database import Database
from bot.store.tables import messages
from tests.clock import START
from tests.commands.conftest import GUEST, NEWS, REDIS, SIMON, Talk
from tests.seeds import NLP, Seeds
from tests.store.test_known_feeds import change


async def followed(talk: Talk) -> list[str]:
    return (await talk.type("/subscriptions")).splitlines()


async def test_following_a_topic_says_what_is_watched_and_what_came_of_it(talk: Talk, seeds: Seeds) -> None:
    for number in range(9):
        await seeds.topic(await seeds.posts([f"On NLP {number}"]), "nlp")
    await seeds.posts(["On something else"])

    answer = await talk.type("/subscribe nlp")

    assert answer.splitlines() == [
        "Following NLP here.",
        "Watching 10 blogs. 10 of them are being read for the first time. "
        "9 posts about NLP in the last 30 days, about 2 a week. The next ones appear here.",
        "The newest so far, shown to you only:",
    ]
    assert len(talk.titles) == 3
    assert talk.last.posts[0].topics == ("NLP",)
    assert not talk.last.public


async def test_posts_older_than_the_window_are_not_counted(talk: Talk, seeds: Seeds) -> None:
    await seeds.topic(await seeds.posts(["On NLP"]), "nlp")
    talk.clock.pass_time(timedelta(days=31))

    assert "No posts about NLP in the last 30 days." in await talk.type("/subscribe nlp")


async def test_without_any_blog_the_answer_says_how_to_add_one(talk: Talk) -> None:
    assert "No blogs are watched yet: `/tidings feeds add URL` adds one." in await talk.type("/subscribe nlp")


async def test_several_are_followed_at_once(talk: Talk) -> None:
    assert (await talk.type("/subscribe nlp, rust,")).startswith("Following NLP and Rust here.")
    assert (await talk.type("/subscribe ai machine learning")).startswith("Following AI and Machine learning here.")
    assert (await followed(talk))[:5] == ["4 subscriptions here:", "• NLP", "• Rust", "• AI", "• Machine learning"]


async def test_an_alias_resolves_and_says_so(talk: Talk) -> None:
    assert "natural language processing is NLP." in await talk.type("/subscribe natural language processing")


async def test_asked_again_it_changes_what_there_is_and_says_what_changed(talk: Talk) -> None:
    await talk.type("/subscribe nlp")

    assert await talk.type("/subscribe nlp strict digest daily at 09:00 Europe/Berlin") == (
        "Changed: NLP, strict, digest daily at 09:00 Europe/Berlin (it was: NLP)."
    )
    assert await talk.type("/subscribe nlp") == (
        "NLP, strict, digest daily at 09:00 Europe/Berlin was followed here already; nothing changed."
    )
    assert await talk.type("/subscribe nlp -jobs normal each") == (
        "Changed: NLP, -jobs (it was: NLP, strict, digest daily at 09:00 Europe/Berlin)."
    )
    (subscription,) = await talk.desk.subscriptions.of_channel(NLP)
    assert (subscription.follows, subscription.filters) == (FollowsTopic(slug="nlp"), ("-jobs",))


async def test_a_daily_digest_without_a_zone_asks_back_and_offers_one(talk: Talk) -> None:
    assert "time zone" in await talk.type("/subscribe nlp strict digest daily at 08:30")

    await talk.press("Use Europe/Berlin")

    (subscription,) = await talk.desk.subscriptions.of_channel(NLP)
    assert subscription.mode == Digest(every="daily", at_minute=510, zone="Europe/Berlin")
    assert subscription.strictness is Strictness.STRICT


async def test_the_channel_s_own_zone_is_used(talk: Talk, seeds: Seeds) -> None:
    await seeds.channel(NLP, ChannelOptions(zone="Asia/Tokyo"))

    assert "digest daily at 09:00 Asia/Tokyo" in await talk.type("/subscribe nlp digest daily")


async def test_a_blog_s_address_is_looked_up_and_every_post_of_it_followed(talk: Talk) -> None:
    answer = await talk.type("/subscribe simon.example")

    assert answer.splitlines()[0] == "Following Simon’s Weblog here."
    assert "No posts by Simon’s Weblog in the last 30 days. The next ones appear here." in answer
    assert talk.buttons == ["Let topics use Simon’s Weblog", "Undo"]
    assert (await talk.desk.feeds.counts("room:demo")).watched == 0
    assert (await talk.press("Let topics use Simon’s Weblog")).startswith("Added Simon’s Weblog;")
    assert (await talk.desk.feeds.counts("room:demo")).watched == 1


async def test_a_blog_that_is_known_here_is_not_fetched_again(talk: Talk) -> None:
    await talk.share(SIMON, REDIS)

    for typed in ("https://simon.example/atom", "simon.example", "<https://simon.example|simon.example>", "<antirez>"):
        assert (await talk.type(f"/subscribe {typed}")).startswith(("Following", "Simon’s Weblog was followed")), typed
    assert talk.discovery.asked == []
    assert (await followed(talk))[:3] == ["2 subscriptions here:", "• Simon’s Weblog", "• <antirez>"]


async def test_a_page_with_several_feeds_offers_the_choice(talk: Talk) -> None:
    assert await talk.type("/subscribe news.example digest hourly") == "news.example has 2 feeds. Which one?"
    assert talk.buttons == [feed.title for feed in NEWS]
    assert await talk.desk.subscriptions.of_channel(NLP) == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/subscribe https://dead.example/feed", "There is no feed at https://dead.example/feed."),
        ("/subscribe knitting", "There is no topic knitting. `/topics` lists the topics; a blog is followed by its"),
        ("/subscribe ftp://dead.example/feed", "There is no topic ftp://dead.example/feed."),
        ("/subscribe ,", "Say what to follow"),
        ("/subscribe nlp digest daily at 25:00 UTC", "25:00"),
    ],
)
async def test_what_cannot_be_followed_is_said_and_nothing_stored(talk: Talk, typed: str, answer: str) -> None:
    assert answer in await talk.type(typed)
    assert await talk.desk.subscriptions.of_channel(NLP) == []
    assert await talk.desk.feeds.pool("room:demo") == []


async def test_a_slip_of_the_pen_is_asked_about_never_assumed(talk: Talk) -> None:
    assert await talk.type("/subscribe rsut") == "There is no topic rsut. Did you mean Rust?"
    assert await talk.desk.subscriptions.of_channel(NLP) == []
    assert (await talk.press("Rust")).startswith("Following Rust here.")


async def test_what_is_clear_is_followed_and_the_rest_is_told(talk: Talk) -> None:
    answer = await talk.type("/subscribe nlp, knitting")

    assert answer.startswith("Following NLP here.")
    assert "There is no topic knitting." in answer


async def test_look_ups_are_limited_for_each_person(talk: Talk) -> None:
    for _ in range(5):
        await talk.type("/subscribe nowhere.example")

    assert "please wait a minute" in await talk.type("/subscribe nowhere.example")
    assert len(talk.discovery.asked) == 5
    talk.clock.pass_time(60)
    assert "There is no feed" in await talk.type("/subscribe nowhere.example")


async def test_it_can_be_undone(talk: Talk) -> None:
    await talk.type("/subscribe nlp")
    await talk.press("Undo")

    assert (await followed(talk))[0].startswith("Nothing is followed here.")


async def test_alone_it_asks_with_a_form(talk: Talk) -> None:
    await talk.type("/subscribe")

    assert talk.last.form is not None
    assert [choice.label for choice in talk.last.form.fields[0].choices] == ["AI", "Machine learning", "NLP", "Rust"]
    answer = await talk.press("Follow", topics="nlp,rust", blog="simon.example", how="digest hourly")
    assert answer.startswith(
        "Following NLP, digest hourly at :00, Rust, digest hourly at :00 and Simon’s Weblog, digest"
    )


async def test_an_empty_form_asks_again(talk: Talk) -> None:
    await talk.type("/subscribe")

    assert "Say what to follow" in await talk.press("Follow", topics="", blog="", how="each")


async def test_guests_may_not(talk: Talk) -> None:
    assert "for people who may change this channel" in await talk.type("/subscribe nlp", who=GUEST)


async def test_where_an_operator_says_so_the_channel_is_told(talk: Talk, seeds: Seeds) -> None:
    await seeds.channel(NLP, ChannelOptions(announce_subscriptions=True))

    await talk.type("/subscribe nlp")

    assert talk.last.public


async def test_where_a_channel_wants_it_the_newest_are_posted_oldest_first_and_silently(
    talk: Talk, seeds: Seeds, sqlite: Database
) -> None:
    await seeds.channel(NLP, ChannelOptions(backfill=2))
    found = await seeds.posts(["one", "two", "three"])
    await seeds.topic(found, "nlp")
    await seeds.topic(found, "ai")

    answer = await talk.type("/subscribe nlp, ai")

    assert "2 posts from before will be posted here now." in answer
    assert talk.titles == []
    assert list(await seeds.states()) == ["two", "three"]
    async with sqlite.read() as connection:
        rows = (await connection.execute(select(messages.c.kind, messages.c.silent))).all()
    assert [tuple(row) for row in rows] == [("post", True), ("post", True)]


async def test_what_a_backfill_brings_is_cancelled_with_its_subscription(talk: Talk, seeds: Seeds) -> None:
    await seeds.channel(NLP, ChannelOptions(backfill=1))
    await seeds.topic(await seeds.posts(["one"]), "nlp")
    await talk.type("/subscribe nlp")

    await talk.type("/unsubscribe nlp")

    assert await seeds.states() == {"one": "cancelled"}


async def test_a_paused_channel_is_told_so(talk: Talk, seeds: Seeds) -> None:
    await seeds.channel(NLP)
    await seeds.change(NLP, state="paused", why="Ann is on holiday.", paused_until=START)

    assert "Posting here is paused until 2026-11-02 09:00 UTC: Ann is on holiday." in await talk.type("/subscribe nlp")


async def test_topics_are_completed_after_a_comma_too(talk: Talk) -> None:
    choices = await talk.commands.complete(NLP, "subscribe", "rust, n")

    assert (choices[0].value, choices[0].label) == ("rust, nlp", "rust, NLP")


async def test_blogs_that_were_read_are_not_called_new(talk: Talk, sqlite: Database) -> None:
    (simon,) = await talk.share(SIMON)
    await change(sqlite, simon, last_good_poll=START)

    assert "Watching 1 blog. No posts" in await talk.type("/subscribe nlp")
