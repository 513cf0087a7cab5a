"""The words after `/subscribe`: what to follow, how strictly, when, and with which filters."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.language import Language
from bot.domain.model import Digest, Mode, Strictness, Subscription
from bot.domain.schedules import mode_in_words, parse_mode, show_mode
from bot.domain.strictness import HOW_STRICT
from bot.domain.typed import listed, unquoted, words

FILTER = re.compile(r'-[^\s-].*|"[^"]+"|(?:feed|lang|title|author):\S.*', re.IGNORECASE)
MODE_WORDS = {"digest", "each"}
#: A role to mention, by its id (Discord's own field fills it in), or nobody.
MENTION = re.compile(r"mention:(\d{1,20}|nobody)", re.IGNORECASE)
NOBODY = ""
QUERY = "query:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a person typed, taken apart. None: nothing was said about it."""

    names: tuple[str, ...] = ()
    mode: Mode | None = None
    strictness: Strictness | None = None
    filters: tuple[str, ...] | None = None
    #: The id of a role; empty: nobody any more.
    mention: str | None = None


def read_asking(text: str, zone: str | None) -> Asking:
    """Take *text* apart; *zone* is the channel's own. Raises UsageError where a time makes no sense."""
    found, mention = _mention(words(text))
    start = next((i for i, word in enumerate(found) if i and word.strip(",").lower() in MODE_WORDS), len(found))
    head, mode = found[:start], None
    if found[start:]:
        parsed = parse_mode(found[start:], zone)
        mode = parsed.mode
        head += parsed.rest
    if is_query(text):
        # All of it is the query: its words are neither names nor filters. A word `digest` is put in quotes.
        return Asking(names=(" ".join(head),), mode=mode, mention=mention)
    names, strictness, filters = _names(" ".join(head))
    return Asking(names=tuple(names), mode=mode, strictness=strictness, filters=tuple(filters) or None, mention=mention)


def _mention(found: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the other words, and the role to mention."""
    named = [match[1].lower() for word in found if (match := MENTION.fullmatch(word))]
    rest = [word for word in found if not MENTION.fullmatch(word)]
    return rest, (NOBODY if named[-1] == "nobody" else named[-1]) if named else None


def is_query(name: str) -> bool:
    """Say whether *name* is `query: …` rather than a topic or a blog."""
    return name.lower().startswith(QUERY)


def _names(text: str) -> tuple[list[str], Strictness | None, list[str]]:
    names: list[str] = []
    filters: list[str] = []
    strictness = None
    for piece in listed(text):
        name: list[str] = []
        for word in words(piece):
            if word.lower() in list(Strictness) and (name or names):
                strictness = Strictness(word.lower())
            elif FILTER.fullmatch(word) and (name or names):
                filters.append(word)
            else:
                name.append(unquoted(word))
        if name:
            names.append(" ".join(name))
    return names, strictness, filters


def segments(text: str, known: Callable[[str], bool]) -> list[str] | None:
    """Cut words without commas into names that are all known, the longest first; None where that cannot be."""
    found, rest = [], text.split()
    while rest:
        length = next((n for n in range(len(rest), 0, -1) if known(" ".join(rest[:n]))), 0)
        if not length:
            return None
        found.append(" ".join(rest[:length]))
        rest = rest[length:]
    return found


def show_asking(name: str, subscription: Subscription) -> str:
    """Return the words that would ask for *subscription* again."""
    return " ".join([name, *options_of(subscription)])


def options_in_words(say: Language, subscription: Subscription) -> Sequence[str]:
    """Return what differs from a plain subscription, for people to read."""
    options = list(subscription.filters)
    if subscription.strictness is not Strictness.NORMAL:
        options.append(say(HOW_STRICT[subscription.strictness]))
    if isinstance(subscription.mode, Digest):
        options.append(mode_in_words(say, subscription.mode))
    if subscription.mention:
        options.append(f"mention:{subscription.mention}")
    return options


def options_of(subscription: Subscription) -> Sequence[str]:
    """Return what differs from a plain subscription, as it is typed."""
    options = list(subscription.filters)
    if subscription.strictness is not Strictness.NORMAL:
        options.append(subscription.strictness)
    mode = show_mode(subscription.mode)
    if mode.startswith("digest"):
        options.append(mode)
    if subscription.mention:
        options.append(f"mention:{subscription.mention}")
    return options
