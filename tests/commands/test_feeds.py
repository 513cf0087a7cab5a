from datetime import timedelta

import pytest

from bot.domain.following import FeedList, FoundFeed
from bot.domain.model import Channel
from bot.store.database import Database
from bot.store.seal import Seal
from tests.commands.conftest import GUEST, MEMBER, NEWS, REDIS, SIMON, Talk
from tests.seeds import NLP
from tests.store.test_known_feeds import change

ELSEWHERE = Channel(platform="slack", workspace="T1", id="C1")


async def test_a_blog_that_is_added_reaches_the_topics_of_this_workspace_only(talk: Talk) -> None:
    answer = await talk.type("/tidings feeds add simon.example")

    assert answer.splitlines() == [
        "Added Simon’s Weblog; from now on its posts reach the topics of this workspace.",
        "Watching 1 blog. 1 of them is being read for the first time.",
    ]
    assert "No blogs are watched yet" in await talk.type("/tidings", where=ELSEWHERE)
    assert (await talk.type("/tidings feeds list", where=ELSEWHERE)).startswith("This workspace has added no blogs.")
    assert "has not added simon.example" in await remove_elsewhere(talk)


async def remove_elsewhere(talk: Talk) -> str:
    await talk.type("/tidings feeds add redis.example/rss", where=ELSEWHERE)
    return await talk.type("/tidings feeds remove simon.example", where=ELSEWHERE)


async def test_it_offers_to_post_every_article_too(talk: Talk) -> None:
    await talk.type("/tidings feeds add simon.example")

    assert (await talk.press("Post every article here")).startswith("Following Simon’s Weblog here.")
    assert talk.buttons == ["Undo"]


async def test_several_are_added_at_once_and_each_failure_is_told(talk: Talk) -> None:
    answer = await talk.type("/tidings feeds add simon.example https://redis.example/rss, dead.example knitting")

    assert answer.splitlines() == [
        "Added Simon’s Weblog and <antirez>; from now on their posts reach the topics of this workspace.",
        "Watching 2 blogs. 2 of them are being read for the first time.",
        "There is no feed at https://dead.example.",
        "knitting is not an address such as simonwillison.net.",
    ]


async def test_what_is_known_already_is_said(talk: Talk) -> None:
    await talk.share(SIMON)

    assert (await talk.type("/tidings feeds add simon.example")).startswith("Known already: Simon’s Weblog.")
    assert talk.discovery.asked == []


async def test_a_page_with_several_feeds_offers_the_choice(talk: Talk) -> None:
    assert await talk.type("/tidings feeds add news.example") == "news.example has 2 feeds. Which one?"
    talk.discovery.web[NEWS[1].url] = [NEWS[1]]
    assert (await talk.press("Tech news")).startswith("Added Tech news;")


async def test_alone_it_asks_with_a_form(talk: Talk) -> None:
    await talk.type("/tidings feeds add")

    answer = await talk.press("Add", blogs="simon.example\nhttps://redis.example/rss")
    assert answer.startswith("Added Simon’s Weblog and <antirez>;")


@pytest.mark.parametrize("typed", ["simon.example", "Simon’s Weblog", "weblog", "https://simon.example/atom"])
async def test_a_blog_is_removed_by_what_people_call_it_and_can_come_back(talk: Talk, typed: str) -> None:
    await talk.type("/tidings feeds add simon.example, https://redis.example/rss")

    assert (await talk.type(f"/tidings feeds remove {typed}")).startswith("Removed Simon’s Weblog. Watching 1 blog.")
    assert [feed.name for feed in await talk.desk.feeds.pool("room:demo")] == ["<antirez>"]
    assert (await talk.press("Undo")).startswith("Added Simon’s Weblog;")


async def test_alone_or_unclear_it_offers_what_there_is(talk: Talk) -> None:
    assert (await talk.type("/tidings feeds remove")).startswith("This workspace has added no blogs.")
    await talk.type("/tidings feeds add simon.example, https://redis.example/rss")

    await talk.type("/tidings feeds remove")
    assert talk.buttons == ["<antirez>", "Simon’s Weblog"]
    assert await talk.type("/tidings feeds remove e") == "2 blogs could be meant by e. Which one?"
    assert "has not added knitting" in await talk.type("/tidings feeds remove knitting")


