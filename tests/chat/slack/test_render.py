"""What Slack shows, one golden file per case, judged by the fake's rules, by slack_sdk's and by slackblocks."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block, RichTextBlock

from bot.chat.slack.render import Payload, render
from bot.chat.slack.text import units
from bot.domain.channels import ChannelOptions, Look
from bot.domain.message import Message, MessageKind
from tests.chat.slack.golden_files import check_golden
from tests.chat.slack.messages import message
from tests.chat.slack.slackblocks_judge import rebuilt, without_defaults
from tests.domain.announcements import PUBLISHED, announcement
from tests.fakes.slack.blocks import check_blocks, pings

FAMILY = "👨‍👩‍👧‍👦"
MENU_OFF = ChannelOptions(buttons="none")
CASES: dict[str, Message] = {
    "post": message(announcement(title="Large models, small machines", topics=("NLP", "AI"))),
    "angle-brackets": message(announcement(blog="<antirez>", title="vector<int> & <antirez>")),
    "channel-mention": message(announcement(title="<!channel> @channel <!here>", summary="<!everyone> @everyone")),
    "user-mention": message(announcement(title="Hi <@U0123ABCD>", blog="<!subteam^S1>")),
    "masked-link": message(announcement(title="<https://evil.example|bank.example>", summary="[x](javascript:a)")),
    "url-with-bar": message(announcement(url='https://blog.example/a|b>c<d?q="e f"')),
    "80000-characters": message(announcement(title="long " * 16_000, summary="word " * 16_000)),
    "emoji-at-the-cut": message(announcement(title=FAMILY * 60, summary=FAMILY * 300)),
    "right-to-left": message(announcement(title="שלום \u202eעולם\u202c", summary="مرحبا بالعالم")),
    "no-title": message(announcement(title="")),
    "no-title-no-link": message(announcement(title="", url=None)),
    "no-date": message(announcement(published=None)),
    "no-blog": message(announcement(blog=None)),
    "no-blog-no-date": message(announcement(blog=None, published=None)),
    "no-link": message(announcement(url=None)),
    "script-link": message(announcement(url="javascript:alert(1)")),
    "no-summary": message(announcement(summary="")),
    "no-topic": message(announcement(topics=(), topic=None)),
    "picture": message(announcement(image="https://blog.example/a.png")),
    "picture-off": message(announcement(image="https://blog.example/a.png"), options=ChannelOptions(images="off")),
    "also-at": message(announcement(also_at=("Lobsters <3", "Hacker News"))),
    "views": message(announcement(views=12)),
    "title-only": message(announcement(), options=ChannelOptions(look=Look.TITLE_ONLY)),
    "compact": message(announcement(), options=ChannelOptions(look=Look.COMPACT)),
    "template": message(
        announcement(title="<!channel> *new*", blog=None, author=None),
        options=ChannelOptions(template="{title} by {author|somebody} at {blog|<a blog>}", buttons="none"),
    ),
    "buttons-full": message(announcement(), options=ChannelOptions(buttons="full")),
    "buttons-none": message(announcement(), options=MENU_OFF),
    "plain": message(announcement(title="<b> & co"), plain=True),
    "digest-of-20": message(
        *(announcement(n, published=PUBLISHED - timedelta(hours=n)) for n in range(20)),
        kind=MessageKind.DIGEST,
        text="20 posts about NLP",
    ),
    "digest-plain": message(*(announcement(n) for n in range(3)), text="3 posts", plain=True),
    "notice": message(text="<antirez> could not be read since Monday: type `/tidings feeds status`."),
}


@pytest.mark.parametrize("case", CASES)
def test_a_message_looks_as_agreed(case: str) -> None:
    payload = render(CASES[case])

    check_golden(case, {"text": payload.text, "blocks": list(payload.blocks)})
    judge(payload)


def judge(payload: Payload) -> None:
    """Refuse what Slack would refuse, and whatever pings anybody."""
    blocks = [json.loads(json.dumps(block)) for block in payload.blocks]

    assert check_blocks(blocks) == []
    assert pings(payload.text, blocks) == []
    assert payload.text
    assert units(payload.text) <= 40_000
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None, block
        parsed.validate_json()
        if block["type"] != "rich_text":
            assert not isinstance(parsed, RichTextBlock)


hostile = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            [
                "<!channel>",
                "<@U1>",
                "@here",
                "&amp;",
                "<https://e.example|x>",
                "|",
                ">",
                "`",
                "*",
                "_",
                FAMILY,
                "\u202e",
                "\n",
            ]
        ),
        max_size=60,
    ).map("".join),
)


@given(
    title=hostile,
    blog=st.none() | hostile,
    summary=hostile,
    url=st.none() | hostile.map(lambda text: f"https://blog.example/{text}") | hostile,
    plain=st.booleans(),
)
def test_no_feed_can_ping_or_break_a_message(
    title: str, blog: str | None, summary: str, url: str | None, plain: bool
) -> None:
    judge(render(message(announcement(title=title, blog=blog, summary=summary, url=url, image=url), plain=plain)))


def test_a_large_digest_says_what_it_leaves_out() -> None:
    many = render(message(*(announcement(n) for n in range(1300)), text="1300 posts"))

    judge(many)
    assert "100 more" in json.dumps(many.blocks[-1])


def test_an_edit_looks_like_the_post() -> None:
    post = CASES["post"]

    assert render(replace(post, kind=MessageKind.EDIT)) == render(post)


def test_slackblocks_builds_the_same_blocks() -> None:
    """An implementation of Block Kit by others, given the same words, writes the same JSON."""
    kinds = Counter[str]()
    for case in CASES.values():
        for block in render(case).blocks:
            theirs = rebuilt(block)
            kinds[block["type"]] += theirs is not None
            assert theirs is None or theirs == without_defaults(block)

    assert {"section", "context", "actions", "header", "rich_text"} <= set(kinds)
    assert all(kinds.values())


def test_ones_own_words_lead_to_where_clicks_are_counted() -> None:
    counted = replace(announcement(title="Large models"), counted="https://news.example/r/1")

    shown = render(message(counted, options=ChannelOptions(template="{title}!")))

    assert "https://news.example/r/1" in json.dumps(shown.blocks)
