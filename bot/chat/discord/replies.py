"""Replies as Discord shows them. Pure: what people typed and what blogs wrote is escaped here."""

from dataclasses import dataclass
from typing import Any

from bot.chat.discord.render import (
    COLOR,
    CONTENT,
    DESCRIPTION,
    EMBEDS_TOGETHER,
    card_of,
    code_spans,
)
from bot.chat.discord.text import fit, units
from bot.domain.hygiene import clean
from bot.domain.reply import Button, Reply
from bot.domain.unsaid import Text

Json = dict[str, Any]
#: Cards below a reply are short: several stand under each other.
CARD_SUMMARY = 160
MOST_EMBEDS = 10
NOTHING = Text("Done.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A reply taken apart as Discord wants it."""

    content: str
    embeds: tuple[Json, ...] = ()
    buttons: tuple[Button, ...] = ()


def shown(reply: Reply) -> Shown:
    """Return what *reply* looks like: a long text moves into embeds, posts become cards."""
    text = clean(reply.text)
    content, embeds = fit(text, 10**6, code_spans), []
    if units(content) > CONTENT:
        embeds, content = _pages(text), ""
    left = EMBEDS_TOGETHER - sum(units(embed["description"]) for embed in embeds)
    for post in reply.posts:
        card = card_of(reply.say, post, CARD_SUMMARY)
        left -= _size(card)
        if left < 0 or len(embeds) == MOST_EMBEDS:
            break
        embeds.append(card)
    return Shown(content or ("" if embeds else reply.say(NOTHING)), tuple(embeds), reply.buttons[:25])


def _pages(text: str) -> list[Json]:
    """Return a long text as at most two embeds, broken at lines."""
    first, rest = _head(text)
    pages = [{"description": first, "color": COLOR}]
    if rest:
        pages.append({"description": fit(rest, EMBEDS_TOGETHER - units(first) - 10, code_spans), "color": COLOR})
    return pages


def _head(text: str) -> tuple[str, str]:
    """Return as many lines as fit, dressed, and the others."""
    kept: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        dressed = fit(line, DESCRIPTION, code_spans)
        if sum(units(one) + 1 for one in kept) + units(dressed) > DESCRIPTION:
            return "\n".join(kept), "\n".join(lines[number:])
        kept.append(dressed)
    return "\n".join(kept), ""


def _size(card: Json) -> int:
    named = (card.get("author", {}).get("name", ""), card.get("footer", {}).get("text", ""))
    return sum(units(text) for text in (card["title"], card.get("description", ""), *named))
