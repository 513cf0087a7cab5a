"""The menu of an announcement, the same in every chat: what it offers, and what a click on it means."""

from enum import StrEnum

from bot.domain.language import Language
from bot.domain.message import Announcement
from bot.domain.model import AnnouncementId
from bot.domain.reply import Button


class MenuVerb(StrEnum):
    WHY = "why"
    NOT_ABOUT = "not-about"
    MUTE_BLOG = "mute-blog"
    REMOVE = "remove"


def menu_of(announcement: Announcement, say: Language) -> tuple[Button, ...]:
    """Return the menu's entries; `Not about …` only where a topic brought the post."""
    entries = [(MenuVerb.WHY, say("Why?"))]
    if announcement.topic is not None:
        entries.append((MenuVerb.NOT_ABOUT, say("Not about {topic}", topic=announcement.topic)))
    entries += [(MenuVerb.MUTE_BLOG, say("Mute this blog")), (MenuVerb.REMOVE, say("Remove"))]
    return tuple(Button(label=label, action=f"{verb}:{announcement.id}") for verb, label in entries)


def read_menu_action(action: str) -> tuple[MenuVerb, AnnouncementId] | None:
    """Return what a click on a menu asks for, and of which announcement; None where it is no menu's."""
    verb, colon, announcement = action.partition(":")
    if not colon or not announcement or verb not in set(MenuVerb):
        return None
    return MenuVerb(verb), AnnouncementId(announcement)
