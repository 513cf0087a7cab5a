"""Log lines for people or for machines: an event, and name=value beside it."""

import logging
import sys

import structlog


def configure(form: str, level: str) -> None:
    """Send every log line to standard error, as `console` or `json`."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: structlog.typing.Processor
    if form == "json":
        shared.append(structlog.processors.format_exc_info)
        shown = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        shown = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, shown]))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # A line for each request and each statement is for their own developers.
    for noisy in ("aiohttp.access", "aiosqlite", "sqlalchemy", "alembic", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
