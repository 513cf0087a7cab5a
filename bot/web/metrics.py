"""/metrics for Prometheus: few names, bounded labels, numbers read at the scrape."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.domain.vitals import Vitals
from bot.ports.running import Clock
from bot.web.access import Gate
from bot.web.ward import Ward

TYPE = "text/plain; version=0.0.4"
#: Seconds. A topic page is to answer within 0.05, Slack within 3.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0)


class Metrics:
    """The numbers of this process and of the database it works on."""

    def __init__(self, *, ward: Ward, clock: Clock, gate: Gate, version: str) -> None:
        self._ward = ward
        self._clock = clock
        self._gate = gate
        self.registry = CollectorRegistry()
        self._vitals = _VitalsCollector()
        self.registry.register(self._vitals)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Gauge("tidings_build_info", "The running version.", ["version"], registry=self.registry).labels(version).set(1)
        self._answers = Histogram(
            "tidings_http_request_duration_seconds",
            "Answers over HTTP, by route (never by address) and class of status.",
            ["method", "route", "status"],
            buckets=BUCKETS,
            registry=self.registry,
        )

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the route of the numbers, for the web server to mount."""
        return [web.get("/metrics", self._gate.feed(self._answer))]

    async def _answer(self, _request: web.Request) -> web.StreamResponse:
        now = self._clock.now()
        self._vitals.take(await self._ward.read(now), now.timestamp())
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": TYPE})

    @property
    def middleware(self) -> Middleware:
        """Time every answer."""

        @web.middleware
        async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
            started = time.perf_counter()
            status = 500
            try:
                response = await handler(request)
            except web.HTTPException as refused:
                status = refused.status
                raise
            else:
                status = response.status
                return response
            finally:
                resource = request.match_info.route.resource
                route = resource.canonical if resource is not None else "unknown"
                took = time.perf_counter() - started
                # A stream is open for as long as its page is: that is no time to answer.
                if not route.endswith("/events"):
                    self._answers.labels(_method(request.method), route, f"{status // 100}xx").observe(took)

        return timed


def _method(method: str) -> str:
    return method if method in {"GET", "HEAD", "POST"} else "other"


class _VitalsCollector(Collector):
    """Turns vitals into gauges: they are counted in the database, whatever process wrote them."""

    def __init__(self) -> None:
        self._vitals = Vitals()
        self._now = 0.0

    def take(self, vitals: Vitals, now: float) -> None:
        self._vitals, self._now = vitals, now

    def collect(self) -> Iterator[Metric]:
        vitals = self._vitals
        yield _gauge("tidings_feeds", "Feeds by health.", ["health"], {(k,): v for k, v in vitals.feeds.items()})
        yield _plain("tidings_feeds_overdue", "Feeds due for more than five minutes.", vitals.feeds_overdue)
        yield _plain("tidings_posts_last_day", "Posts of the last 24 hours.", vitals.posts_last_day)
        yield _gauge("tidings_channels", "Channels by platform and state.", ["platform", "state"], vitals.channels)
        yield _plain("tidings_subscriptions", "Subscriptions.", vitals.subscriptions)
        queue = {(state,): number for state, number in vitals.queue.items()}
        yield _gauge("tidings_messages", "Messages that are not done, by state.", ["state"], queue)
        waits = self._now - vitals.oldest_due.timestamp() if vitals.oldest_due else 0.0
        yield _plain("tidings_oldest_due_message_seconds", "How long the longest due message has waited.", waits)
        last_hour = vitals.hours[-1] if vitals.hours else 0
        yield _plain("tidings_announcements_last_hour", "Announcements shown in the last hour.", last_hour)
        delays = {("0.5",): vitals.delay.p50, ("0.95",): vitals.delay.p95}
        told = "From stored to shown, in the last hour."
        yield _gauge("tidings_announcement_delay_seconds", told, ["quantile"], delays)


def _gauge(name: str, help: str, labels: list[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _plain(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=value)
