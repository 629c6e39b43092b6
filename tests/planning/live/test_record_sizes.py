"""What a record takes in memory."""

import copy
import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

from domain.resources import Kind
from services.planning.live.records import LiveRecord, read_page

TAPES = Path(__file__).parents[2] / "conformance" / "tapes"
LIMIT = 1024  # bytes
COUNT = 400
NAMES = ("web", "proxy", "metrics")


def bytes_a_record(kind: Kind, objects: list[dict[str, Any]]) -> float:
    text = json.dumps({"metadata": {"resourceVersion": "1"}, "items": objects}).encode()
    read_page(kind, text, key=b"a key of fingerprints")  # decoders and caches are made
    tracemalloc.start()
    kept: list[LiveRecord] = list(read_page(kind, text, key=b"a key of fingerprints").records)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == COUNT
    return size / COUNT


def recorded(tape: str, kind: str) -> dict[str, Any]:
    """The last object of the kind on a tape."""
    found: list[dict[str, Any]] = []

    def look(node: Any, kind_of_items: str = "") -> None:
        if isinstance(node, list):
            for each in node:
                look(each, kind_of_items)
        elif isinstance(node, dict):
            if node.get("kind", kind_of_items) == kind and "uid" in node.get("metadata", {}):
                found.append(node)
                return
            of_items = str(node.get("kind", "")).removesuffix("List") if "items" in node else ""
            for each in node.values():
                look(each, of_items)

    look(json.loads((TAPES / f"{tape}.json").read_text())["steps"])
    return found[-1]


def unmasked(body: dict[str, Any], number: int) -> dict[str, Any]:
    """With values of its own where the tape masks them."""
    uid = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    text = json.dumps(body).replace("<uid>", f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}")
    made: dict[str, Any] = json.loads(text.replace("<time>", f"2026-12-01T10:{number // 60 % 60:02}:{number % 60:02}Z"))
    return made


def test_a_deployment_takes_less_than_a_kibibyte():
    body = recorded("rollout-good", "Deployment")
    made = []
    for number in range(COUNT):
        one = unmasked(body, number)
        one["metadata"] |= {"name": f"shop-frontend-{number:05}", "namespace": "shop-production"}
        one["metadata"]["resourceVersion"] = str(1_000_000 + number)
        made.append(one)
    assert bytes_a_record(Kind.of("apps/v1", "Deployment"), made) < LIMIT


def test_a_pod_of_three_containers_takes_less_than_a_kibibyte():
    body = recorded("rollout-good", "Pod")
    made = []
    for number in range(COUNT):
        one = unmasked(body, number)
        one["metadata"] |= {"name": f"shop-frontend-7c9d8b6f5d-{number:05}", "namespace": "shop-production"}
        one["metadata"]["resourceVersion"] = str(1_000_000 + number)
        container = one["spec"]["containers"][0]
        one["spec"]["containers"] = [copy.deepcopy(container) | {"name": name} for name in NAMES]
        digest = hashlib.sha256(str(number // 3).encode()).hexdigest()
        at = f"2026-12-01T10:{number // 60 % 60:02}:{number % 60:02}Z"
        one["spec"]["nodeName"] = f"ip-10-3-4-{number % 20}.eu-central-1.compute.internal"
        one["status"] = {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "conditions": [
                {"type": each, "status": "True", "lastTransitionTime": at}
                for each in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "containerStatuses": [
                {
                    "name": name,
                    "ready": True,
                    "started": True,
                    "restartCount": 2,
                    "imageID": f"registry.example/shop/{name}@sha256:{digest}",
                    "state": {"running": {"startedAt": at}},
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": at, "finishedAt": at}},
                }
                for name in NAMES
            ],
        }
        made.append(one)
    assert bytes_a_record(Kind.of("v1", "Pod"), made) < LIMIT


def test_a_custom_resource_that_says_much_takes_less_than_a_kibibyte():
    made = []
    for number in range(COUNT):
        at = f"2026-12-01T10:{number // 60 % 60:02}:{number % 60:02}Z"
        marks = {"kubectl.kubernetes.io/last-applied-configuration": "{}" * 500, "meta.helm.sh/release-name": "shop"}
        said = hashlib.sha256(str(number).encode()).hexdigest()
        types = ("Ready", "Available", "Synced", "Degraded", "Initialized", "BackedUp", "Upgradeable", "Healthy")
        made.append(
            {
                "metadata": {
                    "name": f"shop-database-{number:05}",
                    "namespace": "shop-production",
                    "uid": f"{said[:8]}-{said[8:12]}-{said[12:16]}-{said[16:20]}-{said[20:32]}",
                    "generation": 3,
                    "resourceVersion": str(1_000_000 + number),
                    "creationTimestamp": at,
                    "annotations": marks,
                    "labels": {f"app.kubernetes.io/label-{each}": said[:20] for each in range(10)},
                    "managedFields": [{"manager": "operator", "fieldsV1": {"f:spec": {}}, "time": at}] * 5,
                },
                "spec": {
                    "imageName": f"registry.example/shop/postgres:{number // 100}",
                    "instances": 3,
                    "template": {
                        "spec": {"containers": [{"name": each, "image": f"{each}:{number // 100}"} for each in NAMES]}
                    },
                    "parameters": {f"parameter-{each}": said for each in range(50)},
                },
                "status": {
                    "observedGeneration": 3,
                    "conditions": [
                        {
                            "type": each,
                            "status": "False",
                            "reason": f"{each}Unknown",
                            "message": f"{each} {said} " * 10,
                            "lastTransitionTime": at,
                        }
                        for each in types
                    ],
                    "instances": {f"shop-database-{each}": said for each in range(20)},
                },
            }
        )
    assert bytes_a_record(Kind.of("database.shop.example/v1", "Database"), made) < LIMIT
