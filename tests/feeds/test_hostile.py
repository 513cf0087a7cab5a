"""What servers do to pollers, each with what must come of it."""

import asyncio
import ipaddress
import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.domain.fetched import Body, Failed, Gone, NotModified, ParsedFeed, Unreadable
from bot.feeds.fetch import FetchLimits, HttpFetcher
from bot.feeds.guard import Guard
from bot.feeds.parsing import ParserPool
from tests.fakes.hostile_server import Hostile, hostile_server
from tests.fakes.socket_guard import socket_guard

LIMITS = FetchLimits(deadline=1.0, refusal=0.0)


@pytest.fixture(autouse=True)
def nothing_leaves() -> Iterator[None]:
    with socket_guard() as outside:
        yield
        assert outside == []


@pytest.fixture
async def server() -> AsyncIterator[Hostile]:
    async with hostile_server() as server:
        for name in ("gzip", "deflate", "double"):
            server.bomb(name)
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.1/32"),))
    async with HttpFetcher(guard, user_agent="Tidings/0 (+x)", limits=LIMITS) as fetcher:
        yield fetcher


CASES = {
    "slow_drip": "did not answer within 1 seconds",
    "slow_headers": "did not answer within 1 seconds",
    "hang_accept": "did not answer within 1 seconds",
    "endless_chunked": "larger than 5 MB",
    "endless_items": "larger than 5 MB",
    "length_too_long": "broke off in the middle",
    "length_huge": "larger than 5 MB",
    "chunk_cut": "broke off in the middle",
    "reset": "closed the connection|broke off",
    "header_1mb": "not proper HTTP",
    "headers_20k": "not proper HTTP",
    "gzip_bomb": "larger than 5 MB",
    "deflate_bomb": "not asked for",
    "brotli_bomb": "not asked for",
    "gzip_bomb_double": "not asked for",
    "summary_9mb": "larger than 5 MB",
    "gzip_truncated": "broke off in the middle",
    "redirect_loop": "redirected more than 5 times",
    "chain/20": "redirected more than 5 times",
    "moved_301_to_404": "nothing at this address",
    "not_http": "not proper HTTP",
    "to/?http://169.254.169.254/latest": "not allowed",
    "to/?http://[::ffff:169.254.169.254]/": "not allowed",
    "to/?http://[64:ff9b::a9fe:a9fe]/": "not allowed",
    "to/?http://2130706433:PORT/reached": "not allowed",
    "to/?http://127.1:PORT/reached": "not allowed",
    "to/?http://0x7f000002:PORT/reached": "not allowed",
    "to/?http://0177.0.0.1:PORT/reached": "not allowed",
    "to/?http://017700000001:PORT/reached": "not allowed",
    "to/?http://0x7f.2:PORT/reached": "not allowed",
    "to/?http://0.0.0.0:PORT/reached": "not allowed",
    "to/?http://[::]:PORT/reached": "not allowed",
    "to/?http://[2002:7f00:1::]:PORT/reached": "not allowed",
    "to/?http://[64:ff9b::7f00:1]:PORT/reached": "not allowed",
    "to/?http://[fd00::1]:PORT/reached": "not allowed",
    "to/?http://[::1]:PORT/reached": "not allowed",
    "to/?http://127.0.0.2:PORT/reached": "not allowed",
    "to/?http://100.100.100.200/": "not allowed",
    "to/?http://93.184.216.34:22/": "not allowed",
    "to/?file:///etc/passwd": "Only http and https",
    "to/?gopher://127.0.0.1/": "Only http and https",
    "status/404": "nothing at this address",
    "status/401": "asks for a password",
    "status/500": "error of its own",
    "status/418": "the error 418",
}


@pytest.mark.parametrize("case", CASES)
async def test_a_bad_answer_is_one_plain_sentence(server: Hostile, fetcher: HttpFetcher, case: str) -> None:
    answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/{case}")

    assert isinstance(answer, Failed)
    assert pytest.approx(1, abs=1) == answer.why.count(".")
    assert answer.why.endswith(".")
    assert any(words in answer.why for words in CASES[case].split("|")), answer.why
    assert server.canary == 0


@pytest.mark.parametrize(
    ("case", "seconds"),
    [
        ("status/429?Retry-After=3600", 3600),
        ("status/503?Retry-After=120", 120),
        ("status/403?X-RateLimit-Remaining=0", 3600),
        ("status/429?Retry-After=999999999", 999999999),
    ],
)
async def test_a_server_that_asks_for_time_gets_it(
    server: Hostile, fetcher: HttpFetcher, case: str, seconds: int
) -> None:
    answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/{case}")

    assert isinstance(answer, Failed)
    assert answer.slow_down
    assert answer.wishes.retry_after is not None
    assert answer.wishes.retry_after.total_seconds() == seconds


async def test_gone_is_gone(server: Hostile, fetcher: HttpFetcher) -> None:
    assert isinstance(await fetcher.fetch(f"http://127.0.0.1:{server.port}/status/410"), Gone)


async def test_a_304_nobody_asked_for_says_so(server: Hostile, fetcher: HttpFetcher) -> None:
    answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/status/304")

    assert isinstance(answer, NotModified)
    assert answer.unasked


@pytest.mark.parametrize("case", ["good", "gzip_good", "chain/3"])
async def test_a_good_answer_is_taken_whole(server: Hostile, fetcher: HttpFetcher, case: str) -> None:
    answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/{case}")

    assert isinstance(answer, Body)
    assert answer.body.endswith(b"</rss>")


