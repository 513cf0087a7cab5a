"""Packs of blogs, by command."""

from dataclasses import replace

import pytest

from bot.commands.dispatch import Commands
from bot.domain.feed_file import Pack
from bot.domain.following import FoundFeed
from tests.commands.conftest import MEMBER, REDIS, SIMON, Talk

MORE = FoundFeed(url="https://more.example/feed", title="More")
PACKS = (
    Pack(name="databases", about="Rows and columns.", default=False, feeds=(REDIS, MORE)),
    Pack(name="all", about="Everything.", default=True, feeds=(SIMON, REDIS, MORE)),
)


@pytest.fixture
def packed(talk: Talk) -> Talk:
    talk.desk = replace(talk.desk, packs=PACKS)
    talk.commands = Commands(talk.desk)
    return talk


async def test_packs_are_listed_with_what_of_them_is_watched_here(packed: Talk) -> None:
    await packed.share(SIMON)

    assert (await packed.type("/tidings feeds packs", who=MEMBER)).splitlines() == [
        "Packs of blogs:",
        "• databases: Rows and columns. 2 blogs, 0 of them watched here.",
        "• all: Everything. 3 blogs, 1 of them watched here.",
        "`/tidings feeds add pack NAME` adds one, `/tidings feeds packs NAME` shows its blogs.",
    ]
    assert packed.buttons == ["Add databases", "Add all"]


async def test_one_pack_shows_its_blogs(packed: Talk) -> None:
    assert (await packed.type("/tidings feeds packs databases")).splitlines() == [
        "databases: Rows and columns. 2 blogs, 0 of them watched here.",
        "• <antirez>",
        "• More",
    ]
    assert await packed.type("/tidings feeds packs cooking") == (
        "There is no pack cooking. There is databases and all."
    )


async def test_a_pack_is_added_to_the_workspace_and_taken_back(packed: Talk) -> None:
    await packed.share(SIMON)
    await packed.type("/tidings feeds packs")

    assert await packed.press("Add all") == (
        "Added 2 blogs of all; 1 was watched here already. "
        "Watching 3 blogs. 3 of them are being read for the first time."
    )
    assert [feed.name for feed in await packed.desk.feeds.pool("room:demo")] == ["<antirez>", "More"]
    assert (await packed.press("Undo")).startswith("Removed <antirez> and More. Watching 1 blog.")
    assert await packed.desk.feeds.pool("room:demo") == []


async def test_several_packs_are_added_and_one_removed_by_name(packed: Talk) -> None:
    assert (await packed.type("/tidings feeds add pack databases, all")).startswith(
        "Added 3 blogs of databases and all."
    )
    assert (await packed.type("/tidings feeds add pack all")).startswith("Nothing new in all; 3 were watched here")

    assert (await packed.type("/tidings feeds remove pack databases")).startswith("Removed <antirez> and More.")
    assert "no blog of that pack" in await packed.type("/tidings feeds remove pack databases")
    assert [feed.name for feed in await packed.desk.feeds.pool("room:demo")] == ["Simon’s Weblog"]


async def test_a_pack_above_the_limit_is_not_added_and_none_of_it_is_polled(packed: Talk) -> None:
    packed.desk = replace(packed.desk, limits=replace(packed.desk.limits, feeds=2))
    packed.commands = Commands(packed.desk)

    assert "can have 2 feeds of its own" in await packed.type("/tidings feeds add pack all")
    assert await packed.desk.feeds.pool("room:demo") == []
    assert {feed.paused_why for feed in await packed.desk.feeds.know(PACKS[1].feeds, packed.clock.now())} == {
        "Nobody follows this feed any more."
    }


async def test_members_may_not_add_a_pack_and_without_packs_it_is_said(packed: Talk, talk: Talk) -> None:
    assert "for people who may change this workspace" in await packed.type("/tidings feeds add pack all", who=MEMBER)
    packed.commands = Commands(replace(packed.desk, packs=()))
    assert await packed.type("/tidings feeds packs") == "There are no packs: they stand in config/feeds.yaml."
