"""Custom resources are judged by what they report, and never called broken where they report nothing."""

from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.custom_resources import NOT_REPORTED
from services.planning.health.values import Health
from tests.support.health import FAILED, PENDING, POLICY, PROGRESSING, READY, SUSPENDED
from tests.support.live import record_of
from tests.support.rollouts import START, at, stamp

SYSTEMS = {
    "Certificate": "cert-manager.io/v1",
    "Cluster": "postgresql.cnpg.io/v1",
    "Elasticsearch": "elasticsearch.k8s.elastic.co/v1",
    "ExternalSecret": "external-secrets.io/v1",
    "Gateway": "gateway.networking.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "Kafka": "kafka.strimzi.io/v1",
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "Bucket": "s3.aws.upbound.io/v1",
    "Prometheus": "monitoring.coreos.com/v1",
    "RabbitmqCluster": "rabbitmq.com/v1beta1",
    "ScaledObject": "keda.sh/v1alpha1",
    "SealedSecret": "bitnami.com/v1alpha1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "Widget": "shop.example/v1",
}


def custom(kind: str, status: Any = None, *, spec: Any = None, generation: int = 1) -> Manifest:
    return Manifest(
        {
            "apiVersion": SYSTEMS[kind],
            "kind": kind,
            "metadata": {"name": "x", "namespace": "shop", "uid": "u", "generation": generation},
            "spec": spec or {},
            "status": {} if status is None else status,
        }
    )


def conditions(**statuses: str) -> dict[str, Any]:
    """`Ready="False/Broken"`: the status and the reason of each condition."""
    split = {type_: value.partition("/") for type_, value in statuses.items()}
    return {
        "conditions": [
            {
                "type": type_,
                "status": status,
                **({"reason": reason} if reason else {}),
                "lastTransitionTime": stamp(-60),
            }
            for type_, (status, _, reason) in split.items()
        ]
    }


def parent(name: str = "edge", *, of_generation: int = 1, **statuses: str) -> dict[str, Any]:
    said = conditions(**statuses)["conditions"]
    return {
        "parentRef": {"name": name},
        "conditions": [{**each, "observedGeneration": of_generation} for each in said],
    }


def judged(manifest: Manifest) -> Health:
    """As an operation judges the object, which is as screens judge its record."""
    whole = assess(manifest, now=START, policy=POLICY)
    assert assess(record_of(manifest.body).as_manifest(), now=START, policy=POLICY) == whole
    return whole


