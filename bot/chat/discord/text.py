"""Text for Discord: escaped so that nothing in it is markup, cut to a limit between graphemes."""

from collections.abc import Callable

import regex

# Everything that begins, ends or separates markup anywhere in a line. `<` begins mentions, timestamps, commands and
# custom emoji; `[` and `]` make masked links; `@` makes everyone and here.
ANYWHERE = regex.compile(r"[\\`*_~|<\[\]@]")
# What is markup at the start of a line only: headings, subtext, quotes, lists, numbered lists.
LINE_START = regex.compile(r"^(\s*)([#>+-]|\d+(?=[.)]))", regex.MULTILINE)
# Left alone, because a backslash inside would become part of the address. No bracket, star or bar is among its
# characters, so it can neither hold nor end markup.
PLAIN_URL = regex.compile(r"(?<!\S)https?://[A-Za-z0-9\-._/?#=&%+:,;@!$'~]+(?!\S)")
GRAPHEME = regex.compile(r"\X")
ELLIPSIS = "…"


def units(text: str) -> int:
    """Count as Discord may at worst: in UTF-16 units (it does not say what it counts)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape_all(text: str) -> str:
    """Return *text* so that Discord shows exactly its characters: for places where it makes no links, as titles."""
    return LINE_START.sub(_escape_line_start, ANYWHERE.sub(r"\\\g<0>", text))


def escape(text: str) -> str:
    """Return *text* so that Discord shows exactly its characters; a plain address stays an address."""
    parts: list[str] = []
    at = 0
    for url in PLAIN_URL.finditer(text):
        parts += [ANYWHERE.sub(r"\\\g<0>", text[at : url.start()]), url[0]]
        at = url.end()
    parts.append(ANYWHERE.sub(r"\\\g<0>", text[at:]))
    return LINE_START.sub(_escape_line_start, "".join(parts))


def _escape_line_start(found: regex.Match[str]) -> str:
    # A backslash before a digit would show: the full stop after it is escaped instead.
    return f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}"


def fit(text: str, most: int, dress: Callable[[str], str] = escape) -> str:
    """Return *text* dressed, cut between graphemes so that it is at most *most* units, with an ellipsis if cut."""
    whole = dress(text)
    if units(whole) <= most:
        return whole
    graphemes = GRAPHEME.findall(text[: most + 1])
    low, high = 0, len(graphemes)
    while low < high:
        middle = (low + high + 1) // 2
        if units(dress("".join(graphemes[:middle]).rstrip() + ELLIPSIS)) <= most:
            low = middle
        else:
            high = middle - 1
    return dress("".join(graphemes[:low]).rstrip() + ELLIPSIS)


def as_it_is(text: str) -> str:
    """Dress for places where Discord draws no markup: author, footer, names of threads, labels."""
    return text
