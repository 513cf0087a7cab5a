"""A post that its feed changed: what is noticed, and which stored post it is."""

from collections.abc import Sequence

import pytest

from bot.domain.fetched import ParsedPost
from bot.domain.identity import judge, keys_of
from bot.domain.model import PostId
from bot.domain.revising import Returned, Revision, Stored, revisions
from tests.clock import START

ONE = Stored(id=PostId("1"), title="A typpo", url="https://blog.example/one")
TWO = Stored(id=PostId("2"), title="Another", url="https://blog.example/two")


def parsed(
    title: str, url: str | None = "https://blog.example/one", guid: str | None = "g1", text: str = ""
) -> ParsedPost:
    return ParsedPost(guid=guid, url=url, title=title, summary="", text=text, published=START)


def returned(before: Sequence[ParsedPost], after: Sequence[ParsedPost], *, first: bool = False) -> Sequence[Returned]:
    seen = {key for keys in keys_of(before) for key in keys.all()}
    last = None if first else START
    verdict = judge(after, keys_of(after), seen=seen, window=len(after), last_good_poll=last, now=START)
    assert first or not verdict.found
    return verdict.returned


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (parsed("A typo"), [Returned(title="A typo", url="https://blog.example/one", retitled=True)]),
        (
            parsed("A typpo", url="https://blog.example/1"),
            [Returned(title="A typpo", url="https://blog.example/1", retitled=False)],
        ),
        (parsed("A typpo", text="And more."), []),
        (parsed("A typpo", url="http://www.blog.example/one/?utm_source=rss"), []),
        (parsed("A TYPPO"), []),
        # A link that a page's articles take turns with names none of them.
        (parsed("A typo", guid=None), []),
    ],
    ids=["title", "link", "text", "link, as people count", "case", "no guid"],
)
def test_a_known_post_returns_where_its_title_or_link_is_new(after: ParsedPost, expected: list[Returned]) -> None:
    assert list(returned([parsed("A typpo")], [after])) == expected


def test_a_link_that_posts_share_is_not_given_on() -> None:
    before = [parsed("A typpo"), parsed("Another", guid="g2")]

    assert [one.url for one in returned(before, [parsed("A typo"), before[1]])] == [None]


@pytest.mark.parametrize(
    ("stored", "came", "expected"),
    [
        (
            [ONE, TWO],
            Returned(title="A typo", url="http://blog.example/one/", retitled=True),
            [Revision(post=ONE.id, title="A typo", url=ONE.url)],
        ),
        (
            [ONE, TWO],
            Returned(title="A typpo", url="https://blog.example/1", retitled=False),
            [Revision(post=ONE.id, title="A typpo", url="https://blog.example/1")],
        ),
        ([TWO], Returned(title="A typo", url="https://blog.example/one", retitled=True), []),
        ([ONE, ONE], Returned(title="A typo", url=ONE.url, retitled=True), []),
        ([ONE], Returned(title="A typo", url=None, retitled=True), []),
        ([ONE], Returned(title="A typpo", url=ONE.url, retitled=False), []),
    ],
    ids=["title", "link", "not stored", "two such", "no link to find it by", "as it is"],
)
def test_what_stayed_finds_the_one_stored_post(stored: list[Stored], came: Returned, expected: list[Revision]) -> None:
    assert revisions(stored, [came]) == expected
