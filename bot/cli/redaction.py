"""What must not be logged, taken out: tokens, secret addresses, whole texts, and what would forge a line."""

import re
from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, SecretStr

HIDDEN = "…"
#: Shorter ones are words of any log; nobody is kept out by them anyway.
_LEAST = 4
_MOST = 2000
_NAMED = r"[\w-]*(?:token|secret|passw|ticket|authoriz|cookie|trigger_id|response_url|signature|api_key)[\w-]*"
_SECRET_NAME = re.compile(_NAMED, re.IGNORECASE)
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # Before the address rules, so that a whole address under such a name goes.
    (re.compile(rf"""(\\?["']{_NAMED}\\?["']\s*:\s*)\\?(["'])[^"'\\]*\\?\2""", re.IGNORECASE), rf"\1\2{HIDDEN}\2"),
    (re.compile(r"\bxox[a-z](?:[.-][\w.-]+)"), HIDDEN),
    (re.compile(r"\bxapp-[\w-]+"), HIDDEN),
    # Discord: the bot's id, a time and a signature, each in base64.
    (re.compile(r"\b[\w-]{23,32}\.[\w-]{6,7}\.[\w-]{27,}"), HIDDEN),
    (re.compile(r"\b(Bot|Bearer|Basic)( +)[\w.~+/=-]{12,}"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"((?://hooks\.[\w.-]+|//[\w.:-]+/hooks)/)[\w./=-]+"), rf"\1{HIDDEN}"),
    # An address that people made for one program alone: who knows it may post as its hub.
    (re.compile(r"(/websub/)[\w-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(\b[a-z][\w+.-]*://)[^\s/?#\"'<>]*@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"([?&;][\w.\[\]%-]+=)[^\s&#\"'<>)]+"), rf"\1{HIDDEN}"),
)
# Line ends, terminal commands, and what reorders text on a screen.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Redactor:
    """Makes any value fit to be logged; *secrets* are texts that never show, wherever they come up."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        known = {form for secret in secrets if len(secret) >= _LEAST for form in (secret, quote(secret, safe=""))}
        # The longest first: one may be the start of another.
        ordered = sorted(known, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return *text* on one line, without secrets, cut where it is long."""
        if self._secrets:
            text = self._secrets.sub(HIDDEN, text)
        for pattern, put in _RULES:
            text = pattern.sub(put, text)
        # Cut last: half a token is not recognised as one.
        cut = text if len(text) <= _MOST else f"{text[:_MOST]}…"
        return _UNSAFE.sub(_escaped, cut)

    def value(self, value: Any) -> Any:
        """Return *value* with every text in it made fit."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._named(str(name), one) for name, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(one) for one in value]
        return self.text(value if isinstance(value, str) else str(value))

    def _named(self, name: str, value: Any) -> Any:
        return HIDDEN if isinstance(value, str) and _SECRET_NAME.fullmatch(name) else self.value(value)

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Redact one record, as the last processor before it is written."""
        return {key: self._named(key, value) for key, value in event.items()}


def secrets_of(settings: BaseModel) -> set[str]:
    """Return every secret an operator set, the password of the database with them."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found.add(value.get_secret_value())
        elif isinstance(value, BaseModel):
            found |= secrets_of(value)
        elif name == "database_url":
            found.add(urlsplit(str(value)).password or "")
    return found - {""}


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
