"""Plan, apply and dump against SQLite and PostgreSQL."""

from pathlib import Path

from sqlalchemy import select

from bot.domain.channels import ChannelOptions
from bot.domain.model import Channel
from bot.domain.setup import Change, changes
from bot.domain.setup_file import Known, read_setup
from bot.domain.setup_text import write_setup
from bot.domain.vocabulary import Topic
from bot.store.channels import SqlChannels
from bot.store.database import Database
from bot.store.setups import SqlSetups
from bot.store.tables import feeds, post_topics
from tests.clock import START
from tests.databases import sqlite_database
from tests.domain.test_setup_file import EVERYTHING
from tests.seeds import Seeds

OPTIONS = ChannelOptions()
BUILT_IN = (Topic(slug="nlp", label="NLP"), Topic(slug="rust", label="Rust"))
PAPERS = Channel(platform="room", workspace="demo", id="papers")


async def planned(database: Database, text: str) -> tuple[Change, ...]:
    now = await SqlSetups(database, OPTIONS).load()
    known = Known(now=now, built_in=BUILT_IN, start=OPTIONS)
    return changes(now, read_setup(text, "setup.yaml", known), OPTIONS)


async def apply(database: Database, text: str) -> None:
    await SqlSetups(database, OPTIONS).apply(await planned(database, text), START)


async def dumped(database: Database) -> str:
    return write_setup(await SqlSetups(database, OPTIONS).load(), OPTIONS)


async def test_what_was_dumped_makes_the_same_of_an_empty_database(database: Database, tmp_path: Path) -> None:
    await apply(database, EVERYTHING)
    first = await dumped(database)
    assert first == EVERYTHING

    (tmp_path / "other").mkdir()
    async with sqlite_database(tmp_path / "other") as other:
        await apply(other, first)
        assert await dumped(other) == first


async def test_applying_again_changes_nothing(database: Database) -> None:
    await apply(database, EVERYTHING)

    assert await planned(database, EVERYTHING) == ()


async def test_a_feed_may_be_shared_and_a_workspaces_own(database: Database) -> None:
    both = "feeds:\n- https://a.example/feed\nworkspaces:\n  room:demo:\n    feeds:\n    - https://a.example/feed\n"
    await apply(database, "feeds: [https://a.example/feed]")
    await apply(database, both)

    assert await dumped(database) == both


async def test_what_a_list_lacks_is_removed(database: Database) -> None:
    await apply(database, EVERYTHING)
    await apply(
        database,
        "feeds: []\nworkspaces: {room:demo: {feeds: [], topics: {}, channels: "
        "{papers: {settings: {}, subscriptions: [rust]}}}}",
    )

    assert await dumped(database) == (
        "feeds: []\nworkspaces:\n  room:demo:\n    channels:\n      papers:\n        name: Papers\n"
        "        subscriptions:\n        - rust\n"
    )
    async with database.read() as connection:
        resting = (await connection.scalars(select(feeds.c.paused_why))).all()
    assert set(resting) == {"Nobody follows this feed any more."}


async def test_posts_that_are_there_are_filed_under_a_topic_that_is_made(database: Database) -> None:
    seeds = Seeds(database)
    await seeds.posts(["All about agents"], await seeds.feed())
    await apply(database, "workspaces: {room:demo: {topics: {agents: {terms: [agents]}}}}")

    async with database.read() as connection:
        assert (await connection.scalars(select(post_topics.c.topic))).all() == ["agents"]


async def test_the_name_alone_changes_no_setting(database: Database) -> None:
    chosen = ChannelOptions(burst=9)
    await SqlChannels(database, OPTIONS).set_options(PAPERS, chosen, START, "Papers")
    await apply(database, "workspaces: {room:demo: {channels: {papers: {name: Reading}}}}")

    status = await SqlChannels(database, OPTIONS).status(PAPERS)
    assert (status.name, status.options) == ("Reading", chosen)
