from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import UsageError
from bot.domain.templates import PLACEHOLDERS, check_template, fill_template
from tests.posts import announcement

PUBLISHED = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{title}", "Post 1"),
        ("{Title} at {blog}", "Post 1 at Example Blog"),
        ("{title} by {author|somebody}", "Post 1 by somebody"),
        ("{title} by {author}", "Post 1 by "),
        ("{date}: {topics}", "01 Nov 2026: NLP"),
        ("{{title}} {title}", "{title} Post 1"),
        ("*{title}* <!channel>", "*Post 1* <!channel>"),
    ],
)
def test_placeholders_become_what_a_post_holds(template: str, shown: str) -> None:
    assert fill_template(check_template(template), announcement(1, published=PUBLISHED)) == shown


def test_what_a_post_holds_is_never_a_placeholder_itself() -> None:
    sly = announcement(1, title="{author} {{x}} {0.__class__}")

    assert fill_template("{title}", sly) == "{author} {{x}} {0.__class__}"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{titel}", r"no placeholder \{titel\}.*\{title\}"),
        ("{0.__class__}", "no placeholder"),
        ("{title", "brace stands alone"),
        ("title}", "brace stands alone"),
        ("", "1 to 500 characters"),
        ("x" * 501, "1 to 500 characters"),
    ],
)
def test_what_is_no_template_is_answered_with_what_is(template: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_template(template)


@given(st.lists(st.sampled_from([*"{}|ab ", *PLACEHOLDERS]), max_size=30).map("".join))
def test_whatever_is_taken_can_be_filled(template: str) -> None:
    try:
        check_template(template)
    except UsageError:
        return
    assert isinstance(fill_template(template, announcement()), str)
