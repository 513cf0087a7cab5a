"""Process 1 of a container: the kernel spares it every signal that it does not handle."""

import os
import signal


def end_on_sigterm(process: int | None = None) -> None:
    """Let SIGTERM end this process before it has a handler of its own, as it ends any that is not the first.

    Without it a container that waits for its database could not be stopped: `docker stop` waited its ten seconds and
    then killed it. *process*: its number, where it is not to be asked for.
    """
    if (process or os.getpid()) == 1:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
