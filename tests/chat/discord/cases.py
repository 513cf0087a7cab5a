"""Posts that broke other bots, and messages of every kind: each has a golden file beside this one."""

from dataclasses import replace
from typing import Any

from bot.domain.channels import ChannelOptions, Look
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.model import Channel, MessageRef
from tests.posts import announcement, message

CHANNEL = Channel(platform="discord", workspace="100", id="200")
ZALGO = "Z" + "\u0301\u0302\u0303\u0304\u0305\u0306" + "algo"
FAMILY = "👨‍👩‍👧‍👦"


def one(blog: str | None = "Example Blog", **changes: Any) -> Announcement:
    return announcement(1, blog=blog, **changes)


def sent(*announcements: Announcement, **changes: Any) -> Message:
    return message(CHANNEL, *announcements, **changes)


HOSTILE: dict[str, Announcement] = {
    "antirez": one(blog="<antirez>", title="Redis <3 vector<int> & <b>bold</b>", summary="5 < 6 > 4 &amp; <i>x</i>"),
    "mentions": one(blog="@everyone", title="@here <@&1> <@1> <#1>", summary="@everyone <@!1> <@&1> <#2> <id:browse>"),
    "slack_mentions": one(blog="<!channel>", title="<!here|x>", summary="<!subteam^S1> <https://a.example|b>"),
    "commands_and_times": one(title="</cmd:1> <t:0:R>", summary="</subscribe:1> <t:0:R> <:a:1> <a:b:2>"),
    "masked_links": one(
        title="[free](https://evil.example)",
        summary="http://a[http://b.example](http://evil.example) [a\nb](https://evil.example) [x](javascript:alert(1))",
    ),
    "markdown": one(
        title="*bold* _it_ __u__ ~~s~~ ||spoiler|| `code`",
        summary="**b** ***bi*** a_b_c ```py\nprint()\n``` ||x|| \\*not\\* \\",
    ),
    "line_starts": one(title="# Heading", summary="# a"),
    "list_starts": one(title="1. First", summary="- a"),
    "quote_starts": one(title="> quote", summary=">>> all of it"),
    "subtext": one(title="-# small", summary="* star 2) two"),
    "underscores_in_address": one(summary="See https://example.com/a_b_c?x=1&y=(2) and https://example.com/a_b_c."),
    "invisible": one(title="\u202eevil\u202c\u200b \u2066x\u2069 \u00adsoft", summary="\x00a\x1bb\x7f\ufeff"),
    "zalgo": one(title=ZALGO * 30, summary=ZALGO),
    "emoji_cut": one(title=FAMILY * 200, summary=FAMILY * 200),
    "long_title": one(title="word " * 200, summary="s" * 5000),
    "all_escaped": one(title="*" * 1000, summary="`" * 1000),
    "nothing": one(blog=None, title="", summary="", url=None, published=None, topics=()),
    "no_title": one(title=""),
    "no_date": one(published=None),
    "no_blog": one(blog=None),
    "no_link": one(url=None),
    "80000_characters": one(title="A word and " * 7_300, summary="Another sentence. " * 4_500),
    "blank": one(blog=" \u200b ", title=" \n ", summary="\u2060"),
    "bad_link": one(url="javascript:alert(1)", image="data:image/png;base64,AAAA"),
    "link_with_user": one(url="https://user:secret@example.com/"),
    "link_with_brackets": one(url="https://example.com/a(b)[c]|d<e>"),
    "long_link": one(url="https://example.com/" + "a" * 2100, image="https://example.com/" + "b" * 2100),
    "foreign_host": one(url="https://bücher.example/straße?q=ä", blog="Bücher"),
    "picture": one(image="https://example.com/a.png"),
    "right_to_left": one(blog="مدونة", title="عنوان المقال", summary="نص المقال."),
    "many_topics": one(topics=tuple(f"Topic {n}" for n in range(400))),
    "also_and_views": replace(one(), also_at=("Other <b>", "Third"), views=1234),
    "one_view": replace(one(), views=1),
}

MESSAGES: dict[str, Message] = {
    **{name: sent(case) for name, case in HOSTILE.items()},
    "buttons_full": sent(one(), options=ChannelOptions(buttons="full")),
    "buttons_none": sent(one(), options=ChannelOptions(buttons="none")),
    "no_topic_menu": sent(one(topics=())),
    "compact": sent(one(image="https://example.com/a.png"), options=ChannelOptions(look=Look.COMPACT)),
    "title_only": sent(one(image="https://example.com/a.png"), options=ChannelOptions(look=Look.TITLE_ONLY)),
    "images_off": sent(one(image="https://example.com/a.png"), options=ChannelOptions(images="off")),
    "no_summary_wanted": sent(one(), options=ChannelOptions(summary_length=0)),
    "short_summary": sent(
        one(summary="One sentence. Another sentence follows here."), options=ChannelOptions(summary_length=30)
    ),
    "role": sent(one(title="<@&5>"), mention="7"),
    "role_that_is_none": sent(one(), mention="everyone"),
    "silent": sent(one(), silent=True),
    "plain": sent(one(title="*x*"), plain=True),
    "template": sent(
        one(title="<@&1> *x*", author=None),
        options=ChannelOptions(template="{title} by {author|somebody}\n{url} on {date}: # {summary}"),
    ),
    "template_of_nothing": sent(one(author=None), options=ChannelOptions(template="{author}")),
    "edit": sent(one(), kind=MessageKind.EDIT, target=MessageRef("5"), mention="7", silent=True),
    "notice": sent(
        kind=MessageKind.NOTICE, text="The blog *x* at <https://a.example> fails. `/tidings status` says why."
    ),
    "digest": sent(*(announcement(n) for n in range(1, 4)), text="3 new posts about NLP", silent=True),
    "digest_of_20": sent(*(announcement(n) for n in range(20)), text="20 new posts about NLP"),
    "digest_hostile": sent(*HOSTILE.values(), text="Posts about <@&1> *stars*"),
    "digest_long": sent(
        *(
            announcement(n, title="A long title about things " * 6, url=f"https://example.com/{n}/" + "x" * 90)
            for n in range(25)
        ),
        text="25 new posts",
    ),
    "digest_huge_links": sent(
        *(announcement(n, url=f"https://example.com/{n}/" + "x" * 2000) for n in range(25)), text="25 new posts"
    ),
    "digest_views": sent(replace(announcement(1), views=7), announcement(2, blog=None, published=None), text="Two"),
}
