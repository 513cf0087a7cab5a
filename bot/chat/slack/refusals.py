"""What can be read from an error of slack_sdk."""

from slack_sdk.errors import SlackApiError

#: Where Slack says "slow down" without saying for how long.
SLOW_DOWN = 10.0


def error_name(error: SlackApiError) -> str:
    """Return the error Slack named; empty where the answer was not the JSON expected."""
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def status_of(error: SlackApiError) -> int:
    """Return the status of the answer."""
    # slack_sdk passes its own response, or aiohttp's where the body was no JSON.
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))


def wait_asked(error: SlackApiError) -> float:
    """Return the seconds that a 429 asks to wait."""
    try:
        return float(error.response.headers["Retry-After"]) or SLOW_DOWN
    except (KeyError, TypeError, ValueError, AttributeError):
        return SLOW_DOWN
