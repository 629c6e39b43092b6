"""The states that workloads of a real cluster passed through, in order, are passed through here too.

A recording polls and misses states, so that ours may have more of them; none of the recorded may be missing or out
of order. Times, uids and hashes differ; conditions are compared by type, status and reason.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Object, thaw
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, config_map

TAPES = Path(__file__).parents[1] / "conformance" / "tapes"
PLURALS = {
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Job": "jobs",
    "CronJob": "cronjobs",
}
SUBJECTS = [
    ("rollout-good", "Deployment", "web"),
    ("rollout-crash", "Deployment", "web"),
    ("rollout-others", "StatefulSet", "db"),
    ("rollout-others", "DaemonSet", "agent"),
    ("rollout-others", "Deployment", "zero"),
    ("rollout-others", "Deployment", "paused"),
    ("rollout-others", "Deployment", "recreate"),
    ("rollout-others", "Job", "ok"),
    ("rollout-others", "CronJob", "cron"),
]


@pytest.mark.parametrize(("tape", "kind", "name"), SUBJECTS)
def test_the_recorded_states_are_passed_in_order(tape, kind, name):
    # The recorded cluster had registered no node, so that its DaemonSet desired no pod.
    stage = SandboxStage(node=kind != "DaemonSet")
    stage.create(config_map("web-config"))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-secret", "namespace": NAMESPACE}}
    stage.create({**secret, "data": {"password": "bm90IGEgc2VjcmV0"}})
    polls = 0
    for step in _steps(tape, kind, name):
        if "states" in step["response"]:
            polls += 1
            stage.advance(20)
            recorded = step["response"]["states"]
            # The revision was recorded for some tapes only.
            fields = recorded[0].keys()
            seen = [_state(o, fields) for o in stage.changes if o["kind"] == kind]
            _assert_in_order([_state(s, fields) for s in recorded], seen)
        else:
            del stage.changes[:]
            _write(stage, step)
    assert polls, "the tape holds no states of this object"


def test_events_of_a_rollout_are_the_recorded_ones():
    stage = SandboxStage()
    stage.create(config_map("web-config"))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-secret", "namespace": NAMESPACE}}
    stage.create({**secret, "data": {"password": "bm90IGEgc2VjcmV0"}})
    for step in _steps("rollout-good", "Deployment", "web"):
        if "states" in step["response"]:
            stage.advance(20)
        else:
            _write(stage, step)
    recorded = next(s for s in _tape("rollout-good") if s["note"] == "events")["response"]["body"]["items"]
    assert _shape_of(stage.all("events")) == _shape_of(recorded)


def _tape(name: str) -> list[Any]:
    steps: list[Any] = json.loads((TAPES / f"{name}.json").read_text())["steps"]
    return steps


def _steps(tape: str, kind: str, name: str) -> list[Any]:
    """The steps that write this object, or poll it."""
    path = f"/{PLURALS[kind]}"
    found = []
    for step in _tape(tape):
        request = step["request"]
        created = request["path"].endswith(path) and (request.get("body") or {}).get("metadata", {}).get("name") == name
        if created or f"{path}/{name}" in request["path"]:
            found.append(step)
    return found


def _write(stage: SandboxStage, step: Any) -> None:
    answered = step["response"]["body"]
    if step["request"]["method"] == "POST":
        metadata = {k: v for k, v in answered["metadata"].items() if k in {"name", "labels", "annotations"}}
        created = {k: v for k, v in answered.items() if k not in {"metadata", "status"}}
        spec = thaw(answered["spec"])
        if answered["kind"] == "Job":
            # Made of the uid: the server writes them anew.
            spec.pop("selector")
            for labels in (metadata["labels"], spec["template"]["metadata"]["labels"]):
                for label in [k for k in labels if k.endswith(("controller-uid", "job-name"))]:
                    del labels[label]
        stage.create({**created, "spec": spec, "metadata": {**metadata, "namespace": NAMESPACE}})
    else:
        stage.edit(PLURALS[answered["kind"]], answered["metadata"]["name"], **answered["spec"])


def _state(obj: Object, fields: Iterable[str]) -> Object:
    """What of an object is compared: a state on a tape (generation, revision, status) or an object of ours."""
    metadata = obj.get("metadata") or obj
    revision = (metadata.get("annotations") or {}).get("deployment.kubernetes.io/revision")
    state = {
        "generation": metadata["generation"],
        "revision": metadata.get("revision", revision),
        "status": {k: _comparable(k, v) for k, v in (obj.get("status") or {}).items()},
    }
    status = state["status"]
    if "currentRevision" in status:
        # The names are made of hashes; what matters is whether the two are one.
        same = status.pop("currentRevision") == status.pop("updateRevision")
        status["revisions"] = "one" if same else "two"
    return {field: state[field] for field in fields}


def _comparable(field: str, value: Any) -> Any:
    match field:
        case "conditions":
            return [(c["type"], c["status"], c.get("reason")) for c in value]
        case "startTime" | "completionTime":
            return "some time"
        case "uncountedTerminatedPods":
            return {ending: len(uids) for ending, uids in value.items()}
        case _:
            return value


def _assert_in_order(expected: list[Object], seen: list[Object]) -> None:
    left = iter(seen)
    for state in expected:
        assert state in left, f"not passed, or not in this order: {state}\nafter {expected.index(state)} recorded ones"


def _shape_of(events: list[Object]) -> list[tuple[str, str, str, str]]:
    """Kind, reason, component, and the message without the names in it."""

    def words(message: str) -> str:
        return " ".join(w for w in message.split() if not w.startswith("web-"))

    return sorted(
        (e["involvedObject"]["kind"], e["reason"], e["source"]["component"], words(e["message"])) for e in events
    )
