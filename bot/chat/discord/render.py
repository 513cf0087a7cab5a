"""Messages as Discord's JSON: embeds, components, whom to wake. Pure; the only birthplace of Discord markup for posts.

Feed text stands in embeds only; `content` holds nothing but a role mention built here, or a sentence of ours.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from bot.chat.discord.text import as_it_is, escape, escape_all, fit, units
from bot.domain.channels import Look
from bot.domain.hygiene import clean, one_line
from bot.domain.language import Language
from bot.domain.menu import menu_of
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.reply import Button
from bot.domain.summary import summarise
from bot.domain.templates import fill_template

Json = dict[str, Any]

# Discord's limits less five in a hundred: it does not say whether it counts characters or UTF-16 units.
CONTENT, TITLE, DESCRIPTION, AUTHOR, FOOTER = 1900, 243, 3890, 243, 1945
EMBEDS_TOGETHER = 5700
THREAD_NAME = 95
#: Topics named in a footer; more say nothing at a glance.
TOPICS = 5
LABEL = 76
URL = 2048
COLOR = 0x2F6F8F
MENU = "menu"
ROW, BUTTON, SELECT = 1, 2, 3
STYLES = {"plain": 2, "primary": 1, "danger": 4}
LINK_STYLE = 5
SILENT = 1 << 12
NO_UNFURLING = 1 << 2
NOBODY: Json = {"parse": []}
BRACKETS = str.maketrans("[]", "()")
SAFE_URL = "!#$%&'()*+,/:;=?@[]~-._"


def render(message: Message) -> Json:
    """Return the body that creates, or changes, what *message* shows."""
    if not message.announcements:
        body = notice(message.say.again(message.text))
    elif message.kind is MessageKind.DIGEST or len(message.announcements) > 1:
        body = {"embeds": digest(message)}
    else:
        body = _post(message)
    return body | _wake(message, body) | _flags(message)


def notice(text: str) -> Json:
    return {"content": fit(clean(text), CONTENT, code_spans)}


def _post(message: Message) -> Json:
    announcement = message.announcements[0]
    if message.plain:
        return {"embeds": [plain_card(message.say, announcement)]}
    body: Json = {"embeds": [card(announcement, message)]}
    rows = menu_rows(announcement, message.options.buttons, message.say)
    return body | ({"components": rows} if rows else {})


def _wake(message: Message, body: Json) -> Json:
    """Whom the message wakes: nobody, or the one role a person asked for."""
    if not message.mention or not message.mention.isdecimal() or message.kind is MessageKind.EDIT:
        return {"allowed_mentions": NOBODY}
    content = f"<@&{message.mention}> {body.get('content', '')}".rstrip()
    return {"content": content, "allowed_mentions": {"parse": [], "roles": [message.mention]}}


def _flags(message: Message) -> Json:
    unfurled = 0 if message.announcements else NO_UNFURLING
    flags = unfurled | (SILENT if message.silent and message.kind is not MessageKind.EDIT else 0)
    return {"flags": flags} if flags else {}


# -- one post -----------------------------------------------------------------------------------
def card(announcement: Announcement, message: Message) -> Json:
    """Return one post as an embed, as the channel likes it to look."""
    post, options = announcement.post, message.options
    if options.template:
        return own_card(announcement, options.template, message.say)
    embed = card_of(message.say, announcement, 0 if options.look is Look.TITLE_ONLY else options.summary_length)
    if options.look is Look.FULL and options.images == "thumbnail" and (image := web_address(post.image)):
        embed["thumbnail"] = {"url": image}
    return embed


def card_of(say: Language, announcement: Announcement, summary_length: int) -> Json:
    """Return one post as an embed without a picture."""
    embed = _head(say, announcement)
    if summary := summary_of(announcement, summary_length):
        embed["description"] = summary
    if footer := footer_of(say, announcement):
        embed["footer"] = {"text": fit(footer, FOOTER, as_it_is)}
    return embed


def summary_of(announcement: Announcement, length: int) -> str:
    """Return the summary, escaped; *length* counts what people see of it."""
    return fit(summarise(clean(announcement.post.summary), length), DESCRIPTION)


def own_card(announcement: Announcement, template: str, say: Language) -> Json:
    """Return one post in a person's own words; where these come to nothing, the title stands in for them."""
    words = clean(fill_template(template, announcement)).strip() or title_of(say, announcement)
    embed: Json = {"description": fit(words, DESCRIPTION), "color": COLOR}
    # Without a title Discord draws no link, but the address still tells this message from every other.
    return embed | ({"url": url} if (url := web_address(announcement.link)) else {})


