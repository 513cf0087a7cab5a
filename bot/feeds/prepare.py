"""Before any parser sees a body: one encoding, no entity declarations, no markup made to hurt.

expat refuses entity bombs, but feedparser then falls back to a loose parser that expands them itself:
31 kB became 9.9 million characters. So what declares entities is refused here, whatever parser would follow.
"""

import codecs
import re
from html.entities import html5

from bot.domain.errors import Untrusted

#: Encodings that feeds really use, all of them supersets of ASCII. Python's own codecs (`zlib`, `idna`,
#: `unicode_escape`, `undefined`, `utf-7`) are none of them: they decompress, execute rules, or raise.
_ENCODINGS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "utf-8", "koi8-r", "koi8-u", "mac-roman", "cp437", "cp866", "cp874", "cp932", "cp949", "johab"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"),
        *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
        *(f"windows-{page}" for page in range(1250, 1259)),
    )
)
#: Read as what browsers read them as: the labels are wrong more often than right.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*([\"'])\s*([A-Za-z0-9._:-]{1,40})\s*\1[^>]{0,200}?\?>")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}?\?>")
_XML = '<?xml version="1.0" encoding="utf-8"?>'
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_ROOT = re.compile(rb"<\w")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_CHARACTER = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,8}|#x[0-9a-fA-F]{1,6});)([A-Za-z][A-Za-z0-9]{0,31};)?")
_CONTROLS = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
#: A tag longer than this is no tag; the regular expressions of a loose parser grow quadratic on it.
_LONGEST_TAG = 32 * 1024
_LONG_TAG = re.compile(rb"<[^<>]{%d}" % _LONGEST_TAG)


def to_utf8(body: bytes, charset: str | None) -> bytes:
    """Return the document in UTF-8, declared so or not at all. *charset* is what the HTTP header said."""
    if body.startswith(codecs.BOM_UTF8):
        return _declared_utf8(body[3:].decode("utf-8", "replace"))
    for mark, wide in _WIDE:
        if body.startswith(mark):
            return _declared_utf8(body.decode(wide, "replace").removeprefix("\ufeff"))
    declared = found[2].decode() if (found := _DECLARED.match(body[:600])) else None
    name = _known(declared)
    if name in {None, "utf-8"} and _is_utf8(body):
        # An unknown or missing name, or a header that disagrees: bytes that are UTF-8 are UTF-8.
        return body if name or not declared else _declared_utf8(body.decode())
    text = _decode(body, [name, _known(charset)])
    return _declared_utf8(text)


def check_declarations(body: bytes) -> None:
    """Raise Untrusted where the head of the document declares entities."""
    if b"<!ENTITY" not in body:
        return
    # Up to the first element, as feedparser looks for them; expat's own view is checked when it slices.
    root = _ROOT.search(body)
    if b"<!ENTITY" in (body[: root.start()] if root else body):
        raise Untrusted("The feed declares entities of its own, which is how parsers are attacked; it is not read.")


def check_tags(body: bytes) -> None:
    """Raise Untrusted where a tag is absurdly long; for documents that a loose parser is to read."""
    if _LONG_TAG.search(body):
        raise Untrusted("The feed contains a tag longer than any feed needs; it is not read.")


def has_doctype(body: bytes) -> bool:
    """Whether a DOCTYPE stands before the first element: expat then drops the entities it does not know."""
    root = _ROOT.search(body)
    return b"<!DOCTYPE" in body[: root.start() if root else 4096]


def scrub(body: bytes) -> bytes:
    """Mend what makes feeds ill-formed: bad character references, HTML entities, bare `&`, control characters."""
    text = body.decode("utf-8", "replace").translate(_CONTROLS).lstrip()
    parts = _CDATA.split(text)
    parts[::2] = [_ENTITY.sub(_entity, _CHARACTER.sub(_character, part)) for part in parts[::2]]
    return "".join(parts).encode("utf-8", "replace")


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    try:
        number = int(digits[:9], 16 if match[1] else 10)
        character = chr(number)
    except (ValueError, OverflowError):
        return "\ufffd"
    if len(digits) > 8 or number in _CONTROLS or number == 0:
        return "\ufffd"
    if 0x80 <= number < 0xA0:
        # Written for windows-1252, as browsers know.
        return bytes([number]).decode("cp1252", "replace")
    return match[0] if match[0].endswith(";") else f"&#{number};" if character else ""


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    known = html5.get(name) if name else None
    if known is None:
        return "&amp;" + (name or "")
    return "".join(f"&#{ord(character)};" for character in known)


def _known(name: str | None) -> str | None:
    """The codec's own name where *name* is one that feeds may use; None otherwise."""
    if not name:
        return None
    try:
        canonical = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(canonical, canonical) if canonical in _ENCODINGS else None


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode(body: bytes, names: list[str | None]) -> str:
    for name in names:
        try:
            if name:
                return body.decode(name)
        except UnicodeDecodeError:
            continue
    # UTF-8 with a broken character here and there is still UTF-8; anything else reads best as windows-1252.
    text = body.decode("utf-8", "replace")
    foreign = len(body.translate(None, bytes(range(128))))
    return body.decode("cp1252", "replace") if text.count("\ufffd") * 20 > foreign else text


def _declared_utf8(text: str) -> bytes:
    found = _DECLARATION.match(text)
    text = _XML + text[found.end() :] if found else text
    return text.encode("utf-8", "replace")
