"""Keep what serves a chat running, each on its own: if one dies, the others go on."""

import logging
import random
from collections.abc import Awaitable, Callable

from bot.domain.errors import GiveUp
from bot.ports.running import Clock

log = logging.getLogger(__name__)

FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0


async def keep_running(
    name: str, run: Callable[[], Awaitable[None]], clock: Clock, jitter: Callable[[], float] = random.random
) -> None:
    """Run *run* until it returns or gives up; after any other error again, later each time."""
    wait = FIRST_WAIT
    while True:
        started = clock.now()
        try:
            await run()
        except GiveUp as error:
            log.error("%s stopped for good: %s", name, error)  # noqa: TRY400 - the sentence says it all
            return
        except Exception:
            log.exception("%s failed and will be started again", name)
        else:
            return
        if (clock.now() - started).total_seconds() > LONGEST_WAIT:
            wait = FIRST_WAIT
        await clock.sleep(wait * (0.5 + jitter() / 2))
        wait = min(2 * wait, LONGEST_WAIT)
