"""What is news and what is not: every way in which feeds change without saying anything new."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.fetched import ParsedPost
from bot.domain.identity import Fate, believed_date, judge, keys_of, offered

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Document = Sequence[ParsedPost]


def post(number: int, **changes: object) -> ParsedPost:
    """An article of a well-kept blog."""
    made = ParsedPost(
        guid=f"id-{number}",
        url=f"https://blog.example/{number}",
        title=f"Article {number} about things",
        summary="",
        text=f"What article {number} says.",
        published=START - DAY * 30 + number * HOUR,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def blog(first: int, last: int, **changes: object) -> list[ParsedPost]:
    return [post(number, **changes) for number in range(last, first - 1, -1)]


class Follower:
    """Reads one feed's documents one after the other, an hour apart, and remembers keys as the store does."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.now = START
        self.last_good: datetime | None = None

    def read(self, document: Document) -> list[tuple[str, Fate]]:
        keys = keys_of(document)
        known = self.seen & offered(keys)
        verdict = judge(document, keys, seen=known, window=len(document), last_good_poll=self.last_good, now=self.now)
        self.seen |= verdict.keys
        self.last_good = self.now
        self.now += HOUR
        return [(found.post.title, found.fate) for found in verdict.found]

    def news(self, document: Document) -> list[str]:
        return [title for title, fate in self.read(document) if fate is not Fate.KNOWN]


def fresh(number: int, **changes: object) -> ParsedPost:
    """An article dated within the last days."""
    return post(number, published=START - HOUR, **changes)


def test_a_first_poll_announces_nothing() -> None:
    found = Follower().read([fresh(1), *blog(2, 5)])

    assert {fate for _, fate in found} == {Fate.KNOWN}
    assert len(found) == 5


def test_a_new_article_is_news_once() -> None:
    reader = Follower()
    reader.read(blog(1, 5))

    assert reader.news([fresh(6), *blog(1, 5)]) == ["Article 6 about things"]
    assert reader.news([fresh(6), *blog(1, 5)]) == []


def _address(poll: int, one: ParsedPost) -> str:
    return f"http{'s' * (poll % 2)}://blog.example/{(one.url or '').rpartition('/')[2]}"


Change = Callable[[int, ParsedPost], ParsedPost]
#: What happens to every post of an otherwise unchanged feed at every poll.
NO_NEWS: dict[str, Change] = {
    "guid_random": lambda poll, one: replace(one, guid=f"random-{poll}-{one.guid}"),
    "guid_and_query_random": lambda poll, one: replace(
        one, guid=f"random-{poll}-{one.guid}", url=f"{one.url}?utm_source=x{poll}&sid={poll}"
    ),
    "guid_gone": lambda poll, one: replace(one, guid=None),
    "title_edit": lambda poll, one: replace(one, title=f"{one.title}, edited {poll} times", text=f"New text {poll}."),
    "link_edit": lambda poll, one: replace(one, url=f"https://blog.example/{poll}/{one.guid}"),
    "date_touch": lambda poll, one: replace(one, published=START + poll * HOUR),
    "date_bad": lambda poll, one: replace(one, published=None),
    "scheme_move": lambda poll, one: replace(one, url=f"http://www.blog.example/{(one.guid or '')[3:]}/", guid=None),
    "guid_is_link_scheme_move": lambda poll, one: replace(one, url=_address(poll, one), guid=_address(poll, one)),
    "domain_move": lambda poll, one: replace(
        one, guid=f"https://new{poll}.example/{one.guid}", url=f"https://new{poll}.example/{one.guid}"
    ),
    "replatform": lambda poll, one: replace(
        one, guid=f"urn:{poll}:{one.guid}", url=f"https://blog.example/p/{poll}{one.guid}"
    ),
    "replatform_without_dates": lambda poll, one: replace(
        one, guid=f"urn:{poll}:{one.guid}", url=f"https://blog.example/p/{poll}{one.guid}", published=None
    ),
    "no_guid": lambda poll, one: replace(one, guid=None),
    "no_link": lambda poll, one: replace(one, url=None),
    "only_title_and_text": lambda poll, one: replace(one, guid=None, url=None, published=None),
    "front_page_link": lambda poll, one: replace(one, url="https://blog.example/"),
    "tracking": lambda poll, one: replace(one, url=f"{one.url}?utm_campaign=c{poll}&fbclid={poll}&ref=rss", guid=None),
}


@pytest.mark.parametrize("case", NO_NEWS)
def test_a_feed_that_changes_without_news_announces_nothing(case: str) -> None:
    reader = Follower()
    reader.read([NO_NEWS[case](0, one) for one in blog(1, 20)])

    for poll in range(1, 6):
        assert reader.news([NO_NEWS[case](poll, one) for one in blog(1, 20)]) == []


@pytest.mark.parametrize("case", [case for case in NO_NEWS if case != "replatform_without_dates"])
def test_an_article_of_a_feed_that_changes_is_announced_once(case: str) -> None:
    reader = Follower()
    reader.read([NO_NEWS[case](0, one) for one in blog(1, 20)])

    counts = [len(reader.news([NO_NEWS[case](poll, one) for one in [fresh(21), *blog(2, 20)]])) for poll in range(1, 5)]

    assert counts == [1, 0, 0, 0]


