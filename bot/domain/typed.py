"""What people type, and what their phones and chats make of it: plain words."""

import difflib
import re
from collections.abc import Iterable, Sequence

_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″＂", '"'), **dict.fromkeys("‘’‚‛′", "'"), "\u00a0": " "})
# Slack sends links and names as <https://…|…>, <#C…|general>, <@U…|ann>; Discord as <#1>, <@1>, <https://…>.
_WRAPPED = re.compile(r"<(?:(https?://[^|>\s]+)(?:\|[^>]*)?|([#@])[!&]?\w+\|([^>]+)|([#@])[!&]?(\w+))>")
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_PIECE = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_BARE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?::\d+)?(?:/\S*)?", re.IGNORECASE)


def plain(text: str) -> str:
    """Undo what chats and keyboards did to *text*: wrapped links and names, typographic quotes."""
    return _WRAPPED.sub(_unwrapped, text.translate(_QUOTES)).strip()


def _unwrapped(match: re.Match[str]) -> str:
    url, sign, name, bare_sign, bare = match.groups()
    return url or f"{sign or bare_sign}{name or bare}"


def folded(name: str) -> str:
    """Return *name* as it is compared: case and the shape of its quotes do not matter."""
    return name.translate(_QUOTES).casefold()


def words(text: str) -> list[str]:
    """Split at spaces; `"two words"` stay one, with their quotes."""
    return _WORD.findall(text)


def listed(text: str) -> list[str]:
    """Split at commas that stand outside of quotes and addresses; a trailing one adds nothing."""
    kept = _URL.sub(lambda match: match[0].rstrip(",").replace(",", "\0") + "," * match[0].endswith(","), text)
    pieces = (piece.replace("\0", ",").strip() for piece in _PIECE.findall(kept))
    return [piece for piece in pieces if piece]


def unquoted(text: str) -> str:
    """Take one pair of quotes off."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def as_url(text: str) -> str | None:
    """Return *text* as an address if it is one, `example.org/blog` included; None where it is words."""
    if _URL.fullmatch(text):
        return text
    return f"https://{text}" if _BARE.fullmatch(text) else None


def nearest(typed: str, names: Iterable[str]) -> str | None:
    """Return the name *typed* was probably meant to be; None where none is near."""
    return next(iter(difflib.get_close_matches(typed.casefold(), list(names), n=1, cutoff=0.7)), None)


def count(number: int, one: str, many: str | None = None) -> str:
    """Return `1 post`, `2 posts`, `1,200 posts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(names: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
