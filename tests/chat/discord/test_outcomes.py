"""What each answer of the fake Discord means for the message."""

from dataclasses import replace

import pytest

from bot.chat.discord.adapter import Discord
from bot.domain.message import NotSent, Sent, Undeliverable, Unknown
from tests.chat.discord.conftest import Town, ref_of
from tests.fakes.discord import permissions as perms
from tests.fakes.discord.faults import Kind
from tests.posts import announcement

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
    assert (outcome.what, outcome.in_any_form) == ("message", True)
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
