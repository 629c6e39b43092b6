"""Jobs of hooks and checks on practice clusters: made once, followed to their end, with their log."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from domain.hook_runs import RunEnd, RunKey, RunPart, RunState
from domain.images import ContainerImage, Image
from domain.resources import Kind, Manifest, ResourceId
from domain.stored.hooks import JobTemplate
from services.execution.gated_gateway import GatedGateway, WritePausedError
from services.execution.hook_jobs import JobRun, run_job
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway
from services.planning.health.values import HealthPolicy
from services.planning.rings.job_template import job_name
from tests.support.clusters import TestCluster
from tests.support.run_records import MemoryRecords, ProcessDied

_JOBS, _PODS = Kind.of("batch/v1", "Job"), Kind.of("v1", "Pod")
_CANARY = "canary-of-a-secret"


def _template(*args: str, pods: dict[str, Any] | None = None) -> JobTemplate:
    container = {"name": "migrate", "image": "$(image)", "args": list(args)}
    spec = {"restartPolicy": "Never", "containers": [container], **(pods or {})}
    body = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"backoffLimit": 0, "template": {"spec": spec}}}
    return JobTemplate(manifest=Manifest(body), seconds=600)


def _run(namespace: str, template: JobTemplate | None = None, *, image: str = "shop/web:2") -> JobRun:
    web = ResourceId.of("apps/v1", "Deployment", "web")
    return JobRun(
        key=RunKey(operation_id="op-1", ring=0, part=RunPart.BEFORE, name="migrate", cluster="prod-eu"),
        template=template or _template(),
        images=(ContainerImage(workload=web, container="web", image=Image.of(image)),),
        namespace=namespace,
        allowed=frozenset(),
    )


def _soon() -> Deadline:
    return Deadline.after(90)


async def _never() -> bool:
    return False


async def _always() -> bool:
    return True


async def _ended(
    run: JobRun,
    gateway: ClusterGateway,
    records: MemoryRecords | None = None,
    *,
    cancelled: Callable[[], Awaitable[bool]] = _never,
) -> RunEnd:
    return await run_job(run, gateway, records or MemoryRecords(), policy=HealthPolicy(), cancelled=cancelled)


async def _names(gateway: ClusterGateway, kind: Kind, namespace: str) -> list[str]:
    return [each.name for each in (await gateway.list(kind, namespace=namespace, deadline=_soon())).items]


async def test_a_job_that_completes_passes_with_its_log_in_which_secrets_are_hidden(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway = clusters[0].gateway
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db"},
        "data": {"url": base64.b64encode(_CANARY.encode()).decode()},
    }
    await gateway.create(Manifest(secret), namespace=namespace, deadline=_soon())
    env = [{"name": "DB", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}]
    template = _template(f"migrating {_CANARY}")
    template.manifest.body["spec"]["template"]["spec"]["containers"][0]["env"] = env
    end = await _ended(_run(namespace, template), gateway)
    assert end.state is RunState.PASSED
    assert end.log == "running shop/web:2\nmigrating [hidden]\ndone\n"


async def test_a_job_that_fails_says_why_and_how_its_log_ends(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    end = await _ended(_run(namespace, image="shop/web:broken"), clusters[0].gateway)
    assert end.state is RunState.FAILED
    assert "backoff limit" in end.detail
    assert "exit code 1" in end.detail


async def test_a_process_that_dies_between_making_a_job_and_recording_it_leads_to_no_second_one(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway = clusters[0].gateway
    run, records = _run(namespace), MemoryRecords(crashes=1)
    with pytest.raises(ProcessDied):
        await _ended(run, gateway, records)
    assert (await _ended(run, gateway, records)).state is RunState.PASSED
    assert await _names(gateway, _JOBS, namespace) == [job_name(run.key)]
    assert len(await _names(gateway, _PODS, namespace)) == 1
    assert records.runs[run.key].job == job_name(run.key)


async def test_a_run_that_has_ended_asks_nothing_of_the_cluster() -> None:
    run, records = _run("shop"), MemoryRecords()
    await records.begin(run.key, cast("Any", "job"))
    ended = RunEnd(state=RunState.PASSED, detail="It has completed.")
    await records.end(run.key, ended)
    assert await _ended(run, cast("ClusterGateway", None), records) == ended


async def test_a_job_of_somebody_else_with_its_name_is_not_taken_for_the_runs(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway, run = clusters[0].gateway, _run(namespace)
    body = _template().manifest.edited()
    body["metadata"] = {"name": job_name(run.key)}
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "shop/other:1"
    await gateway.create(Manifest(body), namespace=namespace, deadline=_soon())
    end = await _ended(run, gateway)
    assert (end.state, end.log) == (RunState.FAILED, None)
    assert "Another Job has the name" in end.detail


async def test_a_job_that_was_made_and_is_gone_is_not_made_again(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway, run, records = clusters[0].gateway, _run(namespace), MemoryRecords()
    await records.begin(run.key, cast("Any", "job"))
    await records.made(run.key, job=job_name(run.key), uid="gone")
    end = await _ended(run, gateway, records)
    assert "is gone" in end.detail
    assert await _names(gateway, _JOBS, namespace) == []


async def test_a_job_that_somebody_deletes_while_it_is_followed_fails_and_is_not_made_again(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway, records = clusters[0].gateway, MemoryRecords()
    run = _run(namespace, _template(pods={"nodeSelector": {"nowhere": "yes"}}))  # so that it does not end by itself
    following = asyncio.create_task(_ended(run, gateway, records))
    async with asyncio.timeout(90):
        while not (run.key in records.runs and records.runs[run.key].job):
            await asyncio.sleep(0.02)
        await gateway.delete(_JOBS, job_name(run.key), namespace=namespace, deadline=_soon())
        end = await following
    assert (end.state, await _names(gateway, _JOBS, namespace)) == (RunState.FAILED, [])
    assert "somebody deleted it" in end.detail
    assert await _ended(run, gateway, records) == end
    assert await _names(gateway, _JOBS, namespace) == []


async def test_a_job_that_may_have_run_and_been_removed_meanwhile_is_not_made_again(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway = clusters[0].gateway
    records = MemoryRecords(begun_at=datetime.now(UTC) - timedelta(hours=1))
    end = await _ended(_run(namespace), gateway, records)
    assert "may have run" in end.detail
    assert await _names(gateway, _JOBS, namespace) == []


async def test_nothing_is_made_of_a_template_that_asks_for_more_than_the_environment_allows(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    gateway = clusters[0].gateway
    run = _run(namespace, _template(pods={"hostNetwork": True}))
    end = await _ended(run, gateway)
    assert "privileged-pods" in end.detail
    assert await _names(gateway, _JOBS, namespace) == []
    named = replace(run, template=_template())
    named.template.manifest.body["metadata"] = {"namespace": "kube-system"}
    assert "kube-system" in (await _ended(named, gateway)).detail
    assert await _names(gateway, _JOBS, namespace) == []


async def test_a_cancelled_run_makes_no_job(clusters: tuple[TestCluster, ...], namespace: str) -> None:
    gateway = clusters[0].gateway
    assert (await _ended(_run(namespace), gateway, cancelled=_always)).state is RunState.CANCELLED
    assert await _names(gateway, _JOBS, namespace) == []


async def test_a_job_passes_though_its_log_may_not_be_read(clusters: tuple[TestCluster, ...], namespace: str) -> None:
    end = await _ended(_run(namespace), cast("ClusterGateway", _WithoutLogs(clusters[0].gateway)))
    assert (end.state, end.log) == (RunState.PASSED, None)
    assert "pods/log" in end.detail


async def test_a_stop_in_the_way_makes_no_job_and_the_run_goes_on_when_it_is_lifted(
    clusters: tuple[TestCluster, ...], namespace: str
) -> None:
    run, records, stops = _run(namespace), MemoryRecords(), [WritePausedError()]

    async def before_write() -> None:
        if stops:
            raise stops.pop()

    gated = GatedGateway(clusters[0].gateway, before_write)
    with pytest.raises(WritePausedError):
        await _ended(run, gated, records)
    assert await _names(clusters[0].gateway, _JOBS, namespace) == []
    assert (await _ended(run, gated, records)).state is RunState.PASSED


async def test_a_cluster_that_does_not_answer_leaves_it_open_whether_the_job_was_made() -> None:
    run = _run("shop", replace(_template(), seconds=1))
    assert (await _ended(run, cast("ClusterGateway", _Away()))).state is RunState.LOST


async def test_a_cluster_that_does_not_answer_is_waited_for_as_long_as_for_a_rollout_and_not_for_the_jobs_time() -> (
    None
):
    run = _run("shop", replace(_template(), seconds=6 * 60 * 60))
    end = await run_job(
        run,
        cast("ClusterGateway", _Away()),
        MemoryRecords(),
        policy=HealthPolicy(silence=0.01),
        cancelled=_never,
    )
    assert end.state is RunState.LOST


class _Away:
    """A gateway of a cluster that does not answer."""

    cluster = "prod-eu"

    async def get(self, *_: Any, **__: Any) -> Manifest | None:
        raise ClusterUnreachableError("No answer.", cluster="prod-eu")


class _WithoutLogs:
    """A gateway whose credential may not read logs."""

    def __init__(self, gateway: ClusterGateway) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def pod_log(self, *_: Any, **__: Any) -> bytes:
        raise AccessDeniedError("The credential may not get pods/log.", cluster="prod-eu")
