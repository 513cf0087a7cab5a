"""`/tidings search`: the same list as the pages', in every chat."""

from bot.store.database import Database
from bot.store.pages import SqlPages
from tests.commands.conftest import GUEST, Talk
from tests.seeds import Seeds


async def test_posts_are_found_by_words_and_paged(talk: Talk, seeds: Seeds) -> None:
    await seeds.topic(await seeds.posts([f"Sparse attention {number}" for number in range(7)]), "nlp")
    await seeds.posts(["Something else"])

    assert await talk.type("/tidings search Sparse, ATTENTION!", who=GUEST) == "Posts with sparse and attention:"
    assert talk.titles == [f"Sparse attention {number}" for number in (6, 5, 4, 3, 2)]
    assert talk.last.posts[0].topics == ("NLP",)
    assert await talk.press("More", who=GUEST) == "Posts with sparse and attention, page 2:"
    assert talk.titles == ["Sparse attention 1", "Sparse attention 0"]
    assert talk.buttons == []
    assert await talk.type("/tidings search sparse page 9") == "There are no more posts with sparse."


async def test_views_are_shown_and_counted_where_the_channel_wants_it_and_nowhere_else(
    talk: Talk, seeds: Seeds, sqlite: Database
) -> None:
    [post] = await seeds.posts(["Sparse attention"])
    await seeds.topic([post], "nlp")
    await SqlPages(sqlite).count_views({post: 2})

    for typed in ("/tidings search sparse", "/latest nlp"):
        await talk.type(typed)
        assert (talk.last.posts[0].views, talk.last.posts[0].link) == (None, f"https://blog.example/{post}")
    await talk.type("/tidings settings views on")
    for typed in ("/tidings search sparse", "/latest nlp"):
        await talk.type(typed)
        assert (talk.last.posts[0].views, talk.last.posts[0].link) == (2, f"https://tidings.example/r/{post}")


async def test_a_search_sees_the_workspaces_own_feeds_and_no_other(talk: Talk, seeds: Seeds) -> None:
    await seeds.posts(["Ours alone"], feed=await seeds.feed(workspace="room:demo"))
    await seeds.posts(["Theirs alone"], feed=await seeds.feed(workspace="slack:T9"))

    await talk.type("/tidings search alone")

    assert talk.titles == ["Ours alone"]


async def test_a_search_for_nothing_or_for_signs_says_what_to_type(talk: Talk) -> None:
    for typed in ("/tidings search", '/tidings search "*', "/tidings search ()"):
        assert "Say what to look for" in await talk.type(typed)
    assert await talk.type("/tidings search NEAR(a b)") == "No posts with near and a and b. Fewer words find more."
    assert await talk.type("/tidings search " + "x" * 10_000) == "A search has up to 200 characters."
