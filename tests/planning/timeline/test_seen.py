"""What a timeline takes from the record of a workload, and from those of its pods."""

from copy import deepcopy
from typing import Any

import pytest

from domain.images import Image
from domain.resources import ResourceId
from services.planning.health.values import Health, HealthState
from services.planning.images.custom_facts import CustomResourceFacts, NamedImage
from services.planning.images.running import WorkloadFacts
from services.planning.timeline.seen import WorkloadSeen, custom_seen, missing, restarts_of, workload_seen
from tests.support.live import record_of
from tests.support.rollouts import at

WEB = ResourceId.of("apps/v1", "Deployment", "web")
CREATED = {
    "manager": "helm",
    "operation": "Update",
    "apiVersion": "apps/v1",
    "time": "2026-01-01T10:00:00Z",
    "fieldsV1": {
        "f:spec": {
            "f:replicas": {},
            "f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': {"f:image": {}}}}},
        }
    },
}
SCALED = {
    "manager": "kubectl",
    "operation": "Update",
    "apiVersion": "apps/v1",
    "subresource": "scale",
    "fieldsV1": {"f:spec": {"f:replicas": {}}},
}


def facts(state: HealthState = HealthState.READY, **more: Any) -> WorkloadFacts:
    health = Health(state=state, message="All is well.", **more)
    return WorkloadFacts(resource=WEB, uid="u", paused=False, owner=None, health=health, containers=())


def test_of_a_custom_resource_its_health_is_seen_and_nothing_else():
    certificate = ResourceId.of("cert-manager.io/v1", "Certificate", "web")
    image = NamedImage(path="spec.image", image=Image.of("registry.example/shop/web:1"))
    for state, settled in ((HealthState.READY, True), (HealthState.FAILED, False)):
        health = Health(state=state, message="As its issuer says.", reason="Issuer")
        found = custom_seen(CustomResourceFacts(resource=certificate, health=health, images=(image,)))
        assert found == WorkloadSeen(
            resource=certificate, state=state, reason="Issuer", message="As its issuer says.", settled=settled
        )


def deployment(*managers: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "u",
            "resourceVersion": "1",
            "annotations": {"deployment.kubernetes.io/revision": "7"},
            "managedFields": deepcopy(list(managers)),
        },
        "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "app", "image": "shop/web:1"}]}}},
        "status": {"replicas": 3},
    }


def seen(body: dict[str, Any]) -> WorkloadSeen:
    return workload_seen(facts(), record_of(body), ())


def test_the_template_and_the_number_of_pods_come_from_the_record():
    found = seen(deployment(CREATED))
    assert (found.images, found.revision, found.replicas) == ((("app", "shop/web:1"),), "7", 3)


@pytest.mark.parametrize(
    ("managers", "by"),
    [
        ((CREATED,), "helm"),
        ((CREATED, SCALED), "kubectl"),
        (({**CREATED, "manager": "stagecoach"},), None),
        (({**SCALED, "manager": "stagecoach", "subresource": ""},), None),
        ((), None),
    ],
)
def test_who_scaled_is_the_field_manager_that_owns_the_number_unless_that_is_stagecoach(
    managers: tuple[dict[str, Any], ...], by: str | None
):
    assert seen(deployment(*managers)).scaled_by == by


def test_a_stateful_set_is_told_by_the_name_of_its_template():
    body = deployment()
    body |= {"kind": "StatefulSet", "status": {"updateRevision": "web-5d4"}}
    del body["metadata"]["annotations"]
    assert seen(body).revision == "web-5d4"


def test_a_job_that_runs_is_settled_and_an_absent_workload_is_missing():
    assert workload_seen(facts(HealthState.PROGRESSING, settled=True), None, ()).settled
    assert not workload_seen(facts(HealthState.PROGRESSING), None, ()).settled
    assert (missing(WEB).state, missing(WEB).settled) == (HealthState.MISSING, False)


def test_restarts_are_those_of_all_containers_with_why_each_ended_last():
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": at(5).isoformat()}
    pod = record_of(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "shop", "uid": "p", "resourceVersion": "1"},
            "spec": {"containers": [{"name": "app", "image": "shop/web:1"}]},
            "status": {
                "initContainerStatuses": [{"name": "proxy", "restartCount": 1, "state": {"running": {}}}],
                "containerStatuses": [
                    {"name": "app", "restartCount": 4, "lastState": {"terminated": ended}},
                    {"name": "quiet", "restartCount": 0},
                ],
            },
        }
    )
    proxy, app = restarts_of(pod)
    assert (proxy.key, proxy.count, proxy.reason, proxy.at) == ("web-1/proxy", 1, None, None)
    assert (app.key, app.count, app.reason, app.exit_code, app.at) == ("web-1/app", 4, "OOMKilled", 137, at(5))
