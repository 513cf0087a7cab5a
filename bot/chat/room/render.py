"""Messages and replies as the JSON the page shows. All text stays text: the page never reads any of it as HTML."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.channels import ChannelOptions, Look
from bot.domain.language import Language
from bot.domain.menu import menu_of
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.reply import Button, Field, Form, Reply
from bot.domain.room import RoomMessage
from bot.domain.templates import fill_template

Json = dict[str, Any]


def render(message: Message) -> Json:
    """Return a message's body."""
    cards = [card(message.say, announcement, message.options) for announcement in message.announcements]
    if message.kind is MessageKind.NOTICE or not cards:
        return {"kind": "notice", "title": message.say.again(message.text)}
    if message.kind is MessageKind.DIGEST or len(cards) > 1:
        return {"kind": "digest", "title": message.say.again(message.text), "items": cards}
    menu = [button(each) for each in menu_of(message.announcements[0], message.say)]
    places = {"menu": "menu", "full": "actions"}
    offered = {place: menu for buttons, place in places.items() if message.options.buttons == buttons}
    return {"kind": "post", **cards[0], **offered}


def card(say: Language, announcement: Announcement, options: ChannelOptions) -> Json:
    """Return one story: what every place that lists posts shows of it."""
    post = announcement.post
    shown: Json = {
        "announcement": announcement.id,
        "post": post.id,
        "title": post.title,
        "url": safe_url(announcement.link),
        "blog": announcement.blog,
        "author": post.author,
        "topics": list(announcement.topics),
        "topic": announcement.topic,
        "summary": _summary(announcement, options),
        "published": iso(post.published),
        "also_at": list(announcement.also_at),
    }
    if announcement.views is not None:
        shown["views"] = announcement.views
        shown["views_text"] = say.plural("{number} view", "{number} views", announcement.views)
    return shown


def _summary(announcement: Announcement, options: ChannelOptions) -> str:
    """Return what stands under the title: the channel's own words where it has a template."""
    if options.template:
        return fill_template(options.template, announcement)
    return "" if options.look is Look.TITLE_ONLY else announcement.post.summary


def in_api(message: RoomMessage, address: str) -> Json:
    """Return a message as the API lists it: every key the API promises is there, whatever the kind."""
    promised: Json = {"title": "", "url": None, "blog": None, "topics": [], "summary": "", "published": None}
    return {
        "id": message.ref,
        "channel": address,
        "order": message.order,
        "shown": iso(message.created_at),
        **promised,
        **message.body,
    }


def reply(answer: Reply) -> Json:
    """Return an answer to one person."""
    return {
        "text": answer.text,
        "posts": [card(answer.say, announcement, ChannelOptions()) for announcement in answer.posts],
        "buttons": [button(each) for each in answer.buttons],
        "form": form(answer.form) if answer.form else None,
        "public": answer.public,
        "replace": answer.replace,
    }


def button(each: Button) -> Json:
    return {"label": each.label, "action": each.action, "style": each.style, "url": safe_url(each.url)}


def form(asked: Form) -> Json:
    fields = [field(each) for each in asked.fields]
    return {"title": asked.title, "action": asked.action, "submit": asked.submit, "fields": fields}


def field(each: Field) -> Json:
    return {
        "name": each.name,
        "label": each.label,
        "value": each.value,
        "hint": each.hint,
        "choices": [{"value": choice.value, "label": choice.label} for choice in each.choices],
        "many": each.many,
        "required": each.required,
    }


def safe_url(url: str | None) -> str | None:
    """Return *url* where a browser may open it; a script dressed as a link is none."""
    return url if url and urlsplit(url).scheme.lower() in {"http", "https"} else None


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
