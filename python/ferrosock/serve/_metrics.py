"""What the workers counted, summed, as Prometheus' text (exposition format 0.0.4)."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram of durations, in seconds; one more bucket holds what takes longer."""

CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")

# Counters that are there for each name of `ferrosock_server::Stats`: the metric's name and its help.
_COUNTERS = {
    "requests": ("requests", "Requests whose head was read."),
    "accepted": ("connections_accepted", "Connections that were accepted."),
    "refused": ("connections_refused", "Connections beyond the limit, answered 503."),
    "received": ("received_bytes", "Bytes that came from clients."),
    "sent": ("sent_bytes", "Bytes that went to clients."),
    "timeouts": ("timeouts", "Connections given up because their client was too slow."),
    "panics": ("panics", "Faults of the server itself while a request was handled."),
    "log_lost": ("access_log_lost", "Lines of the access log that were lost because its reader was too slow."),
}

# What is true of the moment alone and does not outlive its worker.
_GAUGES = ("open",)


class Tally:
    """Sums of counters that never fall: what ended workers counted stays in them.

    Args:
        retired: the sums of an earlier command in the same process.
        restarts: how often workers were replaced by then, by reason.
    """

    def __init__(self, retired: Mapping[str, Any] | None = None, restarts: Mapping[str, int] | None = None) -> None:
        self.retired: dict[str, Any] = dict(retired or {})
        self.restarts: dict[str, int] = dict(restarts or {})

    def retire(self, counters: Mapping[str, Any]) -> None:
        """Keep what a worker that has ended had counted."""
        lasting = {name: value for name, value in counters.items() if name not in _GAUGES}
        self.retired = add(self.retired, lasting)

    def restarted(self, reason: str) -> None:
        """Count a worker that is replaced."""
        self.restarts[reason] = self.restarts.get(reason, 0) + 1

    def total(self, living: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the sums, with what these workers have counted so far."""
        found = dict(self.retired)
        for counters in living:
            found = add(found, counters)
        return found


def add(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sum of two sets of counters: numbers, and lists of numbers place by place. All else is left out."""
    found = dict(first)
    for name, value in second.items():
        before = found.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found[name] = value + (before if isinstance(before, (int, float)) else 0)
        elif isinstance(value, (list, tuple)) and all(isinstance(one, (int, float)) for one in value):
            earlier: Sequence[Any] = before if isinstance(before, (list, tuple)) else ()
            length = max(len(value), len(earlier))
            found[name] = [
                (value[at] if at < len(value) else 0) + (earlier[at] if at < len(earlier) else 0)
                for at in range(length)
            ]
    return found


class WorkerGauge(NamedTuple):
    """What the system says of a worker; None is what it does not say."""

    slot: int
    resident: int | None
    processor_time: float | None


def render(
    counters: Mapping[str, Any],
    restarts: Mapping[str, int],
    states: Mapping[str, int],
    workers: Sequence[WorkerGauge],
    version: str,
) -> bytes:
    """Return the text.

    Args:
        counters: the sums, by the names of `Control.stats`.
        restarts: how often workers were replaced, by reason.
        states: how many workers are starting, serving and stopping.
        workers: those that serve.
        version: Ferrosock's.
    """
    lines = list(_lines(counters, restarts, states, workers, version))
    return ("\n".join(lines) + "\n").encode()


def _lines(
    counters: Mapping[str, Any],
    restarts: Mapping[str, int],
    states: Mapping[str, int],
    workers: Sequence[WorkerGauge],
    version: str,
) -> Iterator[str]:
    yield from _head("info", "gauge", "What serves.")
    yield f'ferrosock_info{{version="{_escaped(version)}",python="{_escaped(platform.python_version())}"}} 1'
    for name, (metric, words) in _COUNTERS.items():
        yield from _head(f"{metric}_total", "counter", words)
        yield f"ferrosock_{metric}_total {_number(counters.get(name, 0))}"
    yield from _head("responses_total", "counter", "Final responses, by the class of their status.")
    statuses = counters.get("statuses", ())
    for at, name in enumerate(CLASSES):
        yield f'ferrosock_responses_total{{class="{name}"}} {_number(statuses[at] if at < len(statuses) else 0)}'
    yield from _head("connections_open", "gauge", "Connections that are open.")
    yield f"ferrosock_connections_open {_number(counters.get('open', 0))}"
    yield from _durations(counters)
    yield from _head("workers", "gauge", "Workers, by what they are at.")
    for state, count in states.items():
        yield f'ferrosock_workers{{state="{_escaped(state)}"}} {count}'
    yield from _head("worker_restarts_total", "counter", "Workers that were replaced, by reason.")
    for reason, count in sorted(restarts.items()):
        yield f'ferrosock_worker_restarts_total{{reason="{_escaped(reason)}"}} {count}'
    yield from _head("worker_resident_bytes", "gauge", "Resident memory of a worker.")
    for worker in workers:
        if worker.resident is not None:
            yield f'ferrosock_worker_resident_bytes{{worker="{worker.slot}"}} {worker.resident}'
    yield from _head("worker_cpu_seconds", "gauge", "Processor time that the worker took since it began.")
    for worker in workers:
        if worker.processor_time is not None:
            yield f'ferrosock_worker_cpu_seconds{{worker="{worker.slot}"}} {_number(worker.processor_time)}'


def _durations(counters: Mapping[str, Any]) -> Iterator[str]:
    counts = counters.get("durations")
    if not isinstance(counts, (list, tuple)):
        return
    name = "request_duration_seconds"
    yield from _head(name, "histogram", "From a request's head to the end of its response.")
    so_far = 0
    for at, count in enumerate(counts[: len(BUCKETS)]):
        so_far += count
        yield f'ferrosock_{name}_bucket{{le="{_number(BUCKETS[at])}"}} {so_far}'
    total = so_far + sum(counts[len(BUCKETS) :])
    yield f'ferrosock_{name}_bucket{{le="+Inf"}} {total}'
    yield f"ferrosock_{name}_sum {_number(counters.get('duration_sum', 0))}"
    yield f"ferrosock_{name}_count {total}"


def _head(metric: str, kind: str, words: str) -> tuple[str, str]:
    return f"# HELP ferrosock_{metric} {words}", f"# TYPE ferrosock_{metric} {kind}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(float(value)).removesuffix(".0")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
