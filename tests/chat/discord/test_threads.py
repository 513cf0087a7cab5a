"""The posts of a digest in its thread, against the fake Discord."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.message import Absent, Found, Message, MessageKind, NotSent, Outcome, Sent, Undeliverable, Unknown
from bot.domain.model import MessageRef
from tests.chat.discord.conftest import Make, Town
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.faults import Kind
from tests.fakes.discord.world import ANNOUNCEMENT_THREAD, PUBLIC_THREAD
from tests.posts import announcement

OPENING = r"^/channels/\d+/messages/\d+/threads$"
TITLES = "3 new posts: *NLP*"


@pytest.fixture(autouse=True)
async def _may(town: Town) -> None:
    await grant(town, perms.CREATE_PUBLIC_THREADS)


async def grant(town: Town, allow: int, deny: int = 0) -> None:
    for place in (town.text, town.news, town.forum):
        await town.server.control.overwrite(place, allow=allow, deny=deny)


async def digest(town: Town, discord: Discord, place: int) -> MessageRef:
    posts = [announcement(number) for number in (1, 2, 3)]
    outcome = await discord.send(town.message(place, *posts, id="digest", text=TITLES))
    assert isinstance(outcome, Sent)
    return outcome.ref


def follower(town: Town, place: int, ref: MessageRef, number: int = 1, **changes: object) -> Message:
    return town.message(place, announcement(number), id=f"m{number}", target=ref, text=TITLES, **changes)


async def follow(town: Town, discord: Discord, place: int, ref: MessageRef) -> list[MessageRef]:
    outcomes = [await discord.send(follower(town, place, ref, number)) for number in (1, 2, 3)]
    return [outcome.ref for outcome in outcomes if isinstance(outcome, Sent)]


def thread_under(ref: MessageRef) -> int:
    return int(ref.partition("/")[0])


async def titles(town: Town, thread: int) -> list[str]:
    return [post["embeds"][0]["title"] for post in await town.posted(thread)]


@pytest.mark.parametrize(("where", "kind"), [("text", PUBLIC_THREAD), ("news", ANNOUNCEMENT_THREAD)])
async def test_the_posts_stand_in_the_thread_of_their_digest(
    town: Town, discord: Discord, where: str, kind: int
) -> None:
    place = getattr(town, where)
    ref = await digest(town, discord, place)

    refs = await follow(town, discord, place, ref)

    thread = town.server.world.channels[int(ref)]
    assert (thread.name, thread.type, thread.parent_id) == (TITLES, kind, place)
    assert await titles(town, thread.id) == ["Post 1", "Post 2", "Post 3"]
    assert len(await town.posted(place)) == 1
    assert refs == [f"{thread.id}/{post['id']}" for post in await town.posted(thread.id)]


async def test_the_thread_is_opened_once(town: Town, discord: Discord, make: Make) -> None:
    ref = await digest(town, discord, town.text)
    await follow(town, discord, town.text, ref)
    assert len([line for line in town.requests if line.endswith("/threads")]) == 1

    restarted = make()
    outcome = await restarted.send(follower(town, town.text, ref, 4))
    await restarted.close()

    assert isinstance(outcome, Sent)
    assert len(await town.posted(int(ref))) == 4


async def test_in_a_forum_they_stand_below_their_digest(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.forum)

    refs = await follow(town, discord, town.forum, ref)

    assert len(await town.posted(town.forum)) == 1
    assert await titles(town, thread_under(ref)) == [TITLES.replace("*", r"\*"), "Post 1", "Post 2", "Post 3"]
    assert {thread_under(one) for one in refs} == {thread_under(ref)}


@pytest.mark.parametrize("where", ["text", "forum"])
async def test_they_are_changed_and_removed_where_they_are(town: Town, discord: Discord, where: str) -> None:
    place = getattr(town, where)
    ref = await digest(town, discord, place)
    first, *_ = await follow(town, discord, place, ref)
    edit = town.message(place, announcement(1, title="Corrected"), id="e1", kind=MessageKind.EDIT, target=first)

    assert await discord.send(edit) == Sent(first)
    assert "Corrected" in await titles(town, thread_under(ref))
    assert await discord.send(replace(edit, kind=MessageKind.DELETE, announcements=())) == Sent(first)
    assert "Corrected" not in await titles(town, thread_under(ref))


# -- looking ------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["text", "news", "forum"])
async def test_what_a_lost_answer_left_is_found_in_the_thread(town: Town, discord: Discord, where: str) -> None:
    place = getattr(town, where)
    ref = await digest(town, discord, place)
    await discord.send(follower(town, place, ref, 2))
    wanted = follower(town, place, ref, 1)
    assert await discord.find_sent(wanted) == Absent()

    await town.fault("drop_after")
    assert isinstance(await discord.send(wanted), Unknown)

    posted = (await town.posted(thread_under(ref)))[-1]
    assert await discord.find_sent(wanted) == Found(MessageRef(f"{thread_under(ref)}/{posted['id']}"))


async def test_without_a_thread_nothing_is_there(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)

    assert await discord.find_sent(follower(town, town.text, ref)) == Absent()


async def test_within_the_window_the_same_key_shows_no_second_copy(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await town.fault("drop_after", path=rf"^/channels/{ref}/messages$")
    wanted = follower(town, town.text, ref)

    assert isinstance(await discord.send(wanted), Unknown)
    assert isinstance(await discord.send(replace(wanted, attempt=2)), Sent)
    assert len(await town.posted(int(ref))) == 1


# -- what an answer means -----------------------------------------------------------------------
LOST: list[Kind] = ["drop", "drop_after", "status_after", "html_after"]


@pytest.mark.parametrize("kind", LOST)
async def test_an_answer_lost_while_opening_leaves_nothing_in_doubt(town: Town, discord: Discord, kind: Kind) -> None:
    ref = await digest(town, discord, town.text)
    await town.fault(kind, path=OPENING)
    wanted = follower(town, town.text, ref)

    assert isinstance(await discord.send(wanted), NotSent)
    assert isinstance(await discord.send(replace(wanted, attempt=2)), Sent)
    assert len(await town.posted(int(ref))) == 1


async def test_a_wait_asked_for_while_opening_is_passed_on(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await town.fault("rate_limit", path=OPENING, retry_after=7)

    assert await discord.send(follower(town, town.text, ref)) == NotSent("Discord asked to wait", 7.0, "channel")


def thread_s_fault(outcome: Outcome) -> str:
    assert isinstance(outcome, Undeliverable), outcome
    assert outcome.what == "thread"
    return outcome.why


@pytest.mark.parametrize("denied", [perms.CREATE_PUBLIC_THREADS, perms.SEND_MESSAGES_IN_THREADS])
async def test_a_right_that_lacks_is_one_sentence_and_one_refusal(town: Town, discord: Discord, denied: int) -> None:
    ref = await digest(town, discord, town.text)
    await grant(town, perms.CREATE_PUBLIC_THREADS & ~denied, deny=denied)

    why = thread_s_fault(await discord.send(follower(town, town.text, ref)))

    assert why == (
        "The digest stays a list: for threads Tidings needs Create Public Threads and Send Messages in Threads here."
    )
    assert town.server.rest.invalid == 1


async def test_a_thread_and_other_places_without_threads_keep_the_list(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.thread)

    assert "has no threads" in thread_s_fault(await discord.send(follower(town, town.thread, ref)))


async def test_a_digest_that_was_deleted_takes_no_posts(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await town.server.control.message_delete(int(ref))

    assert thread_s_fault(await discord.send(follower(town, town.text, ref))) == "The digest was deleted."


async def test_a_thread_that_was_deleted_closes_no_channel(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await follow(town, discord, town.text, ref)
    await town.server.control.channel_delete(int(ref))

    assert thread_s_fault(await discord.send(follower(town, town.text, ref, 4))) == "The digest's thread was deleted."


async def test_an_archived_thread_is_opened_again_and_a_locked_one_left_alone(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await follow(town, discord, town.text, ref)
    await town.server.control.channel_change(int(ref), archived=True)
    await town.fault("status", status=400, code=50083)

    assert isinstance(await discord.send(follower(town, town.text, ref, 4)), Sent)
    await town.server.control.channel_change(int(ref), archived=True, locked=True)
    assert thread_s_fault(await discord.send(follower(town, town.text, ref, 5))) == (
        "The digest's thread is archived and locked."
    )


async def test_as_many_threads_as_discord_allows(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await town.fault("status", path=OPENING, status=400, code=160006)

    assert "as many active threads" in thread_s_fault(await discord.send(follower(town, town.text, ref)))


async def test_a_channel_that_is_closed_to_us_is_closed(town: Town, discord: Discord) -> None:
    ref = await digest(town, discord, town.text)
    await grant(town, 0, deny=perms.VIEW_CHANNEL)

    outcome = await discord.send(follower(town, town.text, ref))

    assert isinstance(outcome, Undeliverable)
    assert outcome.what == "channel"


async def test_a_post_that_may_still_show_up_is_looked_for_in_its_thread(town: Town, discord: Discord) -> None:
    """After the nonce's window the core looks first: the digest above links to the same post and is not it."""
    ref = await digest(town, discord, town.forum)
    wanted = follower(town, town.forum, ref, doubt_until=town.server.now() + timedelta(seconds=60))

    assert await discord.find_sent(wanted) == Absent()
