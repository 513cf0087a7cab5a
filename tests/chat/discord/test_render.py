"""What people see on Discord: a golden file for every case, and the limits for any text at all."""

from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.discord.render import render, tags_for, thread_name, web_address
from bot.chat.discord.text import escape, escape_all, fit, units
from bot.domain.message import Message
from tests.chat.discord.cases import CHANNEL, MESSAGES, one, sent
from tests.fakes.discord.mentions import woken
from tests.fakes.discord.message_form import check_message
from tests.golden import assert_golden
from tests.posts import announcement

GOLDEN = Path(__file__).parent / "golden"
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=400)
MARKUP = st.text(st.sampled_from("*_~|`<>[]()@#&!:/-+1.2)t\\ \nhttps://a.b_c\u202e\u200b😀\u0301"), max_size=300)
# Unescaped, each of these would begin markup.
LIVE = regex.compile(r"(?<!\\)(?:\\\\)*([`*~|<\[\]@])")


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_looks_as_its_golden_file(name: str) -> None:
    assert_golden(GOLDEN / f"{name}.json", render(MESSAGES[name]))


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_within_every_limit_and_wakes_nobody_unasked(message: Message) -> None:
    body = render(message)

    check_message(body)
    assert woken(body) == (["role:7"] if message.mention == "7" and "content" in body else [])


def test_golden_files_are_of_cases_that_exist() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(MESSAGES)


@given(title=MARKUP | ANY_TEXT, summary=MARKUP | ANY_TEXT, blog=MARKUP | ANY_TEXT, url=MARKUP | ANY_TEXT)
def test_any_post_is_within_the_limits(title: str, summary: str, blog: str, url: str) -> None:
    post = one(blog=blog, title=title * 20, summary=summary * 20, url=f"https://a.example/{url}", image=url)
    for message in (sent(post), sent(*[post] * 25, text=title), sent(post, plain=True)):
        body = render(message)
        check_message(body)
        assert woken(body) == []


@given(text=MARKUP | ANY_TEXT)
def test_nothing_escaped_is_markup(text: str) -> None:
    escaped = escape_all(text)

    assert not LIVE.search(escaped)
    assert shown(escaped) == text


@given(text=MARKUP | ANY_TEXT)
def test_an_address_that_stays_whole_holds_no_markup(text: str) -> None:
    for word in regex.split(r"\s", escape(text)):
        if not word.startswith(("http://", "https://")):
            assert not LIVE.search(word), word
        else:
            assert not regex.search(r"[`*|<\[\]]", regex.sub(r"\\[^0-9A-Za-z\s]", "", word)), word


def shown(escaped: str) -> str:
    """What Discord draws: a backslash before punctuation vanishes."""
    return regex.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped)


@given(text=MARKUP | ANY_TEXT, most=st.integers(1, 60))
def test_a_cut_fits_and_splits_no_grapheme(text: str, most: int) -> None:
    cut = fit(text, most)

    assert units(cut) <= max(most, 1)
    if units(escape(text)) > most and cut != "…":
        kept = shown(cut).removesuffix("…")
        graphemes = regex.findall(r"\X", text)
        assert any(kept == "".join(graphemes[:n]).rstrip() for n in range(len(graphemes) + 1))


@pytest.mark.parametrize(
    ("url", "sent_as"),
    [
        ("https://example.com/a b", None),
        ("//example.com", None),
        ("https://", None),
        ("https://[::1", None),
        ("ftp://example.com", None),
        ("https://example.com\\@evil.example", None),
        ("https://user@evil.example/", None),
        ("HTTPS://Example.com/A", "https://Example.com/A"),
        ("https://münchen.example:8443/ä?ö#ü", "https://xn--mnchen-3ya.example:8443/%C3%A4?%C3%B6#%C3%BC"),
        ("https://example.com/%41?a=1&b=[2]", "https://example.com/%41?a=1&b=[2]"),
    ],
)
def test_only_web_addresses_become_links(url: str, sent_as: str | None) -> None:
    assert web_address(url) == sent_as


def test_a_forum_post_gets_the_tags_named_after_its_topics() -> None:
    tags: list[dict[str, Any]] = [
        {"id": "1", "name": "nlp"},
        {"id": "2", "name": "Large language-models"},
        {"id": "3", "name": "news"},
    ]
    posts = (announcement(topics=("NLP", "Large Language Models")),)

    assert tags_for(posts, tags) == ["1", "2"]
    assert len(tags_for(posts, [{"id": str(n), "name": "NLP"} for n in range(9)])) == 5


def test_a_forum_posts_name_is_the_title_as_it_is() -> None:
    assert thread_name(sent(one(title="*x* <antirez>"))) == "*x* <antirez>"
    assert units(thread_name(sent(one(title="😀" * 200)))) <= 100
    assert thread_name(sent(one(title=" \n"))) == "blog.example"
    assert CHANNEL.platform == "discord"
