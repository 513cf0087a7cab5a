"""Log lines for people or for machines: an event, and name=value beside it; one record is one line."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from bot.cli.redaction import Redactor
from bot.web.recent import Recent

#: The places of a traceback that are shown, the innermost.
_FRAMES = 8
#: What a page shows in columns of its own.
_BESIDE = {"event", "logger", "level", "timestamp"}
# A line for each request, statement and frame is for their own developers; and chats' libraries log whole payloads.
_QUIET = {
    logging.INFO: ("slack_bolt", "slack_sdk", "discord", "asyncio", "procrastinate"),
    logging.WARNING: ("aiohttp.access", "aiosqlite", "sqlalchemy", "alembic", "apscheduler"),
}


def configure(form: str, level: str, redactor: Redactor | None = None) -> Recent:
    """Send every log line to standard error, as `console` or `json`; *redactor* takes out what is secret.

    Return what remembers the newest errors and warnings.
    """
    handler, recent = logging.StreamHandler(sys.stderr), Recent()
    handler.setFormatter(formatter(form, redactor or Redactor(), colors=sys.stderr.isatty()))
    recent.setFormatter(formatter("bare", redactor or Redactor()))
    logging.basicConfig(handlers=[handler, recent], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for least, names in _QUIET.items():
        for name in names:
            logging.getLogger(name).setLevel(max(least, logging.getLevelName(level.upper())))
    sys.excepthook = _log_uncaught
    return recent


def formatter(form: str, redactor: Redactor, *, colors: bool = False) -> logging.Formatter:
    """Return what turns a record into its line."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: structlog.typing.Processor
    if form == "json":
        shown = structlog.processors.JSONRenderer(ensure_ascii=False)
    elif form == "bare":
        shown = _bare
    else:
        shown = structlog.dev.ConsoleRenderer(colors=colors)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[remove, _tell_error, redactor, shown]
    )


def _bare(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    """Return the event and what belongs to it: a page shows when, where and how grave beside it."""
    beside = [f"{name}={value}" for name, value in event.items() if name not in _BESIDE]
    return " ".join([str(event.get("event", "")), *beside])


def _tell_error(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put an exception on the record's line: what it was, where from, and what caused it."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
    return {**event, "error": told(error)} if error else event


def told(error: BaseException) -> str:
    """Return an exception as one line: `ValueError: bad (poller.py:92 poll < local.py:50 run)`, its cause after it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    said = f"{type(error).__name__}: {error}" + (f" ({places})" if places else "")
    parts = [told(one) for one in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    whole = [said, *(f"with {part}" for part in parts), *([f"after {told(cause)}"] if cause else [])]
    return "; ".join(whole)


def _log_uncaught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by an error", exc_info=error)
