"""Lists of feeds."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import UsageError
from bot.feeds.opml import looks_like_opml, read_opml, write_opml

LIST = b"""<?xml version="1.0"?><opml version="1.0"><head><title>mine</title></head><body>
<outline text="Databases"><outline text="&lt;antirez&gt;" type="rss" xmlUrl="http://antirez.com/rss" htmlUrl="http://antirez.com/"/>
<outline text="again" xmlUrl="http://antirez.com/rss"/></outline>
<outline title="Simon" xmlURL="https://simonwillison.net/atom/everything/"/>
<outline text="broken" xmlUrl="javascript:alert(1)"/><outline text="an empty folder"/>
</body></opml>"""


def test_a_list_is_read_with_its_folders_each_address_once() -> None:
    found = read_opml(LIST)

    assert looks_like_opml(LIST)
    assert [(one.url, one.title, one.folders) for one in found] == [
        ("http://antirez.com/rss", "<antirez>", ("Databases",)),
        ("https://simonwillison.net/atom/everything/", "Simon", ()),
        (None, "broken", ()),
    ]
    assert found[0].site == "http://antirez.com/"


def test_a_list_that_is_written_can_be_read_again() -> None:
    feeds = [
        ("https://a.example/feed?a=1&b=2", '"A" & <B>', None),
        ("https://b.example/", None, "https://b.example/home"),
    ]

    found = read_opml(write_opml(feeds).encode())

    assert [(one.url, one.title, one.site) for one in found] == [
        ("https://a.example/feed?a=1&b=2", '"A" & <B>', None),
        ("https://b.example/", "https://b.example/", "https://b.example/home"),
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<opml><body>", "not well-formed"),
        (b"<rss/>", "not an OPML list"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "entities"),
        (b"<opml>" + b'<outline text="x">' * 60 + b"</outline>" * 60 + b"</opml>", "nested"),
        (b" " * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (b"", "not well-formed"),
    ],
)
def test_a_bad_list_is_refused_in_a_sentence(body: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_opml(body)


MARKUP = st.text(max_size=300).map(lambda text: f"<opml>{text}</opml>".encode("utf-8", "replace"))


@given(st.binary(max_size=300) | MARKUP)
def test_no_list_makes_the_reader_raise_anything_else(body: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(read_opml(body), list)
