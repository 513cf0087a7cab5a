"""Signed sessions and tokens: what a sign-in cookie holds, and how it is checked."""

import hashlib
import hmac
from datetime import datetime, timedelta

SESSION_LASTS = timedelta(days=30)


def same_token(given: str, wanted: str) -> bool:
    """Compare in constant time; an empty *wanted* lets nobody in."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def sign_session(token: str, purpose: str, now: datetime) -> str:
    """Return a cookie's value that proves knowledge of *token*; a changed token ends every session."""
    until = str(int((now + SESSION_LASTS).timestamp()))
    return f"{until}.{_mac(token, purpose, until)}"


def is_signed_in(cookie: str, token: str, purpose: str, now: datetime) -> bool:
    """Say whether *cookie* was made by `sign_session` with this token and purpose, and still holds."""
    until, _, mac = cookie.partition(".")
    if not token or not until.isascii() or not until.isdigit() or len(until) > 12:
        return False
    return hmac.compare_digest(mac.encode(), _mac(token, purpose, until).encode()) and int(until) > now.timestamp()


def _mac(token: str, purpose: str, text: str) -> str:
    return hmac.new(hashlib.sha256(token.encode()).digest(), f"{purpose}:{text}".encode(), "sha256").hexdigest()
