"""Lists of posts: what is on them, in which order, and for whom."""

from bot.domain.model import FeedId
from bot.domain.pages import Found, Wanted, search_words
from bot.store.database import Database
from bot.store.pages import SqlPages
from tests.clock import START
from tests.seeds import Seeds


def titles(found: Found) -> list[str]:
    return [shown.card.post.title for shown in found.posts]


async def test_a_topic_lists_its_posts_newest_first_page_by_page(database: Database) -> None:
    seeds, pages = Seeds(database), SqlPages(database)
    await seeds.topic(await seeds.posts([f"Post {number}" for number in range(7)]))
    await seeds.posts(["About something else"])

    first = await pages.find(Wanted(topic="nlp"), page=1, size=3)
    last = await pages.find(Wanted(topic="nlp"), page=3, size=3)
    beyond = await pages.find(Wanted(topic="nlp"), page=9, size=3)

    assert (titles(first), first.total) == (["Post 6", "Post 5", "Post 4"], 7)
    assert (titles(last), last.total) == (["Post 0"], 7)
    assert (titles(beyond), beyond.total) == ([], 7)


async def test_a_feed_of_a_workspace_is_on_no_public_list_and_on_its_own(database: Database) -> None:
    seeds, pages = Seeds(database), SqlPages(database)
    own = await seeds.feed("Ours alone", workspace="slack:T1")
    await seeds.topic(await seeds.posts(["Secret plans"], feed=own))

    assert titles(await pages.find(Wanted(topic="nlp"))) == []
    assert titles(await pages.find(Wanted(words=("secret",)))) == []
    assert titles(await pages.find(Wanted(words=("secret",), workspace="slack:T2"))) == []
    assert titles(await pages.find(Wanted(words=("secret",), workspace="slack:T1"))) == ["Secret plans"]
    assert await pages.recent_counts(START) == {}
    assert await pages.blogs("nlp", 10) == []


async def test_a_story_is_listed_once_and_names_the_other_blogs_that_strangers_may_know(database: Database) -> None:
    seeds, pages = Seeds(database), SqlPages(database)
    [first] = await seeds.posts(["Seen everywhere"], feed=await seeds.feed("First"))
    others = [await seeds.feed("Second"), await seeds.feed(None), await seeds.feed("Ours", workspace="slack:T1")]
    copies = [first]
    for feed in others:
        copies += await seeds.posts(["Seen everywhere"], feed=feed, story=first)
    await seeds.topic(copies)

    found = await pages.find(Wanted(topic="nlp"))

    assert found.total == 1
    assert len(found.posts) == 1
    names = {found.posts[0].card.blog, *found.posts[0].card.also_at} - {None}
    assert names == {"First", "Second"}


async def test_a_list_is_narrowed_to_a_blog_and_to_words(database: Database) -> None:
    seeds, pages = Seeds(database), SqlPages(database)
    feed = await seeds.feed("Quiet Gradients")
    await seeds.topic(await seeds.posts(["Tokenisers in Finnish", "Attention"], feed=feed))
    await seeds.topic(await seeds.posts(["Tokenisers in Welsh"]))

    assert titles(await pages.find(Wanted(topic="nlp", feed=FeedId(feed)))) == ["Attention", "Tokenisers in Finnish"]
    assert set(titles(await pages.find(Wanted(topic="nlp", words=("tokenisers",))))) == {
        "Tokenisers in Finnish",
        "Tokenisers in Welsh",
    }
    assert titles(await pages.find(Wanted(feed=FeedId(feed), words=("tokenisers", "finnish")))) == [
        "Tokenisers in Finnish"
    ]
    assert [blog.name for blog in await pages.blogs("nlp", 1)] == ["Quiet Gradients"]


async def test_a_search_follows_changed_and_deleted_posts(database: Database) -> None:
    seeds, pages = Seeds(database), SqlPages(database)
    [post] = await seeds.posts(["Before"])
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE posts SET title = 'Afterwards', summary = ''")
    assert titles(await pages.find(Wanted(words=("before",)))) == []
    assert titles(await pages.find(Wanted(words=("afterwards",)))) == ["Afterwards"]

    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM posts")
    assert titles(await pages.find(Wanted(words=("afterwards",)))) == []
    assert await pages.url_of(post) is None


async def test_no_search_is_an_error(database: Database) -> None:
    pages = SqlPages(database)
    for typed in ('"', "NEAR(a b)", "title:x OR *", "a AND NOT b", "(", "-", "'; DROP TABLE posts", "x" * 10_000, "é"):
        found = await pages.find(Wanted(words=search_words(typed)))
        assert found.posts == ()


async def test_a_click_is_counted_and_shown_and_none_is_not_a_zero(database: Database) -> None:
    seeds, pages = Seeds(database), SqlPages(database)
    [post] = await seeds.posts(["Clicked"])
    assert (await pages.find(Wanted())).posts[0].card.views is None

    await pages.count_views({post: 2, "0" * 32: 5})

    assert (await pages.find(Wanted())).posts[0].card.views == 2
    assert await pages.url_of(post) == f"https://blog.example/{post}"