def _head(say: Language, announcement: Announcement) -> Json:
    post = announcement.post
    embed: Json = {"title": fit(title_of(say, announcement), TITLE, escape_all), "color": COLOR}
    if url := web_address(announcement.link):
        embed["url"] = url
    if blog := one_line(announcement.blog or ""):
        embed["author"] = {"name": fit(blog, AUTHOR, as_it_is)}
    if post.published is not None:
        # The client draws it in the reader's own language and time zone.
        embed["timestamp"] = post.published.isoformat()
    return embed


def plain_card(say: Language, announcement: Announcement) -> Json:
    """Return the least that still tells of a post: for one that Discord refused as malformed."""
    embed: Json = {"title": fit(title_of(say, announcement), TITLE // 2, escape_all)}
    return embed | ({"url": url} if (url := web_address(announcement.link)) else {})


def title_of(say: Language, announcement: Announcement) -> str:
    return one_line(announcement.post.title) or host_of(announcement.post.url) or say("Untitled")


def footer_of(say: Language, announcement: Announcement) -> str:
    """Return topics, where the title leads (a linked title hides it), who else has it, and clicks where counted."""
    topics = ", ".join(one_line(topic) for topic in announcement.topics[:TOPICS])
    also = ", ".join(one_line(blog) for blog in announcement.also_at)
    also = say("also at {blogs}", blogs=also) if also else ""
    views = "" if announcement.views is None else count_views(say, announcement.views)
    return " · ".join(filter(None, (topics, host_of(announcement.post.url), also, views)))


def count_views(say: Language, views: int) -> str:
    return say.plural("{number} view", "{number} views", views)


def host_of(url: str | None) -> str:
    """Return the host as it will be connected to: punycode, so that no look-alike letter hides in it."""
    host = urlsplit(web_address(url) or "").hostname or ""
    return host.removeprefix("www.")


def web_address(url: str | None) -> str | None:
    """Return *url* as Discord takes it; None where it is no http(s) address of at most 2,048 ASCII characters."""
    if not url or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode() if not url.isascii() else parts.hostname
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    port = f":{parts.port}" if _port(parts.netloc) else ""
    netloc = parts.netloc if url.isascii() else f"{host}{port}"
    sent = quote(parts._replace(netloc=netloc).geturl(), safe=SAFE_URL)
    return sent if len(sent) <= URL else None


def _port(netloc: str) -> bool:
    return re.search(r":\d+$", netloc) is not None


# -- the menu -----------------------------------------------------------------------------------
def menu_rows(announcement: Announcement, style: str, say: Language) -> list[Json]:
    """Return the menu of a post as a select, as buttons, or not at all."""
    entries = menu_of(announcement, say)
    match style:
        case "none":
            return []
        case "full":
            return button_rows(entries)
    options = [{"label": fit(one_line(entry.label), 95, as_it_is), "value": entry.action} for entry in entries]
    select = {"type": SELECT, "custom_id": MENU, "placeholder": "⋯", "options": options, "max_values": 1}
    return [{"type": ROW, "components": [select]}]


def button_rows(buttons: tuple[Button, ...]) -> list[Json]:
    """Return buttons in rows of five, at most five rows; one whose action is too long is left out."""
    drawn = [made for button in buttons if (made := _button(button)) is not None][:25]
    return [{"type": ROW, "components": drawn[at : at + 5]} for at in range(0, len(drawn), 5)]


def _button(button: Button) -> Json | None:
    label = fit(one_line(button.label), LABEL, as_it_is) or "…"
    if button.url is not None:
        url = web_address(button.url)
        # Links of buttons are shorter than those of embeds.
        return {"type": BUTTON, "style": LINK_STYLE, "label": label, "url": url} if url and len(url) <= 512 else None
    if not 1 <= units(button.action) <= 100:
        return None
    return {"type": BUTTON, "style": STYLES[button.style], "label": label, "custom_id": button.action}


# -- many posts ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Room:
    """How much of each post a digest shows."""

    title: int
    blog: int
    links: bool = True


#: From generous to bare: the first in which every post fits is taken, since a digest drops none.
ROOMS = (Room(150, 60), Room(100, 40), Room(70, 20), Room(50, 0), Room(50, 0, links=False))


def digest(message: Message) -> list[Json]:
    """Return a digest: a heading and one line for each post, over as many embeds as it takes."""
    say = message.say
    heading = fit(one_line(say.again(message.text)), TITLE, escape_all) or say("New posts")
    left = EMBEDS_TOGETHER - units(heading)
    lines: list[str] = []
    for room in ROOMS[-1:] if message.plain else ROOMS:
        lines = [digest_line(say, announcement, room) for announcement in message.announcements]
        if sum(units(line) + 1 for line in lines) <= left:
            break
    return _embeds(say, heading, lines, left)


def _embeds(say: Language, heading: str, lines: list[str], left: int) -> list[Json]:
    embeds: list[Json] = [{"title": heading, "color": COLOR, "description": ""}]
    for number, line in enumerate(lines):
        left -= units(line) + 1
        # Only a digest of more than a hundred posts comes here; ours have at most 25.
        if left < 40:
            embeds[-1]["description"] += "\n" + say("… and {number} more", number=len(lines) - number)
            break
        if units(embeds[-1]["description"]) + units(line) + 1 > DESCRIPTION - 40:
            embeds.append({"color": COLOR, "description": ""})
        embeds[-1]["description"] += ("\n" if embeds[-1]["description"] else "") + line
    return embeds


def digest_line(say: Language, announcement: Announcement, room: Room) -> str:
    """Return one post as a line: a link of ours around the escaped title, blog, age as the client draws it."""
    post = announcement.post
    title = fit(link_text(title_of(say, announcement)), room.title, escape_all)
    url = web_address(announcement.link) if room.links else None
    blog = fit(one_line(announcement.blog or host_of(post.url)), room.blog) if room.blog else ""
    age = "" if post.published is None else f"<t:{int(post.published.timestamp())}:R>"
    views = "" if announcement.views is None else count_views(say, announcement.views)
    return "• " + " · ".join(filter(None, (masked_link(title, url) if url else title, blog, age, views)))


def link_text(title: str) -> str:
    """Return a title for a link: clients read brackets in it differently, and draw none that names an address."""
    return re.sub(r"https?://", "", title.translate(BRACKETS), flags=re.IGNORECASE)


def masked_link(escaped: str, url: str) -> str:
    """Return a link of ours; a bracket in the address would end it early and show text of the feed's choosing."""
    return f"[{escaped}]({url.replace('(', '%28').replace(')', '%29')})"


# -- texts of ours ------------------------------------------------------------------------------
def code_spans(text: str) -> str:
    """Return a text of ours: what stands between backticks becomes code, all else literal."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    return "".join(f"`{piece}`" if number % 2 and piece else escape(piece) for number, piece in enumerate(pieces))


# -- forums -------------------------------------------------------------------------------------
def thread_name(message: Message) -> str:
    """Return what a forum shows as the post's title, or what a digest's thread is called. No markup is drawn there."""
    is_post = message.kind is MessageKind.POST and message.announcements and message.target is None
    say = message.say
    title = title_of(say, message.announcements[0]) if is_post else one_line(say.again(message.text))
    return fit(title, THREAD_NAME, as_it_is) or say("News")


def tags_for(announcements: tuple[Announcement, ...], tags: list[Json]) -> list[str]:
    """Return the ids of at most five of a forum's tags: those named after a topic of the posts."""
    wanted: dict[str, None] = {}
    for announcement in announcements:
        names = (*announcement.topics, *((announcement.topic,) if announcement.topic else ()))
        wanted |= dict.fromkeys(_folded(name) for name in names)
    return [str(tag["id"]) for tag in tags if _folded(str(tag.get("name") or "")) in wanted][:5]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", one_line(name).casefold())