async def test_the_list_shows_what_is_wrong_with_a_blog(talk: Talk, sqlite: Database) -> None:
    await talk.share(REDIS)
    await talk.type("/tidings feeds add simon.example")
    (simon,) = await talk.desk.feeds.pool("room:demo")
    await change(sqlite, simon.id, error="The host does not answer.", failures=2)

    assert (await talk.type("/tidings feeds list", who=GUEST)).splitlines() == [
        "This workspace has added 1 blog:",
        "• Simon’s Weblog: 0 posts (The host does not answer.)",
        "Watching 2 blogs. 1 of them is being read for the first time. 1 of them is shared by all.",
    ]


async def test_members_may_not_change_the_workspace(talk: Talk) -> None:
    for typed in ("add simon.example", "remove simon.example"):
        assert "for people who may change this workspace" in await talk.type(f"/tidings feeds {typed}", who=MEMBER)
    assert talk.discovery.asked == []


async def test_the_pool_s_blogs_are_completed(talk: Talk) -> None:
    await talk.type("/tidings feeds add simon.example, https://redis.example/rss")

    choices = await talk.commands.complete(NLP, "feeds remove", "anti")

    assert [(choice.value, choice.label) for choice in choices] == [(REDIS.url, "<antirez>")]


async def test_a_blog_that_does_not_answer_is_added_all_the_same_if_wanted(talk: Talk) -> None:
    talk.discovery.silent.add("https://ill.example/feed")

    answer = await talk.type("/tidings feeds add https://ill.example/feed")

    assert answer == "The host does not answer. ill.example can be added all the same and is tried again."
    assert await talk.desk.feeds.pool("room:demo") == []
    assert (await talk.press("Add anyway")).startswith("Added ill.example; from now on its posts reach")
    (feed,) = await talk.desk.feeds.pool("room:demo")
    assert (feed.url, feed.next_poll_at) == ("https://ill.example/feed", talk.clock.now())


async def test_one_that_does_not_answer_can_be_followed_too(talk: Talk) -> None:
    talk.discovery.silent.add("https://ill.example/feed")
    await talk.type("/subscribe https://ill.example/feed")

    assert (await talk.press("Add anyway")).startswith("Following ill.example here.")


async def test_what_is_refused_is_not_offered_anyway(talk: Talk) -> None:
    assert "no feed at" in await talk.type("/tidings feeds add anyway https://inside.example/feed")
    assert await talk.desk.feeds.pool("room:demo") == []
    assert talk.buttons == []


async def test_no_password_of_an_address_is_shown(talk: Talk, sqlite: Database) -> None:
    secret = "https://ann:canary@ill.example/feed?token=canary"
    talk.discovery.silent.add(secret)
    said = [await talk.type(f"/tidings feeds add {secret}"), await talk.press("Add anyway")]
    (feed,) = await talk.desk.feeds.pool("room:demo")
    await change(sqlite, feed.id, error="The host does not answer.", failures=2)

    typed = ("feeds list", "feeds status", "feeds remove", "feeds remove ill.example", "status")
    said += [await talk.type(f"/tidings {verb}") for verb in typed]
    await talk.type("/tidings feeds add anyway " + secret)
    choices = await talk.commands.complete(NLP, "feeds remove", "ill")

    labels = [label for choice in choices for label in (choice.value, choice.label)]
    assert "canary" not in "\n".join([*said, *talk.buttons, *labels])
    assert labels == ["ill.example", "ill.example"]


async def test_a_feed_behind_a_password_is_followed_and_removed_by_its_whole_address(talk: Talk) -> None:
    secret = "https://ann:canary@blog.example/feed"
    talk.discovery.web[secret] = [FoundFeed(url=secret, title="Inside")]
    await talk.type(f"/tidings feeds add {secret}")

    assert (await talk.press("Post every article here")).startswith("Following Inside here.")
    assert (await talk.type(f"/tidings feeds add {secret}")).startswith("Known already: Inside.")
    assert (await talk.type(f"/tidings feeds remove {secret}")).startswith("Removed Inside.")
    assert (await talk.press("Undo")).startswith("Added Inside;")
    assert talk.discovery.asked == [secret]


