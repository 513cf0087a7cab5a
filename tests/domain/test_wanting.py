"""The index of subscriptions: the same answer as asking each, also after changes in place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.matching import match
from bot.domain.model import (
    Channel,
    FeedId,
    Follows,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    Post,
    PostId,
    Strictness,
    Subscription,
    SubscriptionId,
)
from bot.domain.muting import Mute, MuteKind, Mutes
from bot.domain.seen import Blog, Seen
from bot.domain.tuning import Tuning
from bot.domain.vocabulary import Topic, Vocabulary, own_slug
from bot.domain.wanting import Wanting

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BLOG = Blog(id=FeedId(7), host="example.com")
CHANNELS = [Channel(platform="slack", workspace=f"T{w}", id=f"C{c}") for w in (1, 2) for c in (1, 2)]
TOPICS = (
    Topic(slug="ai", label="AI", terms={"strong": ("=AI",)}),
    Topic(slug="nlp", label="NLP", parent="ai", terms={"strong": ("parsing",), "medium": ("openai", "claude")}),
    Topic(slug="llm", label="LLMs", parent="nlp", terms={"strong": ("gpt", "llm")}),
    Topic(slug=own_slug("slack:T2", "nlp"), label="Our NLP", terms={"strong": ("grammar",)}),
)
VOCABULARY = Vocabulary(TOPICS)


def post(title: str = "", text: str = "") -> Post:
    return Post(id=PostId("p"), feed_id=BLOG.id, title=title, url=None, summary="", text=text, first_seen=NOW)


def subscription(
    follows: Follows,
    *filters: str,
    id: int = 1,
    channel: Channel = CHANNELS[0],
    strictness: Strictness = Strictness.NORMAL,
) -> Subscription:
    return Subscription(
        id=SubscriptionId(id),
        channel=channel,
        follows=follows,
        filters=filters,
        strictness=strictness,
        created_by="U1",
        created_at=NOW,
    )


def mute(kind: MuteKind, target: str, channel: Channel | None = CHANNELS[0]) -> Mute:
    return Mute(workspace="slack:T1", channel=channel, kind=kind, target=target, created_by="U1", created_at=NOW)


def labels(wanting: Wanting, of: Post, blog: Blog = BLOG) -> list[tuple[str, ...]]:
    return [want.topics for want in wanting.wants(Seen(of, blog), match(of, wanting.vocabulary))]


NLP, AI, FEED = FollowsTopic(slug="nlp"), FollowsTopic(slug="ai"), FollowsFeed(feed_id=BLOG.id)


def test_the_most_specific_topic_is_named_before_the_one_followed() -> None:
    wanting = Wanting(VOCABULARY, [subscription(AI, id=1), subscription(NLP, id=2)])

    assert sorted(labels(wanting, post("GPT and parsing"))) == [("LLMs", "AI"), ("LLMs", "NLP")]


def test_a_want_has_the_score_and_the_topic_for_feedback() -> None:
    wanting = Wanting(VOCABULARY, [subscription(NLP), subscription(FEED, id=2)])

    feed, nlp = wanting.wants(Seen(post("parsing"), BLOG), match(post("parsing"), VOCABULARY))

    assert (feed.topic, feed.score, feed.topics) == (None, 0.0, ())
    assert (nlp.topic, nlp.score, nlp.channel) == ("nlp", 6.0, CHANNELS[0])


def test_a_stricter_subscription_gets_less() -> None:
    wanting = Wanting(VOCABULARY, [subscription(NLP, id=n, strictness=s) for n, s in enumerate(Strictness)])

    counts = [
        len(labels(wanting, post(title, text)))
        for title, text in (("", "parsing"), ("parsing", ""), ("parsing", "parsing"))
    ]

    assert counts == [1, 2, 3]


def test_filters_decide_beside_the_topic() -> None:
    wanting = Wanting(VOCABULARY, [subscription(NLP, "tree", "-rust")])

    assert len(labels(wanting, post("parsing trees"))) == 1
    assert labels(wanting, post("parsing trees in rust")) == []
    assert labels(wanting, post("parsing")) == []
    assert labels(wanting, post("trees")) == []


def test_a_query_needs_no_topic() -> None:
    wanting = Wanting(VOCABULARY, [subscription(FollowsQuery(text="tree OR re:/b+s/"), "-rust")])

    assert [len(labels(wanting, post(title))) for title in ("A tree", "A bush", "abbs", "A rust tree")] == [1, 0, 1, 0]


def test_who_follows_a_blog_gets_its_posts_although_topics_do_not_use_it() -> None:
    """`/subscribe URL` follows a blog that nobody put into the workspace's pool."""
    unseen = replace(BLOG, workspaces=frozenset())

    assert len(labels(Wanting(VOCABULARY, [subscription(FEED), subscription(NLP, id=2)]), post("parsing"), unseen)) == 1


def test_a_feed_of_one_workspace_is_for_its_channels_only() -> None:
    wanting = Wanting(VOCABULARY, [subscription(AI, id=n, channel=c) for n, c in enumerate(CHANNELS)])
    private = replace(BLOG, workspaces=frozenset({"slack:T2"}))
    news = post("AI")

    wants = wanting.wants(Seen(news, private), match(news, VOCABULARY))

    assert [want.channel.workspace for want in wants] == ["T2", "T2"]


