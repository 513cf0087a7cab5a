"""The form of a web address under which two of them are the same article."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

#: What senders of links add to them, and what says where a reader came from.
_TRACKING = re.compile(
    r"(?:utm_\w*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_\w+|mkt_tok|ref|ref_\w*|source|s|cmp\w*|_hs\w*|at_\w+|amp|"
    r"ck_subscriber_id|sid|sessionid|phpsessid|jsessionid)",
    re.IGNORECASE,
)
_INDEX = re.compile(r"/(?:index\.(?:html?|php)|amp)$")
_SLASHES = re.compile(r"/{2,}")
#: Names of parameters whose values are as good as a password.
_SECRET = re.compile(
    r"(?:.*[_-])?(?:\w*(?:token|secret|passw(?:or)?d)|pass|pwd|key|(?:api|auth|access|feed|rss)key|auth|sig|signature|"
    r"credentials?)",
    re.IGNORECASE,
)
_HIDDEN = "…"
#: In front of what tells concealed addresses apart, as their fragment.
MARK = "sealed-"
_HOST = re.compile(r"^(?:www|m)\.(?=[^.]+\.)")


def canonical_url(url: str, *, fragment: bool = False) -> str:
    """Return *url* without scheme, `www.`, tracking and decoration; *fragment*: keep what follows `#`.

    Within one feed the fragment may be all that tells two posts apart (a changelog page).
    """
    try:
        parts = urlsplit(url.strip())
        host = _HOST.sub("", (parts.hostname or "").lower())
        port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    except ValueError:
        return url.strip()
    path = _INDEX.sub("", _SLASHES.sub("/", parts.path).rstrip("/")).rstrip("/")
    query = parts.query and _query(parts.query)
    kept = f"#{parts.fragment}" if fragment and parts.fragment else ""
    return f"{host}{port}{path}{'?' + query if query else ''}{kept}"


def is_front_page(url: str) -> bool:
    """Whether *url* names a whole site: many feeds give it as the link of every post."""
    parts = urlsplit(url)
    return not parts.path.strip("/") and not parts.query and not parts.fragment


def host_of(url: str) -> str:
    """Return the host of *url* in lower case; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def without_secrets(url: str) -> str:
    """Return *url* as it may be shown and logged: no password, no values of a query."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "…"
    query = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    secret = "…@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{secret}{host}{parts.path}{'?' + query if query else ''}"


def has_secret(url: str) -> bool:
    """Say whether *url* lets in whoever has it: a user, a password, or a token in its query."""
    if "@" not in url and "?" not in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return "@" in parts.netloc or any(_is_secret(name, value) for name, value in _pairs(parts.query))


def concealed(url: str) -> str:
    """Return *url* with nothing secret in it, and without its fragment; all else stands as it was."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    pieces = (
        f"{piece.partition('=')[0]}={_HIDDEN}" if _is_secret(*_pair(piece)) else piece
        for piece in parts.query.split("&")
    )
    query = "&".join(pieces)
    return f"{parts.scheme}://{_HIDDEN + at if user else ''}{host}{parts.path}{'?' + query if query else ''}"


def is_concealed(url: str) -> bool:
    """Say whether *url* is a name that stands for an address with a secret."""
    return f"#{MARK}" in url


def _is_secret(name: str, value: str) -> bool:
    return bool(value) and _SECRET.fullmatch(name) is not None


def _pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return name, value


def _pairs(query: str) -> list[tuple[str, str]]:
    return [_pair(piece) for piece in query.split("&")]


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=None)
    return urlencode(sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0])))
