"""What the id of a button or a form says besides its action: another channel than the one it is in, a page of a form.

A button lives where its person is; what it is about may be elsewhere: a forum, in which nothing can be typed, or the
channel above a thread. Ids come back as they were sent, and are trusted no more than anything typed.
"""

import re
from dataclasses import dataclass, replace

from bot.domain.reply import Button, Field, Form, Reply

AIM = re.compile(r"(?:@(\d{1,20}) )?(?:page (\d) )?(.*)", re.DOTALL)
#: A modal holds no more.
MOST_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Aim:
    action: str
    #: None: the channel in which it is pressed.
    channel: int | None = None
    #: Of a form that is too long for a modal; None for all else.
    page: int | None = None

    def __str__(self) -> str:
        at = "" if self.channel is None else f"@{self.channel} "
        page = "" if self.page is None else f"page {self.page} "
        return f"{at}{page}{self.action}"


def aim_of(custom_id: str) -> Aim:
    """Return what an id aims at."""
    channel, page, action = (AIM.fullmatch(custom_id) or AIM.match("")).groups()  # type: ignore[union-attr]
    return Aim(action, int(channel) if channel else None, int(page) if page else None)


def aimed(reply: Reply, channel: int | None) -> Reply:
    """Return *reply* with its buttons and its form aiming at *channel*."""
    if channel is None:
        return reply
    buttons = tuple(
        replace(each, action=str(Aim(each.action, channel))) if each.action else each for each in reply.buttons
    )
    form = reply.form and replace(reply.form, action=str(Aim(reply.form.action, channel)))
    return replace(reply, buttons=buttons, form=form)


def pages_of(form: Form) -> tuple[tuple[Field, ...], ...]:
    """Return the fields as modals show them: a group at a time, where they are too many for one."""
    if len(form.fields) <= MOST_FIELDS:
        return (form.fields,)
    groups = dict.fromkeys(field.group for field in form.fields)
    return tuple(tuple(field for field in form.fields if field.group == group) for group in groups)


def paged(reply: Reply, page: int | None) -> Reply:
    """Return *reply* as a modal can show it: one page of its form, or its text with a button for each page."""
    form = reply.form
    if form is None or len(pages := pages_of(form)) == 1:
        return reply
    if page is not None and page < len(pages):
        title = f"{form.title}: {pages[page][0].group}"
        return replace(reply, form=replace(form, title=title, fields=pages[page]))
    aim = aim_of(form.action)
    buttons = tuple(
        Button(label=fields[0].group, action=str(replace(aim, page=number))) for number, fields in enumerate(pages)
    )
    return replace(reply, form=None, buttons=(*reply.buttons, *buttons))