def test_an_own_topic_takes_the_place_of_a_built_in_one_in_its_workspace() -> None:
    wanting = Wanting(VOCABULARY, [subscription(NLP, id=n, channel=c) for n, c in enumerate(CHANNELS[1:3])])

    assert labels(wanting, post("grammar")) == [("Our NLP",)]
    assert labels(wanting, post("parsing")) == [("NLP",)]

    wanting.set_vocabulary(Vocabulary(TOPICS[:3]))
    assert labels(wanting, post("parsing")) == [("NLP",), ("NLP",)]


def test_a_muted_channel_gets_nothing_and_others_do() -> None:
    both = [subscription(NLP, id=n, channel=c) for n, c in enumerate(CHANNELS[:2])]
    here = post("parsing trees")

    def left(*mutes: Mute) -> int:
        return len(labels(Wanting(VOCABULARY, both, mutes=Mutes(mutes)), here))

    assert left(mute("feed", "7")) == 1
    assert left(mute("feed", "8")) == 2
    assert left(mute("word", "tree")) == 1
    assert left(mute("word", "parsing tree", channel=None)) == 0
    assert left(mute("word", "bush")) == 2
    assert left(mute("topic", "ai")) == 1
    assert left(mute("topic", "llm")) == 2


def test_a_topic_is_muted_as_its_workspace_means_it() -> None:
    """`nlp` is the workspace's own topic where it has one, and the built-in one elsewhere."""
    both = [subscription(FEED, id=n, channel=c) for n, c in enumerate((CHANNELS[0], CHANNELS[2]))]
    mutes = [replace(mute("topic", "nlp", None), workspace=f"slack:T{w}") for w in (1, 2)]
    wanting = Wanting(VOCABULARY, both, mutes=Mutes(mutes))

    def left(title: str) -> list[str]:
        wants = wanting.wants(Seen(post(title), BLOG), match(post(title), VOCABULARY))
        return [want.channel.workspace for want in wants]

    assert left("parsing") == ["T2"]
    assert left("grammar") == ["T1"]
    assert left("trees") == ["T1", "T2"]


def test_a_channel_may_weigh_a_term_less() -> None:
    tuning = Tuning(channel=CHANNELS[0], topic="nlp", terms={"openai": "weak"})
    wanting = Wanting(
        VOCABULARY, [subscription(NLP, id=n, channel=c) for n, c in enumerate(CHANNELS[:2])], tunings=[tuning]
    )

    assert len(labels(wanting, post("OpenAI"))) == 1
    assert len(labels(wanting, post("OpenAI and parsing"))) == 2

    wanting.set_tunings([])
    assert len(labels(wanting, post("OpenAI"))) == 2


def test_a_query_that_can_no_longer_be_read_takes_nothing_and_is_known() -> None:
    wanting = Wanting(VOCABULARY, [subscription(FollowsQuery(text="tree ("), id=3), subscription(NLP, id=4)])

    assert len(labels(wanting, post("parsing tree"))) == 1
    assert list(wanting.unreadable) == [3]


WORDS = ("parsing", "gpt", "AI", "openai", "claude", "tree", "trees", "rust", "grammar", "open-source", "x")
FILTERS = ("tree", "-rust", '"open source"', "=AI", "pars*", "re:/tr/", "feed:example.com", "lang:en", "gpt OR rust")
follows = st.one_of(
    st.sampled_from([NLP, AI, FEED, FollowsFeed(feed_id=FeedId(8)), FollowsTopic(slug="llm")]),
    st.sampled_from(FILTERS).map(lambda text: FollowsQuery(text=text)),
)
subscriptions = st.builds(
    lambda id, follows, filters, channel, strictness: subscription(
        follows, *filters, id=id, channel=channel, strictness=strictness
    ),
    st.integers(1, 12),
    follows,
    st.lists(st.sampled_from(FILTERS), max_size=2),
    st.sampled_from(CHANNELS),
    st.sampled_from(list(Strictness)),
)
mutes = st.builds(
    mute, st.just("word"), st.sampled_from(("tree", "grammar", "open source")), st.sampled_from([None, *CHANNELS[:2]])
)
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
shared = st.sampled_from([BLOG, replace(BLOG, workspaces=frozenset({"slack:T1"}))])


@given(st.lists(subscriptions, max_size=12), st.lists(mutes, max_size=2), texts, texts, shared)
def test_the_index_says_what_asking_each_says(
    all_of_them: Sequence[Subscription], muted: Sequence[Mute], title: str, text: str, blog: Blog
) -> None:
    wanting = Wanting(
        VOCABULARY,
        all_of_them,
        mutes=Mutes(muted),
        tunings=[Tuning(channel=CHANNELS[0], topic="nlp", terms={"parsing": "off", "openai": "weak"})],
    )
    seen, matches = Seen(post(title, text), blog), match(post(title, text), VOCABULARY)

    wants = wanting.wants(seen, matches)

    assert sorted(wants, key=lambda want: want.subscription) == sorted(
        wanting.asked_one_by_one(seen, matches), key=lambda want: want.subscription
    )


@given(st.lists(subscriptions, max_size=12), st.sets(st.integers(1, 12)), texts)
def test_an_index_changed_in_place_is_as_one_built_anew(
    all_of_them: Sequence[Subscription], gone: set[int], text: str
) -> None:
    changed = Wanting(VOCABULARY)
    for one in all_of_them:
        changed.put(one)
    for id in gone:
        changed.remove(SubscriptionId(id))
    left = {one.id: one for one in all_of_them if one.id not in gone}
    seen, matches = Seen(post(text), BLOG), match(post(text), VOCABULARY)

    assert len(changed) == len(left)
    fresh = Wanting(VOCABULARY, left.values())
    assert sorted(map(str, changed.wants(seen, matches))) == sorted(map(str, fresh.wants(seen, matches)))
