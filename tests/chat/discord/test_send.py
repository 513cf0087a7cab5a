"""Sending on the fake Discord: where messages go, how they are changed, and how fast."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.message import MessageKind, Sent, Undeliverable
from tests.chat.discord.conftest import Make, Town, ref_of
from tests.fakes.discord.world import REQUIRE_TAG
from tests.posts import announcement


async def test_each_kind_of_channel_shows_the_post_once(town: Town, discord: Discord) -> None:
    for place in (town.text, town.news, town.thread, town.forum):
        ref_of(await discord.send(town.message(place, announcement(1), id=f"m{place}")))

    assert [len(await town.posted(p)) for p in (town.text, town.news, town.thread, town.forum)] == [1, 1, 1, 1]


async def test_a_text_channel_costs_one_request(town: Town, discord: Discord) -> None:
    await discord.send(town.message(town.text, announcement(1)))

    assert town.requests == [f"POST /channels/{town.text}/messages"]


async def test_a_forum_post_has_the_title_and_the_tags_of_its_topics(town: Town, discord: Discord) -> None:
    ref_of(await discord.send(town.message(town.forum, announcement(1, title="*A* title"))))

    posted = (await town.posted(town.forum))[0]
    assert posted["thread"] == "*A* title"
    assert posted["tags"] == [town.tags["nlp"]]


async def test_a_second_post_in_a_forum_asks_nothing_first(town: Town, discord: Discord) -> None:
    await discord.send(town.message(town.forum, announcement(1), id="m1"))
    before = len(town.requests)

    await discord.send(town.message(town.forum, announcement(2), id="m2"))

    assert town.requests[before:] == [f"POST /channels/{town.forum}/threads"]


async def test_a_forum_that_demands_a_tag_nobody_has_closes_with_a_sentence(town: Town, discord: Discord) -> None:
    await town.server.control.channel_change(town.forum, flags=REQUIRE_TAG)

    outcome = await discord.send(town.message(town.forum, announcement(1, topics=()), id="m1"))

    assert outcome == Undeliverable(
        "This forum demands a tag and none of its tags is named after a topic of the post.", "channel"
    )


async def test_tags_that_moderators_changed_are_asked_for_again(town: Town, discord: Discord) -> None:
    await discord.send(town.message(town.forum, announcement(1), id="m1"))
    await town.server.control.channel_change(town.forum, tags=[{"id": "77", "name": "NLP"}])

    ref_of(await discord.send(town.message(town.forum, announcement(2), id="m2")))

    assert (await town.posted(town.forum))[1]["tags"] == [77]


async def test_an_archived_thread_is_opened_again(town: Town, discord: Discord) -> None:
    await town.server.control.channel_change(town.thread, archived=True)
    await town.fault("status", status=400, code=50083)

    ref_of(await discord.send(town.message(town.thread, announcement(1))))

    assert town.requests[1] == f"PATCH /channels/{town.thread}"


async def test_an_archived_and_locked_thread_is_closed_to_us(town: Town, discord: Discord) -> None:
    await town.server.control.channel_change(town.thread, archived=True, locked=True)

    outcome = await discord.send(town.message(town.thread, announcement(1)))

    assert outcome == Undeliverable("This thread is archived and locked.", "channel")


@pytest.mark.parametrize("where", ["text", "forum"])
async def test_a_message_is_edited_where_it_is_and_then_removed(town: Town, discord: Discord, where: str) -> None:
    place = getattr(town, where)
    ref = ref_of(await discord.send(town.message(place, announcement(1))))
    change = town.message(place, announcement(1, title="Corrected"), id="m2", kind=MessageKind.EDIT, target=ref)

    assert await discord.send(change) == Sent(ref)
    assert (await town.posted(place))[0]["embeds"][0]["title"] == "Corrected"
    assert await discord.send(replace(change, kind=MessageKind.DELETE, announcements=())) == Sent(ref)
    if where == "text":
        assert await town.posted(place) == []


async def test_publishing_twice_is_publishing(town: Town, discord: Discord) -> None:
    ref = ref_of(await discord.send(town.message(town.news, announcement(1))))
    publish = town.message(town.news, id="m2", kind=MessageKind.PUBLISH, target=ref)

    assert [await discord.send(publish), await discord.send(publish)] == [Sent(ref), Sent(ref)]
    assert (await town.posted(town.news))[0]["published"]


async def test_publishing_elsewhere_is_the_messages_fault(town: Town, discord: Discord) -> None:
    ref = ref_of(await discord.send(town.message(town.text, announcement(1))))

    outcome = await discord.send(town.message(town.text, id="m2", kind=MessageKind.PUBLISH, target=ref))

    assert isinstance(outcome, Undeliverable)
    assert outcome.what == "message"


async def test_changing_a_message_that_is_gone_is_done(town: Town, discord: Discord) -> None:
    ref = ref_of(await discord.send(town.message(town.text, announcement(1))))
    await town.server.control.message_delete(int(ref))

    assert await discord.send(town.message(town.text, id="m2", kind=MessageKind.DELETE, target=ref)) == Sent(ref)


async def test_three_hundred_channels_at_once_stay_below_fifty_requests_a_second(town: Town, make: Make) -> None:
    discord = make(timeout=timedelta(seconds=20))
    places = [(await town.server.control.channel(town.guild, f"c{number}"))["id"] for number in range(300)]

    outcomes = await asyncio.gather(
        *(discord.send(town.message(place, announcement(1), id=f"m{place}")) for place in places)
    )

    await discord.close()
    assert {type(outcome) for outcome in outcomes} == {Sent}
    stats = await town.server.control.stats()
    assert stats["busiest_second"] <= 50
    assert stats["invalid"] == 0
