import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model import FeedId
from bot.domain.websub import LEASE, Hook, granted, is_expected, is_genuine, renewal, retry
from tests.clock import START

HOOK = Hook(
    feed_id=FeedId(1), feed_url="https://a.example/feed", hub="https://hub.example/", topic="t", token="x", secret="s"
)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_by_each_method_of_the_standard_is_genuine(method: str) -> None:
    made = hmac.new(b"secret", b"body", method).hexdigest()

    assert is_genuine(f"{method}={made}", b"body", "secret")
    assert is_genuine(f" {method.upper()}={made.upper()} ", b"body", "secret")
    assert not is_genuine(f"{method}={made}", b"body!", "secret")
    assert not is_genuine(f"{method}={made}", b"body", "other")
    assert not is_genuine(f"{method}={made}", b"body", "")


@pytest.mark.parametrize(
    "header",
    ["", "sha256", "sha256=", "=", f"md5={hashlib.md5(b'body').hexdigest()}", f"sha256={'é' * 64}", "shake_128=00"],
)
def test_what_is_no_signature_is_not_genuine(header: str) -> None:
    assert not is_genuine(header, b"body", "secret")


@given(header=st.text(), body=st.binary())
def test_no_header_is_genuine_by_chance_or_raises(header: str, body: bytes) -> None:
    assert not is_genuine(header, body, "secret")


def test_only_what_was_asked_for_a_short_while_ago_is_expected() -> None:
    asked = Hook(**{name: getattr(HOOK, name) for name in HOOK.__slots__} | {"asked_at": START})

    assert is_expected(asked, "t", START + timedelta(minutes=59))
    assert not is_expected(asked, "t", START + timedelta(minutes=61))
    assert not is_expected(asked, "another", START)
    assert not is_expected(HOOK, "t", START)


def test_a_lease_is_kept_within_reason_and_renewed_before_it_ends() -> None:
    assert granted("864000", START) == START + timedelta(days=10)
    assert granted("1", START) == START + timedelta(minutes=5)
    assert granted("9" * 30, START) == START + timedelta(days=90)
    for text in ("", "-5", "soon", "²"):
        assert granted(text, START) == START + LEASE
    assert renewal(START, START + timedelta(days=10)) == START + timedelta(days=8)


def test_a_hub_that_refuses_is_asked_ever_more_seldom() -> None:
    waits = [retry(START, failures) - START for failures in range(1, 9)]

    assert waits[0] == timedelta(hours=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(days=1)
