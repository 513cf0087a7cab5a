"""What a job that goes wrong leaves in the log."""

import logging

import pytest

from bot.domain.errors import StoreBusy
from bot.engine.running import run_job


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [(StoreBusy("The disk is full."), logging.WARNING, "put off"), (ValueError("a bug"), logging.ERROR, "failed")],
)
async def test_a_database_that_is_away_is_a_warning_and_a_bug_an_error(
    error: Exception, level: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def job(_key: str) -> None:
        raise error

    with caplog.at_level(logging.INFO):
        await run_job(job, "notice", "")

    (record,) = caplog.records
    assert (record.levelno, record.exc_info is None) == (level, level == logging.WARNING)
    assert said in record.getMessage()
