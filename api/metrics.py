"""Metrics in Prometheus' text format: few, and each of use to an alert."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from api.callers import Callers
from api.container import Container
from domain.words import Reachability
from services.reading.live.live import LiveFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Requests:
    """The requests that this process answered, by method and status, and the seconds spent on them."""

    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: float = 0.0

    def note(self, method: str, status: int, seconds: float) -> None:
        self.answered[method, status] += 1
        self.seconds += seconds


async def exposition(container: Container, requests: Requests, callers: Callers) -> str:
    """All metrics as text; reads operations and clusters from the database."""
    async with container.database.read() as tx:
        underway = await tx.operations.unfinished()
        clusters = Counter(cluster.reachability for cluster in await tx.clusters.all())
    figures = container.live.figures()
    lines = [
        *_counter("stagecoach_requests_total", "Requests answered.", _by_status(requests)),
        *_counter("stagecoach_request_seconds_total", "Seconds spent on requests.", {"": requests.seconds}),
        *_gauge("stagecoach_event_streams", "Event streams that are open.", {"": callers.streams}),
        *_gauge("stagecoach_operations_underway", "Operations queued or running.", {"": len(underway)}),
        *_gauge(
            "stagecoach_clusters",
            "Registered clusters by reachability at the last probe.",
            {f'{{reachability="{each}"}}': clusters[each] for each in Reachability},
        ),
        *_gauge(
            "stagecoach_engine_ready", "Whether the engine executes operations.", {"": int(container.engine.ready)}
        ),
        *_live(figures),
        *_diverging(figures),
    ]
    return "\n".join(lines) + "\n"


def _live(figures: LiveFigures) -> Iterator[str]:
    """What is kept of clusters in this process; each replica has its own copy."""
    yield from _gauge(
        "stagecoach_live_streams",
        "Kinds that are kept up to date on clusters, by how.",
        {f'{{state="{state}"}}': count for state, count in figures.streams.items()},
    )
    yield from _gauge(
        "stagecoach_live_clusters",
        "Clusters of which objects are kept, by the state of the worst stream of each.",
        {f'{{state="{state}"}}': count for state, count in figures.clusters.items()},
    )
    yield from _gauge(
        "stagecoach_live_down_seconds",
        "For how long the stream has been silent, refused or unreachable that has been so for longest.",
        {"": figures.down},
    )
    yield from _gauge(
        "stagecoach_live_stale_clusters",
        "Clusters of which a kind is not kept up to date now.",
        {"": figures.stale_clusters},
    )
    yield from _gauge(
        "stagecoach_live_oldest_seconds",
        "How long ago the stream was heard of that has been silent for longest.",
        {"": figures.oldest},
    )
    yield from _gauge("stagecoach_live_records", "Objects of clusters that are kept.", {"": figures.records})
    yield from _counter(
        "stagecoach_live_judgements_total", "Judgements of an application on a cluster.", {"": figures.judgements}
    )
    yield from _counter(
        "stagecoach_live_revisions_total", "Times that what is shown has changed.", {"": figures.revision}
    )


def _diverging(figures: LiveFigures) -> Iterator[str]:
    """Every replica says the same: these are rows."""
    yield from _gauge(
        "stagecoach_divergences",
        "Containers that drifted from the last release, or differ between clusters.",
        {f'{{kind="{kind}"}}': count for kind, count in figures.divergences.items()},
    )


def _by_status(requests: Requests) -> dict[str, float]:
    return {
        f'{{method="{method}",status="{status}"}}': count
        for (method, status), count in sorted(requests.answered.items())
    }


def _counter(name: str, meaning: str, values: Mapping[str, float]) -> Iterator[str]:
    return _metric(name, meaning, "counter", values)


def _gauge(name: str, meaning: str, values: Mapping[str, float]) -> Iterator[str]:
    return _metric(name, meaning, "gauge", values)


def _metric(name: str, meaning: str, kind: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{labels} {value:.10g}"
