"""Sending and looking, against the fake Discord: where messages go, and what each answer means."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.channels import ChannelOptions
from bot.domain.message import Absent, CannotLook, Found, MessageKind, NotSent, Outcome, Sent, Undeliverable, Unknown
from bot.domain.model import MessageRef
from tests.chat.discord.conftest import Make, Town
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.faults import Kind
from tests.fakes.discord.world import REQUIRE_TAG
from tests.posts import announcement

FORUM_PATH = r"^/channels/\d+/threads$"


def ref_of(outcome: Outcome) -> MessageRef:
    assert isinstance(outcome, Sent), outcome
    return outcome.ref


# -- where messages go --------------------------------------------------------------------------
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


# -- changes ------------------------------------------------------------------------------------
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


# -- rates --------------------------------------------------------------------------------------
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


# -- what an answer means -----------------------------------------------------------------------
IN_DOUBT: list[Kind] = ["drop_after", "reset_after", "status_after", "html_after", "cut_after", "drop"]


@pytest.mark.parametrize("kind", IN_DOUBT)
@pytest.mark.parametrize("where", ["text", "forum"])
async def test_a_lost_answer_is_unknown_after_exactly_one_request(
    town: Town, discord: Discord, kind: Kind, where: str
) -> None:
    place = getattr(town, where)
    await discord.send(town.message(place, announcement(9), id="m9"))
    await town.fault(kind, path=r"^/channels/\d+/(messages|threads)$", status=500)
    before = len(town.requests)

    outcome = await discord.send(town.message(place, announcement(1)))

    assert isinstance(outcome, Unknown)
    assert len(town.requests) - before <= 1
    assert len(await town.posted(place)) == (1 if kind == "drop" else 2)


async def test_a_time_out_is_unknown(town: Town, impatient: Discord) -> None:
    await town.fault("hang_after")

    assert isinstance(await impatient.send(town.message(town.text, announcement(1))), Unknown)
    assert len(await town.posted(town.text)) == 1


async def test_within_the_window_the_same_key_shows_no_second_copy(town: Town, discord: Discord) -> None:
    await town.fault("drop_after")
    wanted = town.message(town.text, announcement(1))

    assert isinstance(await discord.send(wanted), Unknown)
    ref = ref_of(await discord.send(replace(wanted, attempt=2)))

    assert [int(ref)] == [message["id"] for message in await town.posted(town.text)]


async def test_a_first_copy_that_was_deleted_is_not_posted_again(town: Town, discord: Discord) -> None:
    await town.fault("drop_after")
    wanted = town.message(town.text, announcement(1))
    await discord.send(wanted)
    await town.server.control.message_delete((await town.posted(town.text))[0]["id"])

    assert isinstance(await discord.send(replace(wanted, attempt=2)), Sent)
    assert await town.posted(town.text) == []


@pytest.mark.parametrize(("scope", "held"), [("user", "channel"), ("shared", "channel"), ("global", "platform")])
async def test_429_is_not_sent_and_says_how_long(town: Town, discord: Discord, scope: str, held: str) -> None:
    await town.fault("rate_limit", retry_after=7, scope=scope)

    outcome = await discord.send(town.message(town.text, announcement(1)))

    assert outcome == NotSent("Discord asked to wait", 7.0, held)  # type: ignore[arg-type]
    assert len(town.requests) == 1


async def test_cloudflares_own_ban_holds_everything(town: Town, discord: Discord) -> None:
    await town.fault("cloudflare")

    outcome = await discord.send(town.message(town.text, announcement(1)))

    assert isinstance(outcome, NotSent)
    assert (outcome.retry_after, outcome.scope) == (60.0, "platform")


@pytest.mark.parametrize(
    ("denied", "why"),
    [
        (perms.VIEW_CHANNEL, "Tidings cannot see this channel any more: let it View Channel there."),
        (perms.SEND_MESSAGES, "Tidings may not post here any more"),
        (perms.EMBED_LINKS, "Tidings may not post here any more"),
    ],
)
async def test_a_missing_right_closes_the_channel_at_the_first_answer(
    town: Town, discord: Discord, denied: int, why: str
) -> None:
    await town.server.control.overwrite(town.text, deny=denied)

    outcome = await discord.send(town.message(town.text, announcement(1)))

    assert isinstance(outcome, Undeliverable)
    assert outcome.what == "channel"
    assert outcome.why.startswith(why)
    assert town.server.rest.invalid == 1


async def test_automod_is_final_and_the_messages_fault(town: Town, discord: Discord) -> None:
    await town.server.control.block_words(town.guild, ["forbidden"])

    outcome = await discord.send(town.message(town.text, announcement(1, title="A forbidden word")))

    assert isinstance(outcome, Undeliverable)
    assert outcome.what == "message"
    assert outcome.why.startswith("The server's AutoMod refused the text")


async def test_a_refused_token_is_asked_with_no_more(town: Town, discord: Discord) -> None:
    await discord.send(town.message(town.text, announcement(1)))
    await town.server.control.token("another")

    outcomes = [await discord.send(town.message(town.text, announcement(n), id=f"m{n}")) for n in range(2, 6)]

    assert {outcome.what for outcome in outcomes if isinstance(outcome, Undeliverable)} == {"installation"}
    assert town.server.rest.invalid == 1
    assert not discord.health().ok


async def test_a_wrong_token_fails_at_the_login(town: Town, discord: Discord) -> None:
    await town.server.control.token("another")

    outcome = await discord.send(town.message(town.text, announcement(1)))

    assert outcome == Undeliverable("Discord refuses our token: set a new DISCORD_TOKEN.", "installation")


async def test_a_discord_that_is_away_is_not_sent(town: Town, discord: Discord) -> None:
    await town.fault("status", method="GET", path="^/users/@me$", status=403)

    outcome = await discord.send(town.message(town.text, announcement(1)))

    assert isinstance(outcome, NotSent)
    assert outcome.scope == "channel"


# -- looking ------------------------------------------------------------------------------------
async def test_what_is_there_is_found_among_many_by_its_menu(town: Town, discord: Discord) -> None:
    wanted = town.message(town.text, announcement(1))
    await town.fault("drop_after")
    await discord.send(wanted)
    for number in range(120):
        await town.server.control.say(town.text, 7, f"chatter {number}")

    found = await discord.find_sent(wanted)

    assert found == Found(MessageRef(str((await town.posted(town.text))[0]["id"])))


@pytest.mark.parametrize("options", [ChannelOptions(), ChannelOptions(buttons="none"), ChannelOptions(buttons="full")])
@pytest.mark.parametrize("plain", [False, True])
async def test_a_post_is_told_from_every_other(
    town: Town, discord: Discord, options: ChannelOptions, plain: bool
) -> None:
    first = town.message(town.text, announcement(1), options=options, plain=plain)
    second = replace(first, announcements=(announcement(2),), key="another")
    ref = ref_of(await discord.send(first))

    assert await discord.find_sent(first) == Found(ref)
    assert await discord.find_sent(second) == Absent()


async def test_digests_and_notices_are_known_by_what_they_say(town: Town, discord: Discord) -> None:
    digest = town.message(town.text, announcement(1), announcement(2), text="2 new posts", id="d1")
    notice = town.message(town.text, kind=MessageKind.NOTICE, text="A blog *fails*.", id="n1")
    refs = [ref_of(await discord.send(m)) for m in (digest, notice)]

    assert [await discord.find_sent(m) for m in (digest, notice)] == [Found(ref) for ref in refs]
    assert await discord.find_sent(replace(notice, text="Another.", key="k")) == Absent()
    assert await discord.find_sent(replace(digest, announcements=(announcement(3),), key="k")) == Absent()


async def test_an_empty_channel_is_believed_only_where_history_may_be_read(town: Town, discord: Discord) -> None:
    wanted = town.message(town.text, announcement(1))
    assert await discord.find_sent(wanted) == Absent()

    await town.server.control.overwrite(town.text, deny=perms.READ_MESSAGE_HISTORY)
    assert await discord.find_sent(wanted) == CannotLook("Tidings may not Read Message History here")


async def test_what_other_people_posted_is_not_ours(town: Town, discord: Discord) -> None:
    wanted = town.message(town.text, kind=MessageKind.NOTICE, text="hello")
    person = (await town.server.control.member(town.guild))["id"]
    await town.server.control.say(town.text, person, "hello")

    assert await discord.find_sent(wanted) == Absent()


async def test_history_that_cannot_be_read_now_may_be_later(town: Town, discord: Discord) -> None:
    await town.fault("status", method="GET", path="/messages$", status=503)

    assert await discord.find_sent(town.message(town.text, announcement(1))) == CannotLook(
        "Discord answered 503", for_now=True
    )


@pytest.mark.parametrize("archived", [False, True])
async def test_a_forum_post_is_found_among_the_threads(town: Town, discord: Discord, archived: bool) -> None:
    wanted = town.message(town.forum, announcement(1))
    await discord.send(replace(wanted, announcements=(announcement(2, title="Post 1"),), key="other", id="m2"))  # type: ignore[arg-type]
    assert await discord.find_sent(wanted) == Absent()

    await town.fault("drop_after", path=FORUM_PATH)
    assert isinstance(await discord.send(wanted), Unknown)
    thread = (await town.posted(town.forum))[1]["id"]
    await town.server.control.channel_change(thread, archived=archived)

    assert await discord.find_sent(wanted) == Found(MessageRef(f"{thread}/{thread}"))


async def test_a_forum_post_in_doubt_is_looked_for_before_it_is_made_again(town: Town, discord: Discord) -> None:
    wanted = town.message(town.forum, announcement(1))
    await discord.send(town.message(town.forum, announcement(3), id="m3"))
    await town.fault("drop_after", path=FORUM_PATH)
    await discord.send(wanted)

    again = replace(wanted, attempt=2, doubt_until=town.server.now() + timedelta(seconds=60))
    thread = (await town.posted(town.forum))[1]["id"]

    assert await discord.send(again) == Sent(MessageRef(f"{thread}/{thread}"))
    assert len(await town.posted(town.forum)) == 2


async def test_a_forum_post_that_may_still_show_up_is_not_made_again(town: Town, discord: Discord) -> None:
    await discord.send(town.message(town.forum, announcement(3), id="m3"))
    wanted = town.message(town.forum, announcement(1), attempt=2)

    soon = replace(wanted, doubt_until=town.server.now() + timedelta(seconds=60))
    assert isinstance(await discord.send(soon), Unknown)

    late = replace(wanted, doubt_until=town.server.now() - timedelta(seconds=1))
    assert isinstance(await discord.send(late), Sent)
    assert len(await town.posted(town.forum)) == 2


async def test_a_forum_that_cannot_be_looked_at_is_posted_to_again_only_where_asked(
    town: Town, discord: Discord
) -> None:
    await discord.send(town.message(town.forum, announcement(3), id="m3"))
    await town.server.control.overwrite(town.forum, deny=perms.READ_MESSAGE_HISTORY)
    wanted = town.message(town.forum, announcement(1), attempt=2, doubt_until=town.server.now())

    assert isinstance(await discord.send(wanted), Unknown)
    resend = replace(wanted, options=ChannelOptions(on_unknown="resend"))
    assert isinstance(await discord.send(resend), Sent)


async def test_changes_are_never_looked_for(town: Town, discord: Discord) -> None:
    for kind in (MessageKind.EDIT, MessageKind.PUBLISH, MessageKind.DELETE):
        assert await discord.find_sent(town.message(town.text, kind=kind, target=MessageRef("1"))) == Absent()


async def test_a_change_without_a_target_is_the_messages_fault(town: Town, discord: Discord) -> None:
    outcome = await discord.send(town.message(town.text, kind=MessageKind.DELETE, target=MessageRef("")))

    assert outcome == Undeliverable("there is no message to change", "message")