async def test_all_bad_servers_at_once_cost_little_memory_and_no_time_of_others(
    server: Hostile, fetcher: HttpFetcher
) -> None:
    await fetcher.fetch(f"http://127.0.0.1:{server.port}/good")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bad = [asyncio.create_task(fetcher.fetch(f"http://127.0.0.1:{server.port}/{case}")) for case in CASES]
    await asyncio.sleep(0.1)
    start = time.perf_counter()

    answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/good")
    waited = time.perf_counter() - start
    await asyncio.gather(*bad)

    assert isinstance(answer, Body)
    assert waited < 1
    # The server's own buffers are in this figure, too.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


@pytest.mark.parametrize("case", ["status_empty_200", "body_is_path", "body_is_url", "xxe_http", "zipped_twice"])
async def test_a_body_that_is_no_feed_is_neither_opened_nor_followed(
    server: Hostile, fetcher: HttpFetcher, case: str
) -> None:
    async with ParserPool(1) as parser:
        answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/{case}")
        assert isinstance(answer, Body)
        parsed = await parser.parse(answer)

    assert isinstance(parsed, Unreadable)
    assert "root:" not in parsed.why
    assert server.canary == 0


async def test_nine_megabytes_are_cut_where_they_are_let_in(server: Hostile) -> None:
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.1/32"),))
    limits = FetchLimits(body=10_000_000)
    async with HttpFetcher(guard, user_agent="Tidings/0 (+x)", limits=limits) as fetcher, ParserPool(1) as parser:
        answer = await fetcher.fetch(f"http://127.0.0.1:{server.port}/summary_9mb")
        assert isinstance(answer, Body)
        parsed = await parser.parse(answer)

    assert isinstance(parsed, ParsedFeed)
    (post,) = parsed.posts
    assert len(post.summary) <= 300
    assert len(post.text) <= 3000


REFUSALS = [case for case, why in CASES.items() if why == "not allowed"]


async def test_every_refusal_takes_the_same_time_and_says_the_same(server: Hostile) -> None:
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.1/32"),))
    loop, limits = asyncio.get_running_loop(), FetchLimits(refusal=0.4)
    refused = [case.partition("?")[2].replace("PORT", str(server.port)) for case in REFUSALS]
    refused += ["http://10.0.0.1/", f"http://127.0.0.2:{server.port}/"]
    took, said = [], set()
    async with HttpFetcher(guard, user_agent="Tidings/0 (+x)", limits=limits) as fetcher:
        for url in refused:
            start = loop.time()
            answer = await fetcher.fetch(url)
            took.append(loop.time() - start)
            assert isinstance(answer, Failed), url
            said.add(answer.why)

    assert said <= {"That address is not allowed.", "No server was found under this name."}
    assert min(took) >= 0.39
    assert server.canary == 0


async def test_a_child_that_is_killed_breaks_nothing() -> None:
    deep = b"<rss><channel><item><title>x</title><description>" + b"<a>" * 200_000
    good = Body(body=b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>', url="http://h/")
    async with ParserPool(1) as parser:
        await parser.parse(good)
        (child,) = parser.children
        os.kill(child, signal.SIGKILL)

        broken = await parser.parse(good)
        hurt = await parser.parse(Body(body=deep, url="http://h/"))
        healthy = await parser.parse(good)

    assert isinstance(broken, Unreadable)
    assert isinstance(hurt, Unreadable | ParsedFeed)
    assert isinstance(healthy, ParsedFeed)
    assert len(healthy.posts) == 1


async def test_what_waits_behind_a_job_that_ends_its_child_is_read_by_another() -> None:
    good = Body(body=b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>', url="http://h/")
    async with ParserPool(1) as parser:
        await parser.parse(good)
        (child,) = parser.children
        os.kill(child, signal.SIGSTOP)
        reading = [asyncio.create_task(parser.parse(good)) for _ in range(5)]
        for _ in reading:
            await asyncio.sleep(0)
        os.kill(child, signal.SIGKILL)

        first, *others = await asyncio.gather(*reading)

    assert isinstance(first, Unreadable)
    assert all(isinstance(one, ParsedFeed) for one in others)
    assert parser.killed == 1


async def test_another_child_is_started_only_where_one_is_not_enough() -> None:
    body = Body(body=b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>', url="http://h/")
    async with ParserPool(2) as parser:
        for _ in range(4):
            await parser.parse(body)
        one_by_one = len(parser.children)
        await asyncio.gather(*(parser.parse(body) for _ in range(40)))

        assert (one_by_one, len(parser.children)) == (1, 2)


async def test_jobs_sent_to_a_child_that_retires_are_read_by_another() -> None:
    body = Body(body=b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>', url="http://h/")
    async with ParserPool(1) as parser:
        (before,) = parser.children

        read = await asyncio.gather(*(parser.parse(body) for _ in range(2_050)))

        assert parser.children != {before}
        assert parser.killed == 0
    assert all(isinstance(one, ParsedFeed) for one in read)


async def test_a_child_that_retires_after_many_jobs_loses_none() -> None:
    body = Body(body=b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>', url="http://h/")
    async with ParserPool(1) as parser:
        first = await parser.parse(body)
        assert isinstance(first, ParsedFeed)

        read = [await parser.parse(body, first.item_hashes) for _ in range(2_050)]

        assert parser.killed == 0
    assert all(isinstance(one, ParsedFeed) for one in read)
