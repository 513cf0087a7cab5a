from datetime import timedelta

import pytest

from bot.domain.channels import ChannelState
from tests.clock import START
from tests.commands.conftest import GUEST, Talk
from tests.seeds import NLP, Seeds


async def test_a_pause_ends_by_itself_or_by_resume(talk: Talk) -> None:
    assert "paused until 2026-11-04 09:00 UTC" in await talk.type("/tidings pause 2d")
    status = await talk.desk.channels.status(NLP)
    assert (status.state, status.paused_until) == (ChannelState.PAUSED, START + timedelta(days=2))

    assert "goes on" in await talk.press("Resume")
    assert (await talk.desk.channels.status(NLP)).state is ChannelState.ACTIVE
    assert await talk.type("/tidings resume") == "Posting here is not paused."


async def test_a_pause_without_an_end_says_how_to_end_it(talk: Talk) -> None:
    assert "until somebody types `/tidings resume`" in await talk.type("/tidings pause")


async def test_a_day_is_meant_in_the_channel_s_zone(talk: Talk) -> None:
    await talk.type("/tidings settings zone America/New_York")

    assert "until 2026-12-24 05:00 UTC" in await talk.type("/tidings pause until 2026-12-24")


@pytest.mark.parametrize("typed", ["soon", "0d", "9999w", "until 2026-13-01", "until 2020-01-01", "2d 3x"])
async def test_what_is_no_time_is_answered_with_what_is(talk: Talk, typed: str) -> None:
    assert "`2d`" in await talk.type(f"/tidings pause {typed}")
    assert (await talk.desk.channels.status(NLP)).state is ChannelState.ACTIVE


async def test_guests_may_not(talk: Talk, seeds: Seeds) -> None:
    assert "is for people who may change this channel" in await talk.type("/tidings pause", who=GUEST)
