"""The operator's page and the metrics."""

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from bot.domain.language import Languages
from bot.domain.vitals import Trouble, by_hour, delay_of
from bot.store.database import Database
from bot.store.tables import announcements, channels, feeds, messages, posts
from bot.store.vitals import SqlVitals
from bot.web.access import Gate
from bot.web.admin import Admin, bars
from bot.web.app import make_app
from bot.web.metrics import Metrics
from bot.web.templates import Templates
from tests.clock import START, FakeClock
from tests.seeds import RUST, Seeds

TOKEN = "operator"
PROJECT = Path(__file__).parents[2]
NAMES = {
    "tidings_announcement_delay_seconds": ["quantile"],
    "tidings_announcements_last_hour": [],
    "tidings_build_info": ["version"],
    "tidings_channels": ["platform", "state"],
    "tidings_feeds": ["health"],
    "tidings_feeds_overdue": [],
    "tidings_http_request_duration_seconds": ["le", "method", "route", "status"],
    "tidings_messages": ["state"],
    "tidings_oldest_due_message_seconds": [],
    "tidings_posts_last_day": [],
    "tidings_subscriptions": [],
}


@contextlib.asynccontextmanager
async def served(
    database: Database, token: str = TOKEN, recent: Callable[[], Sequence[Trouble]] = tuple
) -> AsyncIterator[ClientSession]:
    clock = FakeClock()
    templates = Templates(Languages(), clock)
    gate = Gate(purpose="admin", token=token, clock=clock, templates=templates, closed=True)
    ward = SqlVitals(database)
    metrics = Metrics(ward=ward, clock=clock, gate=gate, version="1.2.3")
    admin = Admin(ward=ward, clock=clock, gate=gate, templates=templates, recent=recent)
    app = make_app([*admin.routes(), *metrics.routes()], {}, middlewares=[metrics.middleware])
    async with TestServer(app) as server, ClientSession(server.make_url("/")) as client:
        yield client


async def text_of(client: ClientSession, path: str, token: str = TOKEN) -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with client.get(path, headers=headers) as answer:
        return f"{answer.status}\n{await answer.text()}"


async def test_the_vitals_count_what_there_is(database: Database) -> None:
    seeds = Seeds(database)
    await seeds.channel()
    await seeds.announce("Shown", "Waiting", due_at=START - timedelta(minutes=3))
    async with database.write() as connection:
        shown = update(announcements).where(
            announcements.c.post_id.in_(select(posts.c.id).where(posts.c.title == "Shown"))
        )
        await connection.execute(shown.values(state="sent", sent_at=START + timedelta(seconds=4)))
        first = update(messages).where(messages.c.seq == 1)
        await connection.execute(first.values(state="dead", why="it was refused"))
        await connection.execute(update(feeds).values(failures=2, error="no answer", next_poll_at=START))

    vitals = await SqlVitals(database).read(START + timedelta(minutes=10))

    assert vitals.queue == {"pending": 1, "sending": 0, "unknown": 0, "dead": 1}
    assert vitals.feeds["failing"] == sum(vitals.feeds.values())
    assert vitals.feeds_overdue == vitals.feeds["failing"]
    assert vitals.channels == {("room", "active"): 1}
    assert vitals.oldest_due == START - timedelta(minutes=3)
    assert (vitals.delay.count, vitals.delay.p95) == (1, 4.0)
    assert vitals.hours[-1] == 1


async def test_what_is_parked_and_what_a_paused_channel_keeps_is_not_late(database: Database) -> None:
    seeds = Seeds(database)
    await seeds.channel()
    await seeds.channel(RUST)
    [parked] = await seeds.announce("Parked", due_at=START - timedelta(days=9))
    await seeds.announce("Kept", channel=RUST, due_at=START - timedelta(days=5))
    await seeds.announce("Late", due_at=START - timedelta(minutes=3))
    async with database.write() as connection:
        await connection.execute(update(messages).where(messages.c.id == parked).values(state="unknown"))
    await seeds.change(RUST, state="paused")

    assert (await SqlVitals(database).read(START)).oldest_due == START - timedelta(minutes=3)


