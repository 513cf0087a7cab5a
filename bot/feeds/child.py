"""A parsing child: reads bodies from a socket until it is closed, within limits that the system enforces.

What a hostile body can do here is to end this process; the bot starts another.
"""

import gc
import math
import os
import resource
import signal
import socket
import time
from pathlib import Path

import feedparser.api

from bot.domain.fetched import Parsed, Unreadable
from bot.domain.unsaid import stored
from bot.feeds.discovery import find_feeds, pack_candidates
from bot.feeds.json_feed import looks_like_json, parse_json
from bot.feeds.opml import pack_list, read_opml
from bot.feeds.rss import parse_xml
from bot.feeds.slices import HASH
from bot.feeds.wire import Job, pack_parsed, unpack_job

#: What a job may take beyond what the process had when it started.
MEMORY = 256 * 1024 * 1024
SECONDS = 10
#: A child that has grown by this much makes room for a fresh one.
GROWTH = 40 * 1024 * 1024
_MOST_JOBS = 2000


def serve(connection: socket.socket) -> None:
    """Answer jobs until the bot closes the connection, or this process has grown too large."""
    _limit()
    _hasten()
    started_with = _resident()
    with connection:
        for number in range(_MOST_JOBS):
            lengths = _read(connection, 8)
            if lengths is None:
                return
            head = _read(connection, int.from_bytes(lengths[:4]))
            rest = _read(connection, int.from_bytes(lengths[4:]))
            if head is None or rest is None:
                return
            answer = _answer(unpack_job(bytes(head), bytes(rest)))
            last = number == _MOST_JOBS - 1 or _resident() - started_with > GROWTH
            # The fifth byte says whether this child goes on: the bot must not send a job to one that does not.
            connection.sendall(len(answer).to_bytes(4) + (b"\0" if last else b"\1") + answer)
            if last:
                # Jobs may have been sent already; leaving them unread would take the answer along.
                while connection.recv(65_536):
                    pass
                return


def run_job(job: Job) -> Parsed:
    """Read one body, whatever kind of feed it is. Never raises."""
    known = frozenset(job.known[at : at + HASH] for at in range(0, len(job.known), HASH))
    if looks_like_json(job.body):
        return parse_json(job.body, url=job.url, known=known)
    return parse_xml(job.body, url=job.url, charset=job.charset, known=known)


def _answer(job: Job) -> bytes:
    _give_time()
    try:
        if job.kind == "discover":
            return pack_candidates(find_feeds(job.body, job.url, job.charset))
        if job.kind == "list":
            return pack_list(lambda: read_opml(job.body))
        return pack_parsed(run_job(job))
    except (MemoryError, RecursionError):
        gc.collect()
        return pack_parsed(Unreadable(why=stored("The feed takes more to read than a feed may.")))


def _limit() -> None:
    """Be nice, be quiet, and have limits; what the system does not offer is left out."""
    # Ctrl-C in a terminal reaches the whole group; the bot decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return
    room = pages * resource.getpagesize() + MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (room if hard == resource.RLIM_INFINITY else min(room, hard), hard))


def _hasten() -> None:
    # What came with the fork is garbage never: not looked at again, its pages stay shared.
    gc.freeze()
    # feedparser looks for libxml2's driver on the disk at every feed: a tenth of its time for one post.
    feedparser.api.PREFERRED_XML_PARSERS = []


def _give_time() -> None:
    """Let this job have its seconds of CPU; the system ends the process after them."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + SECONDS, hard))


def _resident() -> int:
    try:
        # Plainly: it is looked at after every job, and through Path it took three times as long.
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read(64).split()[1]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0


def _read(connection: socket.socket, length: int) -> bytearray | None:
    """Exactly *length* bytes; None where the connection was closed."""
    data = bytearray(length)
    view = memoryview(data)
    at = 0
    while at < length:
        got = connection.recv_into(view[at:])
        if not got:
            return None
        at += got
    return data