async def test_without_a_key_a_password_is_refused_before_anything_is_asked(talk: Talk, sqlite: Database) -> None:
    sqlite.seal = Seal()

    answer = await talk.type("/tidings feeds add https://ann:canary@blog.example/feed")

    assert answer.startswith("That address has a password or token in it, which Tidings keeps encrypted only")
    assert answer.endswith("SECRET_KEY first.")
    assert talk.discovery.asked == []


async def test_more_addresses_than_a_minute_allows_are_left_for_the_next_press(talk: Talk) -> None:
    blogs = [FoundFeed(url=f"https://b{n}.example/feed", title=f"Blog {n}") for n in range(7)]
    talk.discovery.web.update({blog.url: [blog] for blog in blogs})

    answer = await talk.type("/tidings feeds add " + " ".join(blog.url for blog in blogs))

    assert answer.splitlines()[1:] == [
        "Watching 5 blogs. 5 of them are being read for the first time.",
        "5 addresses a minute can be looked up; 2 more are left.",
    ]
    talk.clock.pass_time(timedelta(minutes=1))
    assert (await talk.press("Look up the rest")).startswith("Added Blog ")
    assert sorted(talk.discovery.asked) == [blog.url for blog in blogs]
    assert len(await talk.desk.feeds.pool("room:demo")) == 7


async def test_a_list_is_added_whole_with_a_line_for_each(talk: Talk) -> None:
    await talk.share(SIMON)
    link = "https://lists.example/blogroll.opml"
    talk.discovery.web[link] = FeedList(feeds=(SIMON, REDIS), broken=("not a url",))

    assert (await talk.type(f"/tidings feeds add {link}")).splitlines() == [
        "Added 1 blog; the list has 3.",
        "• not a url: no address that can be fetched",
        "• Simon’s Weblog: known already",
        "• <antirez>: added",
        "Watching 2 blogs. 2 of them are being read for the first time.",
    ]
    assert talk.buttons == ["What cannot be read"]
    assert talk.discovery.asked == [link]
    assert "list of 2 blogs: `/tidings feeds add`" in await talk.type(f"/subscribe {link}")


async def test_a_long_list_is_reported_in_short_and_one_too_long_is_refused(talk: Talk) -> None:
    link = "https://lists.example/blogroll.opml"
    feeds = tuple(FoundFeed(url=f"https://b{n}.example/feed", title=f"Blog {n}") for n in range(501))
    talk.discovery.web[link] = FeedList(feeds=feeds)
    assert await talk.type(f"/tidings feeds add {link}") == (
        "The list has 501 blogs; a workspace can have 500 of its own."
    )
    talk.discovery.web[link] = FeedList(feeds=feeds[:400])

    answer = (await talk.type(f"/tidings feeds add {link}")).splitlines()

    assert (answer[0], len(answer), answer[-2]) == ("Added 400 blogs; the list has 400.", 28, "… and 375 more.")
    talk.discovery.web[link] = FeedList(feeds=feeds[300:])
    talk.clock.pass_time(timedelta(minutes=1))
    assert "can have 500 feeds of its own, and this one has 400" in await talk.type(f"/tidings feeds add {link}")
    assert len(await talk.desk.feeds.pool("room:demo")) == 400


async def test_of_several_addresses_each_problem_names_its_own(talk: Talk) -> None:
    talk.discovery.silent |= {"https://ill.example/feed", "https://sick.example/feed"}

    answer = await talk.type("/tidings feeds add https://ill.example/feed, https://sick.example/feed, news.example")

    assert answer.splitlines() == [
        "The host does not answer. ill.example can be added all the same and is tried again.",
        "The host does not answer. sick.example can be added all the same and is tried again.",
        "news.example has 2 feeds. Which one?",
    ]
    assert talk.buttons == ["Add ill.example anyway", "Add sick.example anyway", "All news", "Tech news"]


async def test_too_many_addresses_are_refused_before_any_is_asked(talk: Talk) -> None:
    typed = " ".join(f"b{n}.example" for n in range(51))

    assert "50 addresses at once are the most" in await talk.type(f"/tidings feeds add {typed}")
    assert talk.discovery.asked == []
