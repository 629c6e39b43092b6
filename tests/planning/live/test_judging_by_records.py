"""Whoever judges by records judges as by the objects themselves, for all that was recorded of a real cluster."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.values import Children, HealthPolicy, Observations
from services.planning.images.running import cluster_facts
from services.planning.live.records import may_be_kept
from services.planning.objects.custom_images import images_named, may_name_images
from services.planning.objects.owners import controller_of
from services.planning.objects.workloads import is_workload
from tests.support.live import record_of

TAPES = Path(__file__).parents[2] / "conformance" / "tapes"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
POLICY = HealthPolicy()
BELOW = {
    "Pod": "pods",
    "ReplicaSet": "replica_sets",
    "ControllerRevision": "controller_revisions",
    "Job": "jobs",
    "Event": "events",
    "Node": "nodes",
}


@cache
def tapes() -> tuple[tuple[Manifest, ...], ...]:
    """The objects of each tape, with times and uids in place of what a tape masks."""
    found = []
    for tape in sorted(TAPES.glob("*.json")):
        steps = json.loads(tape.read_text().replace("<time>", "2026-12-01T11:59:30Z"))["steps"]
        found.append(tuple(Manifest(each) for each in objects_in(steps)))
    return tuple(each for each in found if each)


def objects_in(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from objects_in(each)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("items"), list):
        of_items = {"apiVersion": node.get("apiVersion"), "kind": str(node.get("kind", "")).removesuffix("List")}
        yield from objects_in([{**of_items, **each} for each in node["items"]])
    elif isinstance(node.get("metadata"), dict) and "uid" in node["metadata"] and "kind" in node:
        node["metadata"]["uid"] = uid_of(node["kind"], node["metadata"]["name"])
        for each in (*node["metadata"].get("ownerReferences", ()), node.get("involvedObject", {})):
            each |= {"uid": uid_of(each.get("kind"), each.get("name"))}
        if may_be_kept(Manifest(node).kind):
            yield node
    else:
        yield from objects_in(list(node.values()))


def uid_of(kind: object, name: object) -> str:
    return f"{kind}-{name}"


def trimmed(manifest: Manifest) -> Manifest:
    return record_of(manifest.body).as_manifest()


def children(found: tuple[Manifest, ...]) -> Children:
    below: dict[str, Any] = {
        name: tuple(each for each in found if each.kind.name == kind) for kind, name in BELOW.items()
    }
    return Children(**below)


def test_the_tapes_hold_objects_of_many_kinds() -> None:
    kinds = {each.kind.name for found in tapes() for each in found}
    assert {"Deployment", "StatefulSet", "DaemonSet", "Pod", "Job", "CronJob", "ReplicaSet", "Event"} <= kinds


@pytest.mark.parametrize("started", [None, NOW - timedelta(minutes=1)], ids=["shown", "followed"])
def test_every_recorded_object_is_as_healthy_as_its_record(started: datetime | None) -> None:
    observations: Observations | None = None if started is None else {}
    for found in tapes():
        cut = tuple(map(trimmed, found))
        for whole, part in zip(found, cut, strict=True):
            judged = (
                assess(
                    one,
                    now=NOW,
                    policy=POLICY,
                    children=children(beside),
                    started=started,
                    observations=observations,
                )
                for one, beside in ((whole, found), (part, cut))
            )
            assert next(judged) == next(judged), whole.body


def test_every_recorded_workload_has_the_facts_of_its_record() -> None:
    for found in tapes():
        own = tuple(each for each in found if is_workload(each.kind) and controller_of(each) is None)
        asked = tuple(dict.fromkeys(each.id for each in own))
        cut = tuple(map(trimmed, found))
        facts, of_records = (
            cluster_facts("west", asked, each, children(each), now=NOW, policy=POLICY) for each in (found, cut)
        )
        assert without_entries(facts) == without_entries(of_records)


def test_every_recorded_custom_resource_names_the_images_of_its_record() -> None:
    custom = [each for found in tapes() for each in found if may_name_images(each.kind)]
    assert custom
    for each in custom:
        assert images_named(trimmed(each)) == images_named(each)


def without_entries(facts: Any) -> Any:
    """Only plans ask which fields a manager has."""
    return replace(facts, workloads=tuple(replace(each, entries=()) for each in facts.workloads))
