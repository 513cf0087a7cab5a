"""Messages of the outbox as Slack shows them. Pure; every case has a golden file in tests/chat/slack/golden."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.chat.slack.blocks import (
    BLOCKS_MOST,
    SECTION_MOST,
    Json,
    bullets,
    button,
    context,
    header,
    image,
    line,
    menu,
    part_date,
    part_link,
    part_text,
    parts_of,
    rich,
    section,
)
from bot.chat.slack.text import clean, escape, fit, fit_escaped, one_line, safe_url
from bot.domain.channels import ChannelOptions, Look
from bot.domain.language import Language
from bot.domain.menu import menu_of
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.model import Post
from bot.domain.summary import summarise
from bot.domain.templates import fill_template

_TITLE_MOST = 300
_NAME_MOST = 100
#: Slack recommends at most 4,000 characters and splits or cuts long ones (bolt-python issue 764).
_TEXT_MOST = 3000
#: Beyond 40,000 Slack cuts the text by itself.
_PLAINEST_MOST = 38_000
_ITEMS_A_BLOCK = 25
#: One block for the heading, one for what is left.
_ITEMS_MOST = (BLOCKS_MOST - 2) * _ITEMS_A_BLOCK
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What chat.postMessage is given: `text` for notifications and screen readers, `blocks` for everyone else."""

    text: str
    blocks: tuple[Json, ...] = ()


def render(message: Message) -> Payload:
    """Return a message as Slack shows it, or its plainest form where that was refused before."""
    if message.plain:
        return Payload(text=_plainest(message))
    match message.kind:
        case MessageKind.NOTICE:
            text = message.say.again(message.text)
            return Payload(text=fit_escaped(text, _TEXT_MOST), blocks=(rich(line(parts_of(text))),))
        case MessageKind.DIGEST:
            return _digest(message)
        case MessageKind.POST | MessageKind.EDIT:
            return _post(message) if len(message.announcements) == 1 else _digest(message)
        case MessageKind.PUBLISH | MessageKind.DELETE:
            return Payload(text="")
        case _:
            assert_never(message.kind)


def _post(message: Message) -> Payload:
    announcement, options, say = message.announcements[0], message.options, message.say
    blocks = list((_own_words if options.template else _body)(say, announcement, options))
    if options.look is not Look.TITLE_ONLY and not options.template and (about := _about(say, announcement)):
        blocks.append(context(about))
    if options.buttons == "full":
        entries = menu_of(announcement, say)
        buttons = [button(number, entry.label, entry.action) for number, entry in enumerate(entries)]
        blocks.append({"type": "actions", "elements": buttons})
    return Payload(text=_spoken(say, announcement), blocks=tuple(blocks))


def _own_words(say: Language, announcement: Announcement, options: ChannelOptions) -> Iterator[Json]:
    """Yield one post in a person's own words, literal and linked; where these come to nothing, the title."""
    words = clean(fill_template(options.template or "", announcement)).strip()
    shown = fit(words, _TEXT_MOST) if words else title_of(say, announcement.post)
    yield rich(line([part_link(announcement.link, shown)]))
    if options.buttons == "menu":
        yield {"type": "actions", "elements": [_menu(say, announcement)]}


def _body(say: Language, announcement: Announcement, options: ChannelOptions) -> Iterator[Json]:
    """Yield title, summary, picture and menu; a section holds one accessory, so the menu takes the free place."""
    yield rich(line(_headline(say, announcement)))
    summary = _summary(announcement.post, options)
    dots = _menu(say, announcement) if options.buttons == "menu" else None
    picture = _picture(say, announcement, options) if summary else None
    if summary:
        yield section(summary, picture or dots)
    if dots is not None and (picture or not summary):
        yield {"type": "actions", "elements": [dots]}


def _headline(say: Language, announcement: Announcement) -> list[Json]:
    post = announcement.post
    parts = [part_link(announcement.link, title_of(say, post), bold=True)]
    meta = _meta(say, announcement)
    return [*parts, part_text("\n"), *meta] if meta else parts


