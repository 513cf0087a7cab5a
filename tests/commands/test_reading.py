from bot.store.database import Database
from tests.clock import START
from tests.commands.conftest import GUEST, REDIS, SIMON, Talk
from tests.seeds import NLP, RUST, Seeds
from tests.store.test_known_feeds import change


async def test_topics_are_listed_below_their_parents_with_those_followed_marked(talk: Talk) -> None:
    await talk.type("/subscribe nlp")

    assert (await talk.type("/topics", who=GUEST)).splitlines() == [
        "Topics to follow; `/subscribe TOPIC` brings their posts here.",
        "• `ai`",
        "   • `machine-learning`: Machine learning",
        "   • `nlp` (followed here)",
        "• `rust`",
    ]
    assert talk.buttons == ["Follow AI", "Follow Rust"]


async def test_topics_are_searched_by_a_word(talk: Talk) -> None:
    assert "`nlp`" in await talk.type("/topics language")
    assert await talk.type("/topics knitting") == "No topic speaks of knitting. `/topics` lists them all."


async def test_the_latest_of_a_topic_come_in_pages(talk: Talk, seeds: Seeds) -> None:
    await seeds.topic(await seeds.posts([f"Post {number}" for number in range(7)]), "nlp")

    assert await talk.type("/latest nlp", who=GUEST) == "The newest posts about NLP:"
    assert talk.titles == ["Post 6", "Post 5", "Post 4", "Post 3", "Post 2"]
    assert await talk.press("More") == "The newest posts about NLP, page 2:"
    assert talk.titles == ["Post 1", "Post 0"]
    assert talk.buttons == []
    assert await talk.type("/latest nlp page 9") == "There are no more posts about NLP."


async def test_the_latest_without_a_topic_are_of_what_is_followed_here(talk: Talk, seeds: Seeds) -> None:
    first, _ = await seeds.posts(["On NLP", "On something else"])
    await seeds.topic([first], "nlp")

    assert await talk.type("/latest") == "The newest posts of all blogs (nothing is followed here):"
    assert talk.titles == ["On something else", "On NLP"]
    await talk.type("/subscribe nlp")
    assert await talk.type("/latest") == "The newest posts of what this channel follows:"
    assert talk.titles == ["On NLP"]


async def test_nothing_yet_says_what_is_watched(talk: Talk) -> None:
    assert await talk.type("/latest nlp") == (
        "No posts about NLP so far. No blogs are watched yet: `/tidings feeds add URL` adds one."
    )
    assert "There is no topic knitting." in await talk.type("/latest knitting")


async def test_the_latest_of_a_blog(talk: Talk, seeds: Seeds) -> None:
    (simon,) = await talk.share(SIMON)
    await seeds.posts(["By Simon"], feed=simon)
    await seeds.posts(["By another"])

    await talk.type("/latest simon.example")

    assert talk.titles == ["By Simon"]


async def test_tidings_alone_shows_the_state_of_the_channel(talk: Talk, sqlite: Database) -> None:
    simon, redis = await talk.share(SIMON, REDIS)
    await change(sqlite, simon, last_good_poll=START)
    await change(sqlite, redis, failures=1, error="The host does not exist.")

    assert (await talk.type("/tidings")).splitlines() == [
        "This channel follows nothing yet. `/subscribe nlp` starts it.",
        "Watching 2 blogs.",
        "1 blog cannot be read at the moment: `/tidings feeds status`.",
        "`/tidings help` lists every command.",
    ]
    assert talk.buttons == ["Topics", "Add blogs", "Settings"]
    await talk.type("/subscribe nlp strict, rust")
    assert (await talk.type("/tidings")).startswith("This channel follows NLP, strict and Rust, strict.")
    assert (await talk.type("/tidings", where=RUST)).startswith("This channel follows nothing yet.")


async def test_a_closed_channel_says_why(talk: Talk, seeds: Seeds) -> None:
    await seeds.channel(NLP)
    await seeds.change(NLP, state="closed", why="The bot was removed from this channel.")

    assert "Posting here is stopped: The bot was removed from this channel." in await talk.type("/tidings")
