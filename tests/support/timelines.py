"""Timelines of what an API server says of a workload, and what is judged at each look."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.values import Children, Health, HealthPolicy, Observations
from tests.support.rollouts import START, at, stamp

Look = tuple[float, Manifest, Children]  # seconds after the write, the workload, and what is below it


def judged(looks: Iterable[Look], *, generation: int | None = None) -> list[Health]:
    """The assessment of each look by who follows the rollout, one after the other."""
    return list(_judged(looks, generation))


def _judged(looks: Iterable[Look], generation: int | None) -> Iterator[Health]:
    observations: Observations = {}
    for seconds, manifest, children in looks:
        health = assess(
            manifest,
            now=at(seconds),
            policy=HealthPolicy(),
            children=children,
            generation=generation,
            started=START,
            observations=observations,
        )
        observations = health.observations
        yield health


def seen(seconds: float, manifest: Manifest, children: Children) -> Health:
    """The assessment of one moment, as a screen shows it."""
    return assess(manifest, now=at(seconds), policy=HealthPolicy(), children=children)


def running(
    *, ready: bool = True, restarts: int = 0, since: float = 0, last: dict[str, Any] | None = None, name: str = "web"
) -> dict[str, Any]:
    """The status of a container that runs since `since`; `last` is how its last run ended."""
    state = {"running": {"startedAt": stamp(since)}}
    last_state = {"terminated": last} if last else {}
    return {"name": name, "ready": ready, "restartCount": restarts, "state": state, "lastState": last_state}


def ended(*, began: float, at_: float, code: int = 1, reason: str = "Error") -> dict[str, Any]:
    """How a run ended."""
    return {"exitCode": code, "reason": reason, "startedAt": stamp(began), "finishedAt": stamp(at_)}


def ready(status: bool | str = True, **more: Any) -> dict[str, Any]:
    """The condition of a pod."""
    return {"type": "Ready", "status": status if isinstance(status, str) else str(status), **more}


def event(about: str, reason: str, message: str, *, seconds: float, type_: str = "Warning", kind: str = "") -> Manifest:
    """An event about the object with the uid `about`."""
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"e-{about}-{reason}-{seconds}", "creationTimestamp": stamp(seconds)},
            "type": type_,
            "reason": reason,
            "message": message,
            "firstTimestamp": stamp(seconds),
            "lastTimestamp": stamp(seconds),
            "involvedObject": {"uid": about, "kind": kind},
        }
    )
