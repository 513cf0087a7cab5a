"""HTML to plain text, and links that are safe: what a post may hold of what a feed wrote."""

import html
import re
from urllib.parse import quote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from bot.domain.hygiene import clean, one_line

# Lexbor needs 3.9 s for a depth of 40,000; the beginning of an article is all that is kept of it.
_PREFIX = 64 * 1024
_TAGS = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blockquote body br button "
    "canvas caption center circle cite clippath code col colgroup data datalist dd defs del desc details dfn dialog "
    "dir div dl dt ellipse em embed fieldset figcaption figure font footer foreignobject form frame frameset g h1 h2 "
    "h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins kbd keygen label legend li line link main map "
    "mark marquee math menu meta meter mfrac mi mn mo mrow ms msqrt msub msup mtext nav nobr noembed noframes noscript "
    "object ol optgroup option output p param path picture plaintext polygon polyline pre progress q rect rp rt ruby s "
    "samp script section select semantics slot small source span stop strike strong style sub summary sup svg symbol "
    "table tbody td template text textarea tfoot th thead time title tr track tspan tt u ul use var video wbr xmp"
)
_HTML = frozenset(_TAGS.split())
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:_-]*)")
_DROPPED = (
    "script, style, iframe, svg, math, noscript, template, object, embed, head, title, textarea, select, button, "
    "audio, video, canvas, form"
)
_BREAKS = (
    "p, div, br, li, ul, ol, tr, table, h1, h2, h3, h4, h5, h6, pre, blockquote, hr, section, article, header, "
    "footer, figure, figcaption, dt, dd, dl, aside, main, nav, details, summary, address"
)
_CELLS = "td, th"
_INLINE_PAIR = re.compile(
    r"<(a|abbr|b|big|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|tt|u|var|h[1-6]|p|div)"
    r"(?:\s[^<>]*)?>(.*?)</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_VOID = re.compile(r"<(?:br|img|hr|wbr)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Kept as they stand; everything else that could end a link early in some chat is percent-encoded.
_SAFE = "!#$%&'*+,-./:;=?@[]_~"
_BREAKS_IN_URL = dict.fromkeys((9, 10, 13))
_LONGEST_URL = 2000
_LONGEST_TITLE = 500


def plain_text(markup: str, limit: int) -> str:
    """Return the readable text of HTML, at most *limit* characters, one line for each block."""
    markup = markup[: min(_PREFIX, limit * 6 + 4096)]
    names = {name.lower() for name in set(_TAG_NAME.findall(markup))}
    if names.isdisjoint(_HTML) and "<!--" not in markup:
        return _tidy(html.unescape(markup) if "&" in markup else markup, limit)
    if not all(map(_is_tag, names)):
        markup = _TAG_NAME.sub(_keep_tag, markup)
    tree = LexborHTMLParser(markup)
    for node in tree.css(_DROPPED):
        if node.parent is not None:
            node.decompose()
    for node in tree.css(_BREAKS):
        node.insert_before("\n")
        node.insert_after("\n")
    for node in tree.css(_CELLS):
        node.insert_after(" ")
    return _tidy(tree.body.text(deep=True) if tree.body else "", limit)


def plain_title(markup: str, *, is_text: bool = False) -> str:
    """Return a title as people should read it: entities undone, paired HTML tags taken off, all else kept.

    Feeds send titles as text or as HTML without saying which, so `<b>Bold</b>` is markup and `vector<int>` is not.
    """
    title = markup[: _LONGEST_TITLE * 8]
    if not is_text:
        title = _VOID.sub(" ", title)
        for _ in range(4):
            title, count = _INLINE_PAIR.subn(r"\2", title)
            if not count:
                break
        title = html.unescape(title) if "&" in title else title
    return one_line(title)[:_LONGEST_TITLE].strip()


def safe_url(link: str | None, base: str | None = None) -> str | None:
    """Return *link* as an absolute http(s) address that ends no chat's link early; None where it is no such thing."""
    if not link:
        return None
    # Line breaks and tabs inside an address are passed over by browsers; spaces are not.
    link = link.strip().translate(_BREAKS_IN_URL)
    try:
        if base and not _SCHEME.match(link):
            link = urljoin(base, link)
        parts = urlsplit(link)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
            return None
        _ = parts.port
    except ValueError:
        return None
    if clean(link) != link or "\\" in parts.netloc:
        return None
    if not parts.netloc.isascii():
        link = _ascii_host(link, parts.hostname)
    link = quote(link, safe=_SAFE)
    return link if len(link) <= _LONGEST_URL else None


def _ascii_host(link: str, host: str) -> str:
    """Write the host as name servers know it; where it is no proper name it is percent-encoded with the rest."""
    try:
        return re.sub(re.escape(host), host.encode("idna").decode(), link, count=1, flags=re.IGNORECASE)
    except UnicodeError:
        return link


def _is_tag(name: str) -> bool:
    """Whether *name* is an element of HTML, or a custom (`x-y`) or prefixed (`o:p`) one; all else is text."""
    return name in _HTML or "-" in name or ":" in name


def _keep_tag(match: re.Match[str]) -> str:
    # `vector<int>` and `<antirez>` are text that nobody escaped.
    return match[0] if _is_tag(match[1].lower()) else "&lt;" + match[0][1:]


def _tidy(text: str, limit: int) -> str:
    lines = (" ".join(line.split()) for line in clean(text[: limit * 2 + 4096]).split("\n"))
    return "\n".join(filter(None, lines))[:limit]
