"""Making a stranger's text harmless to show and to compare: no controls, no reordering, no piles of marks."""

import html
import unicodedata

import regex

# C0 and C1 controls, bidirectional embeddings and isolates, zero-width characters, soft hyphen,
# variation of line ends, lone surrogates, non-characters, tag characters, interlinear annotation.
_CONTROLS = regex.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_ASCII_CONTROLS = dict.fromkeys({*range(32), 127} - {9, 10})
# Zero-width joiners hold emoji families and some scripts together; elsewhere they only hide things.
_JOINERS = regex.compile(
    r"(?<![\p{Extended_Pictographic}\ufe0f\U0001f3fb-\U0001f3ff\p{Arabic}\p{Indic_Syllabic_Category=Virama}])"
    r"[\u200c\u200d]|[\u200c\u200d](?![\p{Extended_Pictographic}\p{Letter}\p{Mark}])"
)
_MARKS = regex.compile(r"(\p{M}{4})\p{M}+")


def clean(text: str) -> str:
    """Return *text* without what could hide, reorder or overload it; lines are kept."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text if text.isprintable() else text.translate(_ASCII_CONTROLS)
    text = _CONTROLS.sub("", text)
    text = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    return _JOINERS.sub("", text) if "\u200c" in text or "\u200d" in text else text


def one_line(text: str) -> str:
    """Return *text* clean and on one line, white space collapsed."""
    return " ".join(clean(text).split())


def unescape_once(text: str) -> str:
    """Undo one layer of HTML entities: `Q&amp;A` becomes `Q&A`, `AT&T` stays."""
    return html.unescape(text) if "&" in text else text
