"""Text and addresses as Slack may be given them."""

from urllib.parse import quote, urlsplit, urlunsplit

import regex

_GRAPHEME = regex.compile(r"\X")
# Controls, bidirectional overrides and isolates: they reorder or hide what stands around them.
_CONTROLS = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SPACE = regex.compile(r"\s+")
_URL_MAX = 3000


def units(text: str) -> int:
    """Return a text's length in UTF-16: the larger of what Slack may count by, so limits hold either way."""
    # Asked eleven times for each message, mostly of ASCII, and of that it is known at once.
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def clean(text: str) -> str:
    """Return a text without what hides or reorders other text; lines are kept."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return a clean text on one line."""
    return _SPACE.sub(" ", clean(text)).strip()


def fit(text: str, most: int) -> str:
    """Return as much of a text as fits, cut between graphemes, with an ellipsis where something was cut."""
    if units(text) <= most:
        return text
    kept, used = [], 1
    for grapheme in _GRAPHEME.finditer(text[:most]):
        used += units(grapheme[0])
        if used > most:
            break
        kept.append(grapheme[0])
    return "".join(kept).rstrip() + "…"


def escape(text: str) -> str:
    """Return a text that mrkdwn shows as it is: no mention, no link. Only these three are entities to Slack."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fit_escaped(text: str, most: int) -> str:
    """Return the escaped text, cut before escaping so that what was escaped fits and no entity is split."""
    kept = fit(text, most)
    while units(escape(kept)) > most:
        # Each cut removes at least the excess divided by the longest growth of one character, which is 5.
        kept = fit(kept, max(1, units(kept) - max(1, (units(escape(kept)) - most) // 5)))
    return escape(kept)


def safe_url(url: str | None) -> str | None:
    """Return an address Slack may link to: http or https, nothing in it that could end a link; else None."""
    if url is None:
        return None
    try:
        parts = urlsplit(clean(url).strip())
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError:
        return None
    quoted = quote(urlunsplit(parts._replace(netloc=host)), safe="%/:=&?~#+!$,;'@()*[].-_")
    sound = parts.scheme.lower() in ("http", "https") and parts.hostname and len(quoted) <= _URL_MAX
    return quoted if sound else None