def _meta(say: Language, announcement: Announcement) -> list[Json]:
    """Return blog name and date, what there is of them."""
    post, parts = announcement.post, []
    if announcement.blog and (name := one_line(announcement.blog)):
        parts.append(part_text(fit(name, _NAME_MOST)))
    if post.published is not None:
        parts.append(part_date(post.published))
    if announcement.views is not None:
        parts.append(part_text(say.plural("{number} view", "{number} views", announcement.views)))
    return list(_joined(parts))


def _joined(parts: Sequence[Json]) -> Iterator[Json]:
    for number, part in enumerate(parts):
        if number:
            yield part_text(_SEPARATOR)
        yield part


def title_of(say: Language, post: Post) -> str:
    """Return what names a post: its title, else its address without the scheme, else that it has none."""
    if title := one_line(post.title):
        return fit(title, _TITLE_MOST)
    if url := safe_url(post.url):
        return fit(url.partition("://")[2].rstrip("/"), _TITLE_MOST)
    return say("Untitled")


def _summary(post: Post, options: ChannelOptions) -> str:
    if options.look is not Look.FULL:
        return ""
    return fit(summarise(clean(post.summary), options.summary_length), SECTION_MOST)


def _picture(say: Language, announcement: Announcement, options: ChannelOptions) -> Json | None:
    url = safe_url(announcement.post.image)
    # Slack fetches the picture itself, and only over https without a warning.
    if url is None or options.images == "off":
        return None
    return image(url, title_of(say, announcement.post))


def _menu(say: Language, announcement: Announcement) -> Json:
    return menu((entry.label, entry.action) for entry in menu_of(announcement, say))


def _about(say: Language, announcement: Announcement) -> str:
    """Return topic names and the other blogs that have the story."""
    said = list(announcement.topics)
    if announcement.also_at:
        blogs = ", ".join(fit(one_line(name), _NAME_MOST) for name in announcement.also_at)
        said.append(say("also at {blogs}", blogs=blogs))
    return _SEPARATOR.join(said)


def _digest(message: Message) -> Payload:
    say, number = message.say, len(message.announcements)
    heading = one_line(say.again(message.text)) or say.plural("{number} new post", "{number} new posts", number)
    blocks = [header(heading)]
    shown = message.announcements[:_ITEMS_MOST]
    blocks += [cards(say, shown[at : at + _ITEMS_A_BLOCK]) for at in range(0, len(shown), _ITEMS_A_BLOCK)]
    if left := len(message.announcements) - len(shown):
        blocks.append(rich(line(parts_of(say("… and {number} more: type `/latest`.", number=left)))))
    return Payload(text=fit_escaped(heading, _TEXT_MOST), blocks=tuple(blocks))


def _item(say: Language, announcement: Announcement) -> list[Json]:
    title, meta = part_link(announcement.link, title_of(say, announcement.post)), _meta(say, announcement)
    return [title, part_text(" — "), *meta] if meta else [title]


def cards(say: Language, announcements: Iterable[Announcement]) -> Json:
    """Return posts as a short list, for replies and the App Home."""
    return rich(bullets(_item(say, announcement) for announcement in announcements))


def _spoken(say: Language, announcement: Announcement) -> str:
    """Return what a notification says: mrkdwn, so escaped."""
    said = [title_of(say, announcement.post)]
    if announcement.blog and (name := one_line(announcement.blog)):
        said.append(fit(name, _NAME_MOST))
    return escape(_SEPARATOR.join(said))


def _plainest(message: Message) -> str:
    """Return text alone: Slack refused the blocks, and whatever was wrong with them is not in here."""
    say = message.say
    lines = [fit_escaped(say.again(message.text), _TEXT_MOST)] if message.text else []
    for announcement in message.announcements:
        url = safe_url(announcement.link)
        said = _spoken(say, announcement) + (f"\n{escape(url)}" if url else "")
        if sum(map(len, lines)) + len(said) > _PLAINEST_MOST:
            break
        lines.append(said)
    return "\n".join(lines) or say("(nothing to show)")
