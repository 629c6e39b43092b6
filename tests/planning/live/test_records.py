"""Records: what they are made of, and that they are read as they were stored."""

import json
from typing import Any

import msgspec
import pytest

from domain.resources import Kind, Manifest
from services.planning.live.records import LiveRecord, may_be_kept, read_event, read_object, read_page
from tests.support.live import PRINT_KEY
from tests.support.live import record_of as of

REPLICA_SETS = Kind.of("apps/v1", "ReplicaSet")


def test_a_record_has_the_identity_and_the_version_of_its_object() -> None:
    record = of(deployment())
    assert (record.key.namespace, record.key.name, record.version) == ("shop", "web", "7")
    assert record.as_manifest().id == Manifest(deployment()).id
    assert record.as_manifest().namespace == "shop"


def test_what_is_stored_is_read_as_it_was() -> None:
    for body in (deployment(), pod()):
        record = of(body)
        stored = json.dumps(dict(reversed(json.loads(record.encoded()).items())), indent=1)
        again = LiveRecord.decoded(record.key.kind, stored.encode())
        assert again.same(record)
        assert (again.key, again.version, again.controller) == (record.key, record.version, record.controller)


def test_records_that_differ_in_their_versions_alone_are_the_same() -> None:
    later = deployment()
    later["metadata"]["resourceVersion"] = "8"
    assert of(later).same(of(deployment()))
    later["status"]["readyReplicas"] = 1
    assert not of(later).same(of(deployment()))


def test_a_record_that_is_packed_says_what_it_said_and_is_the_same() -> None:
    changed = deployment()
    changed["status"]["readyReplicas"] = 1
    for body, other in ((deployment(), changed), (changed, deployment())):
        record, text = of(body), of(body)
        assert not record.is_packed
        assert record.pack().is_packed
        assert len(record.kept) < len(text.kept) / 2
        assert (record.as_manifest(), record.body, record.encoded()) == (text.as_manifest(), text.body, text.encoded())
        assert record.same(text)
        assert text.same(record)
        assert not record.same(of(other))
        assert not of(other).pack().same(record)


def test_the_records_of_a_list_are_packed() -> None:
    page = {"metadata": {"resourceVersion": "1"}, "items": [deployment()]}
    (record,) = read_page(Kind.of("apps/v1", "Deployment"), json.dumps(page).encode(), key=PRINT_KEY).records
    assert record.is_packed
    assert record.same(of(deployment()))


def test_no_record_is_made_of_a_secret_or_a_config_map() -> None:
    for name in ("Secret", "ConfigMap"):
        kind = Kind.of("v1", name)
        assert not may_be_kept(kind)
        with pytest.raises(ValueError, match="may be secret"):
            read_page(kind, b'{"metadata":{},"items":[]}', key=PRINT_KEY)