async def test_a_stuck_message_is_sent_again_or_dropped_once(database: Database) -> None:
    seeds, ward = Seeds(database), SqlVitals(database)
    await seeds.channel()
    dead, parked, fine = await seeds.announce("Dead", "Parked", "Fine")
    async with database.write() as connection:
        for message, state in ((dead, "dead"), (parked, "unknown")):
            await connection.execute(update(messages).where(messages.c.id == message).values(state=state))

    assert {(each.title, each.state) for each in await ward.stuck(9)} == {("Dead", "dead"), ("Parked", "unknown")}
    assert await ward.retry(dead)
    assert await ward.drop(parked, START)
    assert not await ward.retry(fine)
    assert not await ward.drop(parked, START)
    assert await seeds.states() == {"Dead": "pending", "Parked": "cancelled", "Fine": "pending"}
    assert await ward.stuck(9) == []


async def test_without_a_token_there_is_no_page_for_operators(sqlite: Database) -> None:
    async with served(sqlite, token="") as client:
        for path in ("/admin", "/metrics"):
            assert (await text_of(client, path, token="")).startswith("404")
    async with served(sqlite) as client:
        for path in ("/admin", "/metrics"):
            assert (await text_of(client, path, token="")).startswith("401")
            assert (await text_of(client, path, token="wrong")).startswith("401")


async def test_the_page_shows_what_needs_somebody_and_lets_it_move(sqlite: Database) -> None:
    seeds = Seeds(sqlite)
    await seeds.channel()
    [message] = await seeds.announce("<b>Stuck</b>")
    async with sqlite.write() as connection:
        await connection.execute(update(messages).values(state="dead", why="refused"))
        await connection.execute(update(feeds).values(failures=1, error="404", title="<i>Blog</i>"))
        await connection.execute(update(channels).values(state="closed", why="The bot was removed."))
    async with served(sqlite) as client:
        text = await text_of(client, "/admin")
        assert "&lt;b&gt;Stuck" in text
        assert "&lt;i&gt;Blog" in text
        assert "The bot was removed." in text

        address, signed_in = f"/admin/messages/{message}/retry", {"Authorization": f"Bearer {TOKEN}"}
        foreign = signed_in | {"Origin": "https://evil.example"}
        async with client.post(address, headers=foreign) as answer:
            assert answer.status == 403
        async with client.post(address, headers=signed_in, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/admin")
    assert await seeds.states() == {"<b>Stuck</b>": "pending"}


async def test_the_page_tells_how_many_channels_are_in_each_state_and_what_went_wrong(sqlite: Database) -> None:
    await Seeds(sqlite).channel()
    slip = Trouble(at=START, where="bot.polling", text="poll <b>failed</b> feed=7", serious=True, times=3)
    async with served(sqlite, recent=lambda: [slip]) as client:
        text = await text_of(client, "/admin")

    assert re.search(r"<dt>room, active</dt><dd>1</dd>", text)
    assert "poll &lt;b&gt;failed&lt;/b&gt; feed=7" in text
    assert "3 times" in text


async def test_an_empty_page_says_that_nothing_needs_anybody(sqlite: Database) -> None:
    async with served(sqlite) as client:
        assert "Nothing needs you." in await text_of(client, "/admin")


async def test_the_metrics_are_these_and_their_labels_are_bounded(sqlite: Database) -> None:
    await Seeds(sqlite).channel()
    async with served(sqlite) as client:
        await text_of(client, "/a/made/up/address?page=1")
        text = await text_of(client, "/metrics")

    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line.startswith("tidings_") and not re.match(r"\w+_(created|sum|count)\b", line):
            name, _, labels = line.rpartition(" ")[0].partition("{")
            names = found.setdefault(name.removesuffix("_bucket"), set())
            names |= set(re.findall(r'(\w+)="', labels))
    assert {name: sorted(labels) for name, labels in found.items()} == NAMES
    assert "made/up" not in text
    assert 'version="1.2.3"' in text


def test_the_dashboard_asks_for_numbers_that_there_are() -> None:
    text = (PROJECT / "config" / "grafana-dashboard.json").read_text(encoding="utf-8")
    asked = [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]

    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"tidings_\w+", " ".join(asked))}
    assert names <= NAMES.keys()
    assert len(names) >= 8


def test_a_plot_has_a_bar_for_each_hour_and_none_for_nothing() -> None:
    assert bars([0, 1, 100]) == [(0, 100, 0), (1, 98, 2), (2, 0, 100)]
    assert by_hour([START, START - timedelta(hours=49)], START)[-1:] == (1,)
    assert sum(by_hour([START - timedelta(hours=47, minutes=59)], START)[:1]) == 1


def test_delays_are_medians_and_not_means() -> None:
    delay = delay_of([timedelta(seconds=second) for second in (1, 1, 1, 1, 100)])
    assert (delay.p50, delay.p95, delay.count) == (1, 100, 5)
