"""Cutting 83,000 characters to 300: at a sentence, else a word, always between graphemes."""

import regex

_GRAPHEME = regex.compile(r"\X")
# A sentence ends at . ! ? … (closing quotes and brackets belong to it) before white space, or at CJK stops.
_SENTENCE = regex.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[」』”）]*")
#: What stands before a full stop without ending a sentence.
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "eg", "e.g", "ie", "i.e", "cf", "al", "fig"}
    | {"no", "vol", "approx", "dept", "est", "inc", "ltd", "co"}
)
#: A sentence end earlier than this share of the limit would waste the room.
_LEAST = 0.4
ELLIPSIS = "…"


def summarise(text: str, limit: int = 300) -> str:
    """Return at most *limit* characters of *text*: whole sentences, else whole words and an ellipsis."""
    text = " ".join(text[: limit * 4 + 1000].split())
    if len(text) <= limit:
        return text
    if limit <= 0:
        return ""
    head = _grapheme_prefix(text, limit)
    if (end := _last_sentence(head, text)) >= limit * _LEAST:
        return head[:end]
    return _words(_grapheme_prefix(text, limit - 1))


def first_words(text: str, limit: int = 80) -> str:
    """Return the beginning of *text* as a title: the first sentence where it fits, else words."""
    text = " ".join(text[: limit * 8].split())
    first = next((m.end() for m in _SENTENCE.finditer(text) if not _abbreviated(text, m)), 0)
    if 0 < first <= limit:
        return text[:first]
    return text if len(text) <= limit else _words(_grapheme_prefix(text, limit - 1))


def _last_sentence(head: str, text: str) -> int:
    """Where the last sentence that is whole within *head* ends; 0 where none is."""
    ends = [
        match.end()
        for match in _SENTENCE.finditer(text, 0, len(head) + 1)
        if match.end() <= len(head) and not _abbreviated(text, match)
    ]
    return ends[-1] if ends else 0


def _abbreviated(text: str, match: "regex.Match[str]") -> bool:
    if match[0] != ".":
        return False
    word = text[max(0, match.start() - 12) : match.start()].rpartition(" ")[2].lstrip("(\"'“‘")
    return word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper())


def _words(head: str) -> str:
    """*head* up to its last whole word, with an ellipsis."""
    cut = head.rfind(" ")
    # A text without spaces (Chinese, one long word) is cut at the grapheme.
    kept = head[:cut] if cut > len(head) * _LEAST else head
    return kept.rstrip(" ,;:-–—(") + ELLIPSIS


def _grapheme_prefix(text: str, limit: int) -> str:
    """The longest prefix of at most *limit* characters that splits no grapheme."""
    if len(text) <= limit:
        return text
    window = text[: limit + 64]
    if window.isascii():
        return window[:limit]
    end = 0
    for match in _GRAPHEME.finditer(window):
        if match.end() > limit:
            break
        end = match.end()
    return text[:end]
