import pytest

from bot.domain.asking import Asking, options_of, read_asking, segments, show_asking
from bot.domain.errors import UsageError
from bot.domain.model import Digest, Each, FollowsTopic, Strictness, Subscription, SubscriptionId
from bot.domain.schedules import ZoneMissing
from tests.clock import START
from tests.seeds import NLP


@pytest.mark.parametrize(
    ("text", "asking"),
    [
        ("nlp", Asking(names=("nlp",))),
        ("", Asking()),
        ("nlp, rust,", Asking(names=("nlp", "rust"))),
        ("machine learning strict", Asking(names=("machine learning",), strictness=Strictness.STRICT)),
        ("nlp WIDE, rust", Asking(names=("nlp", "rust"), strictness=Strictness.WIDE)),
        ("strict", Asking(names=("strict",))),
        ('"machine learning"', Asking(names=("machine learning",))),
        (
            'nlp "vector search" -jobs lang:en',
            Asking(names=("nlp",), filters=('"vector search"', "-jobs", "lang:en")),
        ),
        ("https://example.org/a,b, nlp", Asking(names=("https://example.org/a,b", "nlp"))),
        ("nlp each", Asking(names=("nlp",), mode=Each())),
        (
            "nlp digest daily at 09:00 Europe/Berlin strict -jobs",
            Asking(
                names=("nlp",),
                mode=Digest(every="daily", at_minute=540, zone="Europe/Berlin"),
                strictness=Strictness.STRICT,
                filters=("-jobs",),
            ),
        ),
        (
            "nlp, rust digest hourly",
            Asking(names=("nlp", "rust"), mode=Digest(every="hourly", at_minute=0, zone="UTC")),
        ),
    ],
)
def test_what_was_typed_is_taken_apart(text: str, asking: Asking) -> None:
    assert read_asking(text, None) == asking


def test_the_channel_s_own_zone_is_taken_where_none_was_typed() -> None:
    assert read_asking("nlp digest daily", "Asia/Tokyo").mode == Digest(every="daily", zone="Asia/Tokyo")


def test_a_digest_without_any_zone_asks_back() -> None:
    with pytest.raises(ZoneMissing, match="time zone"):
        read_asking("nlp digest daily at 09:00", None)


def test_a_time_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError):
        read_asking("nlp digest daily at 25:00 UTC", None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nlp rust", ["nlp", "rust"]),
        ("machine learning rust", ["machine learning", "rust"]),
        ("rust machine learning", ["rust", "machine learning"]),
        ("machine", None),
        ("rust unknown", None),
    ],
)
def test_names_without_commas_are_cut_where_all_are_known(text: str, names: list[str] | None) -> None:
    assert segments(text, {"nlp", "rust", "machine learning"}.__contains__) == names


def test_a_subscription_is_written_as_it_would_be_typed() -> None:
    subscription = Subscription(
        id=SubscriptionId(1),
        channel=NLP,
        follows=FollowsTopic(slug="nlp"),
        mode=Digest(every="weekly", at_minute=540, weekdays=("mon",), zone="UTC"),
        strictness=Strictness.STRICT,
        filters=("-jobs", '"vector search"'),
        created_by="ann",
        created_at=START,
    )

    typed = show_asking("nlp", subscription)

    assert typed == 'nlp -jobs "vector search" strict digest weekly mon at 09:00 UTC'
    again = read_asking(typed, None)
    assert (again.names, again.mode, again.strictness) == (("nlp",), subscription.mode, subscription.strictness)
    assert again.filters == subscription.filters
    assert options_of(subscription) == ["-jobs", '"vector search"', "strict", "digest weekly mon at 09:00 UTC"]


@pytest.mark.parametrize(
    ("typed", "mention"),
    [
        ("nlp mention:55", "55"),
        ("nlp strict MENTION:55 digest hourly", "55"),
        ("nlp mention:nobody", ""),
        ("nlp", None),
        ("mention:55x", None),
    ],
)
def test_a_role_to_mention_is_named_by_its_id(typed: str, mention: str | None) -> None:
    asking = read_asking(typed, "UTC")

    assert asking.mention == mention
    assert asking.names == (("mention:55x",) if typed == "mention:55x" else ("nlp",))
