"""Errors to Sentry, where SENTRY_DSN is set: the optional extra `sentry`."""

from typing import TYPE_CHECKING, Any

from bot.cli.redaction import Redactor
from bot.domain.errors import GiveUp

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def report_errors(dsn: str, redactor: Redactor, release: str) -> None:
    """Send logged errors to Sentry, as redacted as logs, without bodies, addresses and variables. Raises GiveUp."""
    try:
        import sentry_sdk
    except ImportError as error:
        raise GiveUp("SENTRY_DSN is set, and sentry-sdk is not there: pip install 'tidings[sentry]'.") from error

    def redacted(event: "Event", _hint: "Hint") -> "Event":
        clean: Any = redactor.value(dict(event))
        return {**event, **clean}

    sentry_sdk.init(
        dsn=dsn,
        release=release,
        before_send=redacted,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Its integrations would read requests and statements; the log is what we want reported.
        auto_enabling_integrations=False,
        server_name="tidings",
    )
