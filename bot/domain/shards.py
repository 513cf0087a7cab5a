"""Hosts in shards, so that one worker at a time polls a host."""

import zlib
from collections.abc import Sequence

SHARDS = 64


def shard_of(host: str) -> int:
    """Return the host's shard, the same for ever: it is stored."""
    return zlib.crc32(host.encode()) % SHARDS


def share_of(worker: str, workers: Sequence[str]) -> frozenset[int]:
    """Return the shards that *worker* polls while *workers* are alive: each shard is one worker's, all have as many."""
    if worker not in workers:
        return frozenset()
    alive = sorted(set(workers))
    return frozenset(range(alive.index(worker), SHARDS, len(alive)))
