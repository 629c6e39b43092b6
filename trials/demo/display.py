"""The demo's output: a heading for each step, a line for each cluster of its operation, a table at the end.

On a terminal the clusters' lines are redrawn in place; elsewhere (a log, a pipe) every change is a line of its own.
"""

import sys
import time
from collections.abc import AsyncIterator
from typing import Any

_MARKS = {
    "succeeded": "✓",
    "unchanged": "=",
    "failed": "✗",
    "rolled-back": "↶",
    "skipped": "–",  # noqa: RUF001  the dash is intended
    "unreachable": "!",
}


def heading(text: str) -> None:
    """Print the heading of a step."""
    _say(f"\n{text}" if not sys.stdout.isatty() else f"\n\x1b[1m{text}\x1b[0m")


def line(text: str) -> None:
    """Print one fact of a step."""
    _say(f"  {text}")


class ClusterLines:
    """The clusters of an operation, each with the text of its last event."""

    def __init__(self, clusters: list[str]) -> None:
        self._texts = dict.fromkeys(clusters, "waiting")
        self._applied = dict.fromkeys(clusters, 0)
        self._undoing: set[str] = set()
        self._begun = time.monotonic()
        self._live = sys.stdout.isatty()
        self._drawn = False

    async def follow(self, events: AsyncIterator[dict[str, Any]]) -> str:
        """Show an operation's events to the last; returns the operation's state."""
        state = ""
        self._draw()
        async for event in events:
            cluster = event["cluster"]
            if event["type"] == "operation.ended":
                state = event["data"]["state"]
            elif cluster in self._texts and (text := self._text(cluster, event)):
                self._show(cluster, text)
        return state

    def _text(self, cluster: str, event: dict[str, Any]) -> str:
        data = event["data"]
        self._applied[cluster] += event["type"] == "resource.applied"
        what = f"{about['kind']} {about['name']}" if (about := event["resource_ref"]) else ""
        match event["type"]:
            case "cluster.started":
                text = "started"
            case "resource.applied" if self._live:
                text = f"{self._applied[cluster]} applied, last {what}"
            case "images.changed":
                which = "former" if cluster in self._undoing else "new"
                text = f"{what}: {which} images are written"
            case "rollout.progressed":
                text = f"{what}: {data.get('message') or data.get('state')}"
            case "undo.started":
                self._undoing.add(cluster)
                text = "undoing: restoring the previous images"
            case "cluster.ended":
                done = f"{self._applied[cluster]} applied, " if self._applied[cluster] else ""
                reason = f": {data['detail']}" if data.get("detail") else ""
                mark = _MARKS.get(data["outcome"], "?")
                text = f"{mark} {done}{data['outcome']} after {time.monotonic() - self._begun:.1f} s{reason}"
            case _:
                text = ""
        return text

    def _show(self, cluster: str, text: str) -> None:
        self._texts[cluster] = text
        if self._live:
            self._draw()
        else:
            _say(f"    {cluster:12} {text}")

    def _draw(self) -> None:
        if not self._live:
            return
        if self._drawn:
            sys.stdout.write(f"\x1b[{len(self._texts)}A")
        for cluster, text in self._texts.items():
            sys.stdout.write(f"\x1b[2K    {cluster:12} {text[:100]}\n")
        sys.stdout.flush()
        self._drawn = True


def table(environments: list[dict[str, Any]]) -> None:
    """What runs where: a row for each container, a column for each environment's cluster."""
    columns = [(env["environment"], seen["cluster"]) for env in environments for seen in env["clusters"]]
    rows: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for env in environments:
        for workload in env["workloads"]:
            resource = workload["resource"]
            health = {entry["cluster"]: entry["health"] for entry in workload["health"]}
            for container in workload["containers"]:
                name = (f"{resource['kind']}/{resource['name']}", container["name"])
                for seen in container["images"]:
                    cell = f"{seen['image']['tag'] or 'untagged'} {health.get(seen['cluster'], 'unknown')}"
                    rows.setdefault(name, {})[env["environment"], seen["cluster"]] = cell
    head = ["workload", "container", *(f"{environment} {cluster}" for environment, cluster in columns)]
    body = [[*name, *(cells.get(column, "-") for column in columns)] for name, cells in sorted(rows.items())]
    widths = [max(len(row[index]) for row in [head, *body]) for index in range(len(head))]
    for row in [head, ["-" * width for width in widths], *body]:
        _say("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
