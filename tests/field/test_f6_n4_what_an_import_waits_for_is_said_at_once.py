"""An import follows Jobs as it follows other workloads, and says within seconds why their pods do not come."""

import asyncio
import secrets
from typing import Any

import pytest

from domain.resources import Manifest
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from sandbox.server import Sandbox
from services.execution.copying import copy_to_cluster
from services.execution.watching import watch_rollouts
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.kube.pool import ClusterPool
from services.planning.copying.work import CopyWork
from services.planning.health.values import HealthPolicy
from services.reading import informer
from tests.support.clusters import practice_credentials
from tests.support.fake_cluster import FakeLog

_HOST: dict[str, Any] = {"hostNetwork": True}


@pytest.fixture
async def gateway(practice: Sandbox, cluster_pool: ClusterPool, monkeypatch: pytest.MonkeyPatch) -> ClusterGateway:
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.1)
    return await cluster_pool.gateway(practice_credentials(practice)[0])


@pytest.fixture
async def baseline(gateway: ClusterGateway) -> str:
    """A namespace that refuses pods on the host's network."""
    name = f"baseline-{secrets.token_hex(3)}"
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    await gateway.create(Manifest(body), namespace=None, deadline=Deadline.after(30))
    return name


def workload(kind: str, image: str = "registry.example/shop/keeper:1", /, **pod: Any) -> Manifest:
    template = {
        "metadata": {"labels": {"run": "keeper"}},
        "spec": {"containers": [{"name": "k", "image": image}], **pod},
    }
    spec: dict[str, Any] = {"template": template}
    if kind == "Job":
        template["spec"]["restartPolicy"] = "Never"
    else:
        spec["selector"] = {"matchLabels": {"run": "keeper"}}
    if kind == "StatefulSet":
        spec["serviceName"] = "keeper"
    version = "batch/v1" if kind == "Job" else "apps/v1"
    return Manifest({"apiVersion": version, "kind": kind, "metadata": {"name": "keeper"}, "spec": spec})


async def written(gateway: ClusterGateway, namespace: str, manifest: Manifest) -> tuple[ExpectedRollout, ...]:
    """What a copy that has written the object waits for."""
    live = await gateway.create(manifest, namespace=namespace, deadline=Deadline.after(30))
    work = CopyWork(namespace=namespace, namespace_object=None, writes=(), already_written=(live,))
    result = await copy_to_cluster(work, gateway, FakeLog(), deadline=Deadline.after(30))
    assert result.outcome is None
    return result.expected


async def never() -> bool:
    return False


async def watched(gateway: ClusterGateway, namespace: str, expected: tuple[ExpectedRollout, ...], policy: HealthPolicy):
    log = FakeLog()
    async with asyncio.timeout(90):
        result = await watch_rollouts(
            expected, gateway, namespace, log, policy=policy, deadline=Deadline.after(80), cancelled=never
        )
    return result, [data for type_, _, data in log.reported if type_ == "rollout.progressed"]


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "StatefulSet", "Job"])
async def test_pods_that_are_refused_at_admission_say_why(gateway, baseline, kind):
    expected = await written(gateway, baseline, workload(kind, **_HOST))
    result, said = await watched(gateway, baseline, expected, HealthPolicy(configuration=1.5))
    assert (result.outcome, result.code, result.undo_helps) == (Outcome.FAILED, "rollout-failed", False)
    assert 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)' in result.detail
    told = [each for each in said if each["state"] == "progressing" and each["reason"] == "FailedCreate"]
    assert "Pods cannot be created: " in told[0]["message"]


async def test_a_job_whose_image_cannot_be_pulled_fails_the_import(gateway, baseline):
    expected = await written(gateway, baseline, workload("Job", "registry.example/shop/keeper:missing"))
    result, said = await watched(gateway, baseline, expected, HealthPolicy(pull=1.5))
    assert (result.outcome, result.code) == (Outcome.FAILED, "rollout-failed")
    assert "not found" in result.detail
    assert "0 of 1 runs have succeeded." in said[0]["message"]


async def test_a_job_that_completes_ends_the_import(gateway, baseline):
    expected = await written(gateway, baseline, workload("Job"))
    result, said = await watched(gateway, baseline, expected, HealthPolicy(soak=0))
    assert result.outcome is Outcome.SUCCEEDED
    assert said[-1]["message"] == "The Job has completed."
