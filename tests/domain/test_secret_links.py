"""Which addresses hold a secret, and what of them may be shown."""

import pytest

from bot.domain.links import concealed, has_secret, is_concealed


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:pw@a.example/feed", "https://…@a.example/feed"),
        ("https://token@a.example:8080/feed?page=2", "https://…@a.example:8080/feed?page=2"),
        ("https://a.example/feed?token=pw&page=2", "https://a.example/feed?token=…&page=2"),
        ("https://a.example/feed?format=rss&feed_token=pw", "https://a.example/feed?format=rss&feed_token=…"),
        ("https://a.example/i.atom?private-token=pw#x", "https://a.example/i.atom?private-token=…"),
        ("https://a.example/rss?apikey=pw", "https://a.example/rss?apikey=…"),
        ("https://a.example/rss?key=pw", "https://a.example/rss?key=…"),
        ("https://a.example/rss?Signature=pw&sig=pw", "https://a.example/rss?Signature=…&sig=…"),
        ("https://a.example/rss?user=ann&passwd=pw", "https://a.example/rss?user=ann&passwd=…"),
    ],
)
def test_a_secret_is_seen_and_concealed(url: str, shown: str) -> None:
    assert has_secret(url)
    assert concealed(url) == shown
    assert "pw" not in concealed(url)
    assert not is_concealed(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/feed",
        "https://a.example/@ann/feed",
        "https://a.example/?feed=rss2",
        "https://a.example/feed?keyword=x&author=ann&monkey=1",
        "https://a.example/feed?token=",
        "https://a.example/videos.xml?channel_id=UC123",
    ],
)
def test_what_is_no_secret_stays_as_it_is(url: str) -> None:
    assert not has_secret(url)
    assert concealed(url) == url