def test_no_value_of_a_variable_is_in_a_record_and_none_that_is_copied_in_an_annotation() -> None:
    holder = deployment()
    holder["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(deployment())
    template = holder["spec"]["template"]["spec"]["containers"][0] | {"args": ["--password=hunter2"]}
    keeping_pods = deployment() | {"kind": "ReplicaSet"}  # of these, fingerprints are kept
    keeping_pods["spec"]["template"]["spec"]["containers"] = [template]
    alone = pod()
    alone["spec"]["containers"] = [template]
    for body in (holder, keeping_pods, alone):
        stored = of(body).encoded()
        assert b"registry.example" in stored
        assert b"hunter2" not in stored


def test_fingerprints_cannot_be_guessed_without_the_key_of_the_installation() -> None:
    body = json.dumps(deployment() | {"kind": "ReplicaSet"}).encode()
    kind = Kind.of("apps/v1", "ReplicaSet")
    ours, again, elsewhere = (read_object(kind, body, key=key) for key in (PRINT_KEY, PRINT_KEY, b"of another one"))
    assert ours is not None
    assert again is not None
    assert elsewhere is not None
    assert ours.same(again)
    assert not ours.same(elsewhere)


def test_a_page_names_where_the_list_goes_on() -> None:
    page = read_page(
        Kind.of("apps/v1", "Deployment"),
        json.dumps({"metadata": {"resourceVersion": "9", "continue": "abc"}, "items": [deployment()]}).encode(),
        key=PRINT_KEY,
    )
    assert (page.resource_version, page.more, len(page.records)) == ("9", "abc", 1)


def test_a_bookmark_has_a_version_and_no_record() -> None:
    line = b'{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"12"}}}'
    event = read_event(Kind.of("v1", "Pod"), line, key=PRINT_KEY)
    assert (event.type, event.version, event.record) == ("BOOKMARK", "12", None)


def _odd_ones() -> list[dict[str, Any]]:
    """ReplicaSets with fields of other types than Kubernetes has."""
    made = []
    for name, odd in (
        ("a-count", {"spec": {"replicas": {"is": "hunter2"}}}),
        ("conditions", {"status": {"conditions": "hunter2"}}),
        ("no-mapping", {"spec": ["hunter2"]}),
    ):
        body = deployment() | {"kind": "ReplicaSet"} | odd
        body["metadata"]["name"] = name
        made.append(body)
    labels = deployment() | {"kind": "ReplicaSet"}
    labels["metadata"] |= {"name": "labels", "labels": ["hunter2"]}
    return [*made, labels]


def test_of_a_page_the_objects_are_kept_that_can_be_read_and_the_others_are_named() -> None:
    odd, well = _odd_ones(), deployment() | {"kind": "ReplicaSet"}
    body = json.dumps({"metadata": {"resourceVersion": "9", "continue": "abc"}, "items": [*odd, well]}).encode()
    page = read_page(REPLICA_SETS, body, key=PRINT_KEY)
    assert ([each.key.name for each in page.records], page.resource_version, page.more) == (["web"], "9", "abc")
    assert [(key.namespace, key.name) for key in page.skipped] == [("shop", each["metadata"]["name"]) for each in odd]


def test_what_becomes_unreadable_counts_as_gone_and_keeps_no_value() -> None:
    for body in _odd_ones():
        line = json.dumps({"type": "MODIFIED", "object": body}).encode()
        event = read_event(REPLICA_SETS, line, key=PRINT_KEY)
        assert (event.type, event.version, event.skipped) == ("DELETED", "7", True)
        assert event.record is not None
        assert (event.record.key.name, b"hunter2" in event.record.encoded()) == (body["metadata"]["name"], False)


def test_what_is_nested_too_deeply_to_be_cut_down_is_left_out() -> None:
    kind = Kind.of("postgresql.cnpg.io/v1", "Cluster")
    items = [{"metadata": {"name": "db"}, "spec": {"imageName": "postgres:18"}}, {"metadata": {"name": "deep"}}]
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    items[1]["spec"] = deep
    page = read_page(kind, json.dumps({"metadata": {}, "items": items}).encode(), key=PRINT_KEY)
    assert ([each.key.name for each in page.records], [each.name for each in page.skipped]) == (["db"], ["deep"])


def test_what_is_no_object_at_all_is_refused() -> None:
    for item in ("x", {"metadata": {"name": ["web"]}}, {"spec": "x"}):
        with pytest.raises(msgspec.DecodeError):
            read_page(REPLICA_SETS, json.dumps({"metadata": {}, "items": [item]}).encode(), key=PRINT_KEY)
        with pytest.raises(msgspec.DecodeError):
            read_event(REPLICA_SETS, json.dumps({"type": "ADDED", "object": item}).encode(), key=PRINT_KEY)


def deployment() -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "9f0d2c1e-1c1b-4f8e-8a57-4d8f6f3c0a01",
            "resourceVersion": "7",
            "generation": 2,
            "creationTimestamp": "2026-11-01T08:00:00Z",
            "annotations": {"deployment.kubernetes.io/revision": "3", "note": "of a person"},
        },
        "spec": {
            "replicas": 2,
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "web",
                            "image": "registry.example/shop/web:1.4.2",
                            "env": [{"name": "TOKEN", "value": "hunter2"}],
                        }
                    ]
                }
            },
        },
        "status": {
            "observedGeneration": 2,
            "replicas": 2,
            "updatedReplicas": 2,
            "readyReplicas": 2,
            "availableReplicas": 2,
            "conditions": [
                {"type": "Available", "status": "True", "lastTransitionTime": "2026-11-01T08:01:00Z"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ],
        },
    }


def pod() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web-5d9c7-abcde",
            "namespace": "shop",
            "uid": "0c7c0b7e-8b0f-4d33-a0c5-8c8b7d6a0b02",
            "resourceVersion": "11",
            "creationTimestamp": "2026-11-01T08:00:10Z",
            "labels": {"app": "web", "pod-template-hash": "5d9c7"},
            "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d9c7", "uid": "rs", "controller": True}
            ],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "registry.example/shop/web:1.4.2"}]},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.7",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [
                {
                    "name": "web",
                    "ready": True,
                    "restartCount": 0,
                    "imageID": "registry.example/shop/web@sha256:" + "ab" * 32,
                    "state": {"running": {"startedAt": "2026-11-01T08:00:12Z"}},
                }
            ],
        },
    }