def test_a_guid_that_is_used_again_hides_no_article() -> None:
    reader = Follower()
    reader.read([post(1, guid="the-only-guid")])

    for number in range(2, 6):
        assert reader.news([fresh(number, guid="the-only-guid")]) == [f"Article {number} about things"]
        assert reader.news([fresh(number, guid="the-only-guid")]) == []


def test_a_link_that_all_posts_share_hides_no_article() -> None:
    reader = Follower()
    same = "https://blog.example/changelog"
    reader.read([replace(one, url=same) for one in blog(1, 3)])

    for number in range(4, 8):
        document = [replace(one, url=same) for one in [fresh(number), *blog(1, number - 1)]]
        assert reader.news(document) == [f"Article {number} about things"]


def test_a_link_that_each_single_post_has_hides_no_article() -> None:
    reader = Follower()
    same = "https://blog.example/now"
    reader.read([post(1, url=same)])

    assert reader.news([fresh(2, url=same)]) == ["Article 2 about things"]
    assert reader.news([fresh(3, url=same)]) == ["Article 3 about things"]


def test_fragments_tell_the_posts_of_one_page_apart() -> None:
    reader = Follower()
    reader.read(
        [post(1, guid=None, url="https://blog.example/log#1"), post(2, guid=None, url="https://blog.example/log#2")]
    )

    assert reader.news([fresh(3, guid=None, url="https://blog.example/log#3")]) == ["Article 3 about things"]


def test_posts_that_vanish_and_return_are_not_news() -> None:
    reader = Follower()
    reader.read(blog(1, 10))

    assert reader.news(blog(8, 10)) == []
    assert reader.news([]) == []
    assert reader.news(blog(1, 10)) == []


def test_order_does_not_matter() -> None:
    reader = Follower()
    reader.read(blog(1, 10))

    assert reader.news(sorted(blog(1, 10), key=lambda one: hash(one.guid))) == []


def test_two_backends_with_other_guids_announce_each_article_once() -> None:
    reader = Follower()
    one = [replace(each, guid=f"a-{each.guid}") for each in blog(1, 3)]
    other = [replace(each, guid=f"b-{each.guid}") for each in [fresh(4), *blog(1, 3)]]
    reader.read(one)

    assert [reader.news(document) for document in (other, one, other, one)] == [["Article 4 about things"], [], [], []]


def test_an_older_article_that_slides_into_the_window_is_not_news() -> None:
    reader = Follower()
    reader.read(blog(5, 10))

    assert reader.news(blog(4, 9)) == []


def test_old_articles_added_later_are_known_and_not_announced() -> None:
    reader = Follower()
    reader.read(blog(1, 10))

    found = reader.read([*blog(1, 10), *(post(100 + n, published=datetime(2015, 1, 1, tzinfo=UTC)) for n in range(50))])

    assert [fate for _, fate in found] == [Fate.KNOWN] * 50


def test_a_burst_of_news_is_all_news() -> None:
    reader = Follower()
    reader.read(blog(1, 20))

    assert len(reader.news([*(fresh(100 + n) for n in range(500)), *blog(1, 20)])) == 500


def test_what_was_missed_in_an_outage_is_late_and_not_lost() -> None:
    reader = Follower()
    reader.read(blog(1, 3))
    reader.now += 30 * DAY

    found = reader.read([post(4, published=START + 10 * DAY), post(5, published=reader.now - HOUR), *blog(1, 3)])

    assert [fate for _, fate in found] == [Fate.LATE, Fate.ANNOUNCE]


def test_a_re_issued_feed_still_brings_its_news() -> None:
    reader = Follower()
    reader.read([replace(one, published=None) for one in blog(1, 20)])
    moved = [
        replace(one, published=None, guid=f"new-{one.guid}", url=f"https://n.example/{one.guid}") for one in blog(1, 20)
    ]

    assert reader.news([fresh(21), *moved]) == ["Article 21 about things"]


def test_a_date_years_ahead_is_no_date_and_blocks_nothing() -> None:
    reader = Follower()
    reader.read(blog(1, 3))

    assert reader.news([post(4, published=START + 3650 * DAY), *blog(1, 3)]) == ["Article 4 about things"]
    assert reader.news([fresh(5), post(4, published=START + 3650 * DAY), *blog(1, 3)]) == ["Article 5 about things"]
    assert believed_date(START + 3650 * DAY, START) is None
    assert believed_date(START + HOUR, START) == START


def test_an_article_that_stands_twice_in_a_document_is_one() -> None:
    reader = Follower()
    reader.read(blog(1, 3))

    assert reader.news([fresh(4), fresh(4), *blog(1, 3)]) == ["Article 4 about things"]
    assert reader.news([fresh(4), fresh(4), *blog(1, 3)]) == []


NUMBERS = st.lists(st.integers(1, 30), max_size=30)


@given(st.lists(NUMBERS, min_size=1, max_size=6))
def test_no_article_is_ever_announced_twice(documents: list[list[int]]) -> None:
    reader = Follower()
    announced = [title for document in documents for title in reader.news([fresh(number) for number in document])]

    assert len(announced) == len(set(announced))


@given(NUMBERS, NUMBERS)
def test_every_article_that_was_not_there_is_news(before: list[int], after: list[int]) -> None:
    reader = Follower()
    reader.read([fresh(number) for number in before])

    news = reader.news([fresh(number) for number in after])

    assert sorted(news) == sorted(f"Article {number} about things" for number in set(after) - set(before))
