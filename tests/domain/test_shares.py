"""Each shard is polled by one living worker."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.shards import SHARDS, share_of


@given(st.sets(st.text(min_size=1), min_size=1, max_size=10))
def test_the_living_share_all_shards_evenly(workers: set[str]) -> None:
    shares = [share_of(worker, list(workers)) for worker in workers]

    assert sorted(shard for share in shares for shard in share) == list(range(SHARDS))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_who_is_not_counted_among_the_living_polls_nothing() -> None:
    assert share_of("a", ["b", "c"]) == frozenset()
