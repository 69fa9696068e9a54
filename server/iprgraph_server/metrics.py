"""The metrics of the server, for Prometheus."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

#: Bounds of the latency histograms, in seconds: from a cached answer to the longest query.
BUCKETS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip

_BOUNDS = [*map(str, BUCKETS), "+Inf"]


class _Durations:
    """A histogram of durations; the caller holds the lock."""

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        return list(zip(_BOUNDS, accumulate(self.counts), strict=True))


class Metrics(Collector):
    """Counters of requests; Prometheus' objects are made only when it scrapes."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], int] = {}
        self._latency: dict[tuple[str, str], _Durations] = {}
        self._sent: dict[str, int] = {}
        self._evaluation = _Durations()
        self._sources: list[Callable[[], Iterator[Metric]]] = []
        self._release: dict[str, str] = {}

    def observe_request(
        self, route: str, outcome: str, status: int, seconds: float, sent: int
    ) -> None:
        """Count one request."""
        with self._lock:
            key = (route, outcome, status)
            self._requests[key] = self._requests.get(key, 0) + 1
            self._sent[route] = self._sent.get(route, 0) + sent
            durations = self._latency.get(key[:2])
            if durations is None:
                durations = self._latency[key[:2]] = _Durations()
            durations.add(seconds)

    def observe_job(self, seconds: float) -> None:
        """Count one job that a worker finished."""
        with self._lock:
            self._evaluation.add(seconds)

    def add_source(self, collect: Callable[[], Iterator[Metric]]) -> None:
        """Add a function that returns more metrics at each scrape."""
        self._sources.append(collect)

    def set_release(self, **labels: str) -> None:
        """Record which release is served."""
        self._release = labels

    def render(self, accept: str = "") -> tuple[str, bytes]:
        """Return content type and body in the format that the scraper accepts."""
        encode, content_type = choose_encoder(accept)
        return content_type, encode(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Return the metrics as they are now."""
        with self._lock:
            requests = CounterMetricFamily(
                "iprgraph_requests",
                "Requests, by what they were for, how they ended, and status.",
                labels=("route", "outcome", "status"),
            )
            for (route, outcome, status), count in self._requests.items():
                requests.add_metric((route, outcome, str(status)), count)
            latency = HistogramMetricFamily(
                "iprgraph_request_seconds",
                "Time from the request to its complete answer.",
                labels=("route", "outcome"),
            )
            for labels, durations in self._latency.items():
                latency.add_metric(labels, durations.buckets(), durations.total)
            evaluation = HistogramMetricFamily(
                "iprgraph_evaluation_seconds", "Time that workers took for jobs."
            )
            evaluation.add_metric((), self._evaluation.buckets(), self._evaluation.total)
            sent = CounterMetricFamily(
                "iprgraph_sent_bytes", "Bytes of bodies sent.", labels=("route",)
            )
            for route, count in self._sent.items():
                sent.add_metric((route,), count)
        release = InfoMetricFamily("iprgraph_release", "The release that is served.")
        release.add_metric((), self._release)
        yield from (requests, latency, evaluation, sent, release)
        for collect in self._sources:
            yield from collect()


def gauge(name: str, text: str, value: float) -> Metric:
    """Return a metric that goes up and down."""
    return GaugeMetricFamily(f"iprgraph_{name}", text, value=value)


def counter(name: str, text: str, values: dict[str, Any], label: str) -> Metric:
    """Return a metric that only goes up, by the values of one label."""
    family = CounterMetricFamily(f"iprgraph_{name}", text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family
