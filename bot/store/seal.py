"""Addresses with a secret in them (a password, a token), encrypted before they are stored.

Such a feed's row keeps a name that shows no secret and tells it from others, and the address itself sealed with the
key of the settings. Whoever needs the address asks here; everything else works with the name, which looks like one.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.fernet import Fernet, InvalidToken

from bot.domain.errors import UsageError
from bot.domain.links import MARK, concealed, has_secret, is_concealed

NEEDS_KEY = (
    "That address has a password or token in it, which Tidings keeps encrypted only: "
    "whoever runs it has to set SECRET_KEY first."
)
HIDDEN = "The password of that address is hidden in it; write the whole address."
LOCKED = "Its address was encrypted with another SECRET_KEY: set that one again, or add the feed anew."
_TEXT = "sealed:"


class Locked(Exception):
    """It was sealed with another key."""


@dataclass(frozen=True)
class Seal:
    """The key to the secrets in feeds' addresses; without one, none is taken, and what is stored stays as it is."""

    secret_key: str = ""

    @cached_property
    def _fernet(self) -> Fernet:
        # The labels keep these keys apart from others that are made of the same text.
        return Fernet(base64.urlsafe_b64encode(self._derived(b"feed-address")))

    def _derived(self, label: bytes) -> bytes:
        return hashlib.blake2b(self.secret_key.encode(), digest_size=32, person=label).digest()

    def check(self, url: str) -> None:
        """Raise UsageError where *url* cannot be stored as it should be."""
        if not self.secret_key and has_secret(url) and not is_concealed(url):
            raise UsageError(NEEDS_KEY)

    def name_of(self, url: str) -> str:
        """Return under which name the address stands in the table: itself, or one that shows no secret."""
        if not self.secret_key or not has_secret(url) or is_concealed(url):
            return url
        mark = hashlib.blake2b(url.encode(), digest_size=10, key=self._derived(b"feed-name")).digest()
        return f"{concealed(url)}#{MARK}{base64.b32encode(mark).decode().lower()}"

    def sealed(self, url: str) -> bytes | None:
        """Return what is stored beside the name; None where the name is the address."""
        return None if self.name_of(url) == url else self._fernet.encrypt(url.encode())

    def opened(self, name: str, sealed: bytes | None) -> str:
        """Return the address itself. Raises Locked."""
        return name if sealed is None else self._open(sealed)

    def text(self, url: str | None) -> str | None:
        """Return *url* as it may stand in a column of its own that nothing is looked for by."""
        return url if url is None or self.name_of(url) == url else self.hide(url)

    def hide(self, text: str) -> str:
        """Return *text* sealed whole, where there is a key; `read` reads it."""
        return _TEXT + self._fernet.encrypt(text.encode()).decode() if self.secret_key else text

    def read(self, text: str | None) -> str | None:
        """Read what *text* wrote. Raises Locked."""
        return self._open(text.removeprefix(_TEXT).encode()) if text and text.startswith(_TEXT) else text

    def _open(self, sealed: bytes) -> str:
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise Locked from error
