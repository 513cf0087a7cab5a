"""The query language: what it means, and what is said where it cannot be read."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import UsageError
from bot.domain.model import FeedId, Post, PostId
from bot.domain.query_text import MOST_PARTS, UnreadableQuery, parse_filters, parse_query
from bot.domain.seen import Blog, Seen

BLOG = Blog(id=FeedId(1), host="blog.example.com", title="Jane's Databases")
POST = Post(
    id=PostId("p"),
    feed_id=BLOG.id,
    title="Postgres 18 release notes",
    url=None,
    summary="",
    text="How autovacuum-tuning works on PostgreSQL. Go is not go; open-source databases…",
    author="Jane Doe",
    categories=("Data Bases",),
    language="en-GB",
    first_seen=datetime(2026, 11, 1, tzinfo=UTC),
)
SEEN = Seen(POST, BLOG)
NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    "query",
    [
        "postgres",
        "POSTGRES",
        "postgres 18",
        "postgres AND 18",
        "mysql OR postgres",
        "mysql OR (postgres AND autovacuum)",
        '"release notes"',
        "“release notes”",
        '"open source"',
        "database",
        "auto*",
        "autovacuum",
        "=Go",
        "=go",
        "-mysql",
        "NOT mysql",
        "postgres -mysql",
        'title:"release note"',
        "title: 18",
        "author:jane",
        'author:"Jane Doe"',
        "feed:example.com",
        "feed:https://www.blog.example.com/feed.xml",
        "feed:databases",
        "lang:en",
        "lang:EN-gb",
        'category:"data bases"',
        "re:/vacuum.tun/",
        're:"postgres \\d+"',
        "re:GRES",
        "re:/notes\\n/",
        "NOT (mysql OR oracle)",
        "NOT NOT postgres",
        "ORACLE OR ANDROID OR postgres",
    ],
)
def test_it_holds(query: str) -> None:
    assert parse_query(query).holds(SEEN)


@pytest.mark.parametrize(
    "query",
    [
        "mysql",
        "postgres mysql",
        "postgres AND NOT autovacuum",
        '"notes release"',
        '"notes how"',
        "=GO",
        "=postgres",
        "-postgres",
        "title:autovacuum",
        "author:john",
        "feed:ample.com",
        "feed:example.org",
        "lang:de",
        "category:data",
        "re:/^vacuum/",
        "vacuum",
        "mysql OR oracle",
    ],
)
def test_it_does_not_hold(query: str) -> None:
    assert not parse_query(query).holds(SEEN)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "postgres AND",
            "Something is missing at the end: a phrase in quotes or a word or an opening bracket `(`.\n"
            "postgres AND\n            ^",
        ),
        ("(a OR b", "Something is missing at the end: a closing bracket `)`.\n(a OR b\n       ^"),
        ("a) b", "`)` cannot stand here.\na) b\n ^"),
        ("a ()", "`)` cannot stand here.\na ()\n   ^"),
        ("a OR AND", "`AND` cannot stand here.\na OR AND\n     ^"),
        ('say "a b', 'This quote is never closed.\nsay "a b\n    ^'),
        ("a -- b", "`--` has no letter or digit.\na -- b\n  ^"),
        ("feed:", "Something is missing at the end: a phrase in quotes or a word.\nfeed:\n     ^"),
        ('a feed:""', '`feed:` needs a value.\na feed:""\n       ^'),
        ("a re:/(b/", "This pattern is refused: missing ): (b.\na re:/(b/\n     ^"),
        ("re:(?=x)", "This pattern is refused: invalid perl operator: (?=.\nre:(?=x)\n   ^"),
        (
            "re:(((a{99}){99}){99})",
            "This pattern is refused: invalid repetition size: {99}.\nre:(((a{99}){99}){99})\n   ^",
        ),
        ("((((((((((( a", "Brackets may be nested 10 deep.\n((((((((((( a\n          ^"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(query: str, said: str) -> None:
    with pytest.raises(UnreadableQuery) as caught:
        parse_query(query)

    why, shown, caret = said.split("\n")
    assert str(caught.value) == f"{why}\n`{shown}`\n`{caret.replace(' ', NO_BREAK)}`"


def test_an_empty_query_has_no_place_to_point_at() -> None:
    with pytest.raises(UnreadableQuery, match=r"^The query is empty\.$"):
        parse_query(" ")


def test_a_backtick_in_a_query_does_not_end_what_is_drawn_as_code() -> None:
    with pytest.raises(UnreadableQuery) as caught:
        parse_query("a`b OR (`")

    assert str(caught.value).count("`") % 2 == 0
    assert "`a'b OR ('`" in str(caught.value)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("x" * 501, "A query may have 500 characters, this one has 501."),
        ("x " * (MOST_PARTS + 1), "A query may have 40 parts, this one has 41."),
    ],
)
def test_a_query_has_limits(query: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_query(query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("分布式数据库的设计", "数据库"),
        ("データベースの設計について", "データベース"),
        ("ฐานข้อมูลแบบกระจาย", "ข้อมูล"),
        ("데이터베이스를 설계하기", "데이터베이스"),
        ("使用Redis缓存数据", "redis 缓存"),
        ("大規模言語モデルの評価手法について考える", '"大規模言語モデルの評価手法"'),
        ("大規模言語モデル", "title:言語"),
        ("デジタルトランスフォーメーション", "トランスフォーメーション"),
    ],
)
def test_a_word_is_found_inside_a_script_without_spaces(text: str, query: str) -> None:
    assert parse_query(query).holds(Seen(replace(POST, title=text, text=""), BLOG))
    assert parse_query(query.replace("title:", "")).holds(Seen(replace(POST, title="", text=text), BLOG))


def test_signs_of_such_a_script_are_found_in_their_order_only() -> None:
    seen = Seen(replace(POST, title="数据的仓库", text=""), BLOG)

    assert not parse_query("数据库").holds(seen)
    assert parse_query("数据 仓库").holds(seen)


@pytest.mark.parametrize("text", ["数" * 80_000, "x" * 5_000, "😀" * 3_000, "a-" * 40_000, "\ud800" * 80_000])
@pytest.mark.parametrize("query", ["数据库", "xxx*", '"a phrase" OR -=Case', "re:/(a+)+$/", "title:数 feed:x lang:en"])
def test_odd_texts_cost_a_query_little(query: str, text: str) -> None:
    started = time.process_time()

    parse_query(query).holds(Seen(replace(POST, title=text, text=text), BLOG))

    assert time.process_time() - started < 0.5


def test_filters_must_all_hold() -> None:
    held = parse_filters(("postgres", '"release notes"', "-oracle", "feed:example.com", "lang:en"))
    failed = parse_filters(("postgres", "oracle"))

    assert held is not None
    assert failed is not None
    assert (held.holds(SEEN), failed.holds(SEEN), parse_filters(())) == (True, False, None)


@pytest.mark.parametrize("text", ["postgres", "-postgres", '"release notes"', '-"release notes"', "NOT", "c++", "=Go"])
def test_a_filter_read_without_the_parser_is_the_same_query(text: str) -> None:
    try:
        expected = parse_query(text)
    except UsageError:
        with pytest.raises(UsageError):
            parse_filters((text,))
    else:
        assert parse_filters((text,)) == expected


PARTS = st.sampled_from(
    ["postgres", "mysql", "=Go", "=go", '"release notes"', "auto*", "title:18", "lang:de", "re:/x/"]
)
QUERIES = st.recursive(
    PARTS,
    lambda inner: st.one_of(
        inner.map(lambda part: f"NOT ({part})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) OR ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) ({two[1]})"),
    ),
    max_leaves=6,
)


@given(QUERIES)
def test_a_query_written_out_is_the_same_query(text: str) -> None:
    query = parse_query(text)

    assert parse_query(str(query)).holds(SEEN) == query.holds(SEEN)
    assert str(parse_query(str(query))) == str(query)


@given(QUERIES)
def test_a_query_that_holds_has_one_of_the_words_it_needs(text: str) -> None:
    query = parse_query(text)

    needs = query.needs()

    assert needs is None or not query.holds(SEEN) or needs & SEEN.words.folded


@given(st.text('ab"()-:=*/ ANDORT\\re', max_size=30))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    try:
        parse_query(text)
        at = 0
    except UnreadableQuery as error:
        at = error.at

    assert 0 <= at <= len(text)