@pytest.mark.parametrize(
    ("kind", "status", "state", "reason"),
    [
        ("Widget", {}, READY, NOT_REPORTED),
        ("Widget", conditions(Shiny="False/Dusty"), READY, NOT_REPORTED),
        ("Widget", conditions(Ready="True"), READY, None),
        ("Widget", conditions(Ready="False/Waiting"), PROGRESSING, "Waiting"),
        ("Widget", conditions(Ready="False"), PROGRESSING, "NotReady"),
        ("Widget", conditions(Ready="Unknown"), PROGRESSING, "NotReady"),
        ("Widget", conditions(Available="True"), READY, None),
        ("Widget", conditions(Available="False/NoPods"), PROGRESSING, "NoPods"),
        ("Widget", conditions(Ready="True", Available="False"), READY, None),
        ("Widget", conditions(Synced="True"), READY, None),
        ("Widget", conditions(Synced="False/ReconcileError", Ready="True"), FAILED, "ReconcileError"),
        ("Widget", conditions(Stalled="True/Broken", Ready="True"), FAILED, "Broken"),
        ("Widget", conditions(Failed="True"), FAILED, "Failed"),
        ("Widget", conditions(Failed="False", Degraded="False", Stalled="False"), READY, NOT_REPORTED),
        ("Widget", conditions(Degraded="True/NoQuorum", Available="True"), FAILED, "NoQuorum"),
        ("Widget", conditions(Reconciling="True/Upgrading", Ready="True"), PROGRESSING, "Upgrading"),
        ("Widget", conditions(Succeeded="False/Exit1"), FAILED, "Exit1"),
        ("Widget", conditions(Succeeded="Unknown/Running"), PROGRESSING, "Running"),
        ("ServiceMonitor", {}, READY, NOT_REPORTED),
        ("Certificate", conditions(Ready="False/Expired"), FAILED, "Expired"),
        (
            "Certificate",
            conditions(Ready="False/DoesNotExist", Issuing="True/DoesNotExist"),
            PROGRESSING,
            "DoesNotExist",
        ),
        ("ExternalSecret", conditions(Ready="False/SecretSyncedError"), FAILED, "SecretSyncedError"),
        ("ScaledObject", conditions(Ready="False/ScaledObjectCheckFailed"), FAILED, "ScaledObjectCheckFailed"),
        ("ScaledObject", conditions(Ready="True", Fallback="True/FallbackExists"), FAILED, "FallbackExists"),
        ("ScaledObject", conditions(Ready="True", Paused="True/ScaledObjectPaused"), SUSPENDED, "ScaledObjectPaused"),
        ("ScaledObject", conditions(Ready="True", Paused="False", Fallback="False", Active="False"), READY, None),
        ("Kustomization", conditions(Ready="False/BuildFailed"), FAILED, "BuildFailed"),
        ("Kustomization", conditions(Ready="False/DependencyNotReady"), PROGRESSING, "DependencyNotReady"),
        ("Bucket", conditions(Ready="False/Creating", Synced="True"), PROGRESSING, "Creating"),
        (
            "Bucket",
            conditions(Ready="True", Synced="True", LastAsyncOperation="False/ApplyFailure"),
            FAILED,
            "ApplyFailure",
        ),
        ("SealedSecret", conditions(Synced="False"), FAILED, "Synced"),
        ("Kafka", conditions(NotReady="True/Creating"), PROGRESSING, "Creating"),
        ("Kafka", conditions(NotReady="True/InvalidResourceException"), FAILED, "InvalidResourceException"),
        ("Kafka", conditions(Ready="True", Warning="True/DeprecatedFields"), READY, None),
        ("Prometheus", conditions(Available="False/NoPodReady"), FAILED, "NoPodReady"),
        ("Prometheus", conditions(Available="Degraded/SomePodsNotReady"), PROGRESSING, "SomePodsNotReady"),
        ("RabbitmqCluster", conditions(ReconcileSuccess="False/Error", AllReplicasReady="True"), FAILED, "Error"),
        ("RabbitmqCluster", conditions(AllReplicasReady="False/NotAllPodsReady"), PROGRESSING, "NotAllPodsReady"),
        ("Cluster", {"phase": "Cluster in healthy state", **conditions(Ready="True")}, READY, None),
        ("Cluster", {"phase": "Setting up primary", **conditions(Ready="False")}, PROGRESSING, "Setting up primary"),
        ("Cluster", {"phase": "Waiting for user action"}, FAILED, "Waiting for user action"),
        ("Cluster", conditions(Ready="False/ClusterIsNotReady"), PROGRESSING, "ClusterIsNotReady"),
        ("Cluster", conditions(**{"cnpg.io/hibernation": "True/Hibernated"}), SUSPENDED, "Hibernated"),
        ("Elasticsearch", {"phase": "Ready", "health": "green"}, READY, None),
        ("Elasticsearch", {"phase": "Ready", "health": "yellow"}, PROGRESSING, "yellow"),
        ("Elasticsearch", {"phase": "ApplyingChanges", "health": "green"}, PROGRESSING, "ApplyingChanges"),
        ("Elasticsearch", {"phase": "Ready", "health": "red"}, FAILED, "red"),
        ("Elasticsearch", {"phase": "Invalid"}, FAILED, "Invalid"),
        ("HTTPRoute", {}, PROGRESSING, "NoParent"),
        ("HTTPRoute", {"parents": [parent(Accepted="True", ResolvedRefs="True")]}, READY, None),
        ("HTTPRoute", {"parents": [parent(Accepted="False/NoMatchingListener")]}, FAILED, "NoMatchingListener"),
        (
            "HTTPRoute",
            {"parents": [parent(Accepted="True", ResolvedRefs="False/BackendNotFound")]},
            FAILED,
            "BackendNotFound",
        ),
        ("HTTPRoute", {"parents": [parent(of_generation=0, Accepted="False/Old")]}, PROGRESSING, "NoParent"),
        ("Gateway", conditions(Accepted="True", Programmed="False/Pending"), PROGRESSING, "Pending"),
        ("Gateway", conditions(Accepted="True", Programmed="True"), READY, None),
        ("Gateway", conditions(Accepted="False/Invalid"), FAILED, "Invalid"),
    ],
)
def test_a_custom_resource_is_as_its_conditions_and_the_rules_of_its_kind_say(kind, status, state, reason):
    health = judged(custom(kind, status))
    assert (health.state, health.reason) == (state, reason)


def test_a_status_of_a_former_generation_says_nothing_of_the_newest():
    status = {"observedGeneration": 1, **conditions(Ready="True")}
    assert judged(custom("Widget", status, generation=2)).state is PENDING


@pytest.mark.parametrize("member", ["suspend", "paused"])
def test_what_a_person_has_suspended_is_suspended_whatever_it_reports(member):
    status = conditions(Ready="False/BuildFailed")
    assert judged(custom("Kustomization", status, spec={member: True})).state is SUSPENDED
    assert judged(custom("Kustomization", status, spec={member: False})).state is FAILED


def test_it_says_since_when_and_what_its_controller_says_without_credentials():
    (entry,) = conditions(Ready="False/CannotConnect")["conditions"]
    entry["message"] = "no answer of postgres://shop:hunter2@db:5432\n with password=hunter2, trying again"
    health = judged(custom("Widget", {"conditions": [entry]}))
    assert health.since == at(-60)
    assert health.message == (
        "It does not report Ready. no answer of postgres://[hidden]@db:5432 with password=[hidden], trying again"
    )


def test_a_route_names_the_gateway_that_does_not_take_it():
    parents = [parent("inner", Accepted="True"), parent("edge", Accepted="False/NotAllowedByListeners")]
    assert judged(custom("HTTPRoute", {"parents": parents})).message == "Gateway edge: it is not accepted."


@pytest.mark.parametrize(
    "status",
    [
        "well",
        ["Ready"],
        {"conditions": "none"},
        {"conditions": {"type": "Ready", "status": "False"}},
        {"conditions": [None, "Ready", ["Ready"], {"type": ["Ready"]}, {"type": "Ready"}, {"status": "False"}]},
        {"conditions": [{"type": "Stalled", "status": True}, {"type": "Ready", "status": 1, "reason": {}}]},
        {"observedGeneration": "d41d8cd9", "phase": 7, "health": [], "parents": {}},
        {"observedGeneration": 0.5, "parents": [None, {"conditions": None}, {"parentRef": "edge", "conditions": [1]}]},
    ],
)
@pytest.mark.parametrize("kind", sorted(SYSTEMS))
def test_a_status_that_fits_no_rule_is_no_failure(kind, status):
    expected = PROGRESSING if kind == "HTTPRoute" else READY
    assert judged(custom(kind, status)).state is expected
