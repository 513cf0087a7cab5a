"""How fast it is decided which of 100,000 subscriptions want a post, beside asking each of them."""

import random
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from bot.domain.model import (
    Channel,
    FeedId,
    FollowsTopic,
    Match,
    Post,
    PostId,
    Strictness,
    Subscription,
    SubscriptionId,
    Want,
)
from bot.domain.seen import Blog, Seen
from bot.domain.vocabulary import Topic, Vocabulary
from bot.domain.wanting import Wanting

AT_LEAST = 8_000
#: Posts on which the results of both ways are compared.
COMPARED = 200
CONSONANTS, ENDINGS = "bcdfgklmnprst", ("a", "im", "o", "us", "en", "or")
START = datetime(2026, 11, 1, tzinfo=UTC)
BLOG = Blog(id=FeedId(1), host="example.com", title="Example")


def main(arguments: Sequence[str]) -> int:
    """Print both rates; fail where the results differ."""
    parser = ArgumentParser(prog="./run bench subscriptions")
    parser.add_argument("--subscriptions", type=int, default=100_000)
    parser.add_argument("--posts", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    draw = random.Random(options.seed)
    # As many topics as make about 50 of 100,000 subscriptions want a post of two topics.
    topics = [f"topic-{number}" for number in range(options.subscriptions // 50)]
    words = [f"{a}{b}{c}{d}" for a in CONSONANTS for b in "aeiou" for c in CONSONANTS for d in ENDINGS]
    draw.shuffle(words)
    posts = [_post(draw, number, words, topics) for number in range(options.posts)]

    before = time.process_time()
    wanting = Wanting(
        Vocabulary([Topic(slug=slug, label=slug.title()) for slug in topics]),
        [_subscription(draw, number, words, topics) for number in range(options.subscriptions)],
    )
    print(f"built from {len(wanting):,} subscriptions in {time.process_time() - before:.2f} s")

    sample = posts[:COMPARED]
    before = time.process_time()
    slow = [wanting.asked_one_by_one(Seen(post, BLOG), matches) for post, matches in sample]
    naive = len(sample) / (time.process_time() - before)
    if [_sorted(wanting.wants(Seen(post, BLOG), matches)) for post, matches in sample] != list(map(_sorted, slow)):
        print("the index and the loop differ")
        return 1

    # The first half makes the words known, as they are to a bot that has run for a while.
    for post, matches in posts[: len(posts) // 2]:
        wanting.wants(Seen(post, BLOG), matches)
    posts = posts[len(posts) // 2 :]
    rates, count = [], 0
    for at in range(0, len(posts), 100):
        batch = posts[at : at + 100]
        before = time.process_time()
        count += sum(len(wanting.wants(Seen(post, BLOG), matches)) for post, matches in batch)
        rates.append(len(batch) / (time.process_time() - before))
    rate = median(rates)
    print(f"{count / len(posts):.1f} wants a post; results equal on {len(sample)} posts")
    print(f"one by one {naive:8,.0f} posts/s\nindex      {rate:8,.0f} posts/s, {rate / naive:,.0f} times as many")
    print(f"  in the best of {len(rates)} batches {max(rates):8,.0f} posts/s")
    print(f"wanted: {AT_LEAST:,} posts/s: {'reached' if rate >= AT_LEAST else 'missed'}")
    return 0


def _sorted(wants: Sequence[Want]) -> list[Want]:
    return sorted(wants, key=lambda want: want.subscription)


def _post(draw: random.Random, number: int, words: list[str], topics: list[str]) -> tuple[Post, list[Match]]:
    """Make a post of 1.2 kB with two topics."""
    post = Post(
        id=PostId(str(number)),
        feed_id=BLOG.id,
        title=" ".join(_prose(draw, words, 8)).capitalize(),
        url=None,
        summary="",
        text=" ".join(f"{word}{draw.choice(['', '', '', ',', '.'])}" for word in _prose(draw, words, 220)),
        first_seen=START,
    )
    slugs = draw.sample(topics, 2)
    return post, [Match(topic=slug, score=9.0, evidence=(), strictness=Strictness.STRICT) for slug in slugs]


def _prose(draw: random.Random, words: list[str], count: int) -> list[str]:
    """Return words as texts have them: few often, most seldom."""
    return [words[int(len(words) ** draw.random()) - 1] for _ in range(count)]


def _subscription(draw: random.Random, number: int, words: list[str], topics: list[str]) -> Subscription:
    """Make a subscription; half have filters of one to three parts, one in ten of them a phrase."""
    filters: list[str] = []
    for _ in range(draw.choice([1, 2, 3]) if draw.random() < 0.5 else 0):
        phrase = draw.random() < 0.1
        filters.append(f'"{" ".join(draw.choices(words, k=2))}"' if phrase else draw.choice(words))
    return Subscription(
        id=SubscriptionId(number),
        channel=Channel(platform="slack", workspace=f"T{number // 20}", id=f"C{number}"),
        follows=FollowsTopic(slug=draw.choice(topics)),
        strictness=draw.choice(list(Strictness)),
        filters=tuple(filters),
        created_by="U1",
        created_at=START,
    )
