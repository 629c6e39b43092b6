import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.resources import Kind, Manifest, ResourceId
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution import watching
from services.execution.watching import watch_rollouts
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError, CredentialRefusedError, WatchExpiredError
from services.planning.health.values import HealthPolicy
from services.reading import informer
from tests.support.fake_cluster import DEPLOYMENT, WEB, FakeCluster, FakeLog, deployment, rolled_out
from tests.support.rollouts import START, pod, replica_set, waiting

QUICK = HealthPolicy(soak=0)
AWAY = ClusterUnreachableError("The cluster is away.", cluster="prod-eu")


def expect(
    *, generation: int | None = 2, resource: ResourceId = WEB, uid: str | None = None, image: str = "shop/web:2"
):
    return ExpectedRollout(
        resource=resource, uid=uid or f"uid-{resource.name}", generation=generation, images={"web": image}
    )


def rolling(**metadata) -> dict[str, Any]:
    """web, given its new image, whose controller has not seen it yet."""
    return deployment(images={"web": "shop/web:2"}, **{"generation": 2, **metadata})


def new_pod(**more: Any) -> Manifest:
    """A pod of now: restarts of older ones count from when they are first seen."""
    return pod(created=(datetime.now(UTC) - START).total_seconds() + 1, **more)


async def never() -> bool:
    return False


@asynccontextmanager
async def followed(
    cluster: FakeCluster, *expected: ExpectedRollout, log=None, policy=QUICK, seconds=5.0, cancelled=never
):
    """Follow in the background; the block changes things, and `.result()` is there after it."""
    task = asyncio.create_task(
        watch_rollouts(
            expected or (expect(),),
            cluster.gateway,
            "shop",
            log or FakeLog(),
            policy=policy,
            deadline=Deadline.after(seconds),
            cancelled=cancelled,
        )
    )
    await _settle()
    yield task
    await asyncio.wait_for(task, 10)


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_watching_ends_when_the_rollout_is_done_and_reports_each_state_once():
    cluster, log = FakeCluster(rolling()), FakeLog()
    async with followed(cluster, log=log) as task:
        cluster.report(observedGeneration=2, updatedReplicas=0)
        await _settle()
        cluster.report(observedGeneration=2, updatedReplicas=0)  # the same again
        await _settle()
        cluster.report(**rolled_out(2))
    assert task.result().outcome is Outcome.SUCCEEDED
    assert [data["state"] for type_, _, data in log.reported if type_ == "rollout.progressed"] == [
        "pending",
        "progressing",
        "ready",
    ]


async def test_a_state_of_before_the_change_is_no_success():
    async with followed(FakeCluster(rolling()), seconds=0.2) as task:
        pass
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-timeout")


def written_ago(seconds: float):
    return replace(expect(), since=datetime.now(UTC) - timedelta(seconds=seconds))


async def test_a_restart_does_not_extend_the_time_of_a_rollout():
    cluster = FakeCluster(rolling())
    cluster.report(observedGeneration=2, updatedReplicas=0)
    async with followed(cluster, written_ago(3600)) as task:
        pass
    assert (task.result().code, task.result().resource) == ("rollout-timeout", WEB)
    assert "no progress" in (task.result().detail or "")


async def test_a_restart_does_not_extend_the_time_of_all_watching_though_there_is_progress(monkeypatch):
    monkeypatch.setattr(watching, "_RESUMING", 0.2)
    cluster = FakeCluster(rolling())
    lately = datetime.now(UTC).isoformat()
    moved = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": lately}
    cluster.report(observedGeneration=2, updatedReplicas=0, conditions=[moved])
    async with followed(cluster, written_ago(3600), seconds=900.0) as task:
        pass
    assert task.result().code == "rollout-timeout"


async def test_a_rollout_that_became_ready_while_no_process_watched_has_succeeded():
    cluster = FakeCluster(rolling())
    cluster.report(**rolled_out(2))
    async with followed(cluster, written_ago(86_400)) as task:
        pass
    assert task.result().outcome is Outcome.SUCCEEDED


def test_an_expected_rollout_is_stored_with_its_time():
    written = written_ago(10)
    assert ExpectedRollout.from_json(written.to_json()) == written
    stored = expect().to_json()
    del stored["since"]  # as former versions wrote it
    assert ExpectedRollout.from_json(stored) == expect()


async def test_all_rollouts_have_to_be_done():
    api = ResourceId.of("apps/v1", "Deployment", "api")
    cluster = FakeCluster(rolling(), deployment("api", images={"web": "shop/web:2"}))
    async with followed(cluster, expect(), expect(resource=api, generation=None), seconds=0.2) as task:
        pass
    assert (task.result().code, task.result().resource) == ("rollout-timeout", WEB)


async def test_an_object_that_was_as_desired_is_watched_without_a_generation():
    cluster = FakeCluster(deployment(images={"web": "shop/web:2"}))
    async with followed(cluster, expect(generation=None)) as task:
        pass
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_a_pod_that_crashes_fails_it_with_pod_and_reason(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.05)
    cluster = FakeCluster(rolling(annotations={"deployment.kubernetes.io/revision": "2"}))
    async with followed(cluster) as task:
        cluster.report(observedGeneration=2, updatedReplicas=1, readyReplicas=0, availableReplicas=0)
        cluster.put(replica_set(owner="uid-web").body)
        cluster.put(new_pod(statuses=[waiting("CrashLoopBackOff", restarts=3)]).body)
    result = task.result()
    assert (result.outcome, result.code, result.resource) == (Outcome.FAILED, "rollout-failed", WEB)
    assert "Pod web-hash2-a, container web: CrashLoopBackOff" in result.detail


async def test_a_rollout_has_to_stay_ready_for_the_soak_time(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.05)
    cluster = FakeCluster(rolling(annotations={"deployment.kubernetes.io/revision": "2"}))
    patient = HealthPolicy(soak=0.4)
    async with followed(cluster, policy=patient) as task:
        cluster.put(replica_set(owner="uid-web").body)
        cluster.report(**rolled_out(2))
        await _settle()
        assert not task.done()
        cluster.put(new_pod(statuses=[waiting("CrashLoopBackOff", restarts=3)]).body)
        cluster.report(readyReplicas=0, availableReplicas=0)
    assert task.result().code == "rollout-failed"


async def test_other_images_of_another_writer_end_the_watching():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        cluster.change(web="shop/web:hotfix")
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-superseded")


async def test_scaling_during_the_rollout_does_not_end_the_watching():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        body = rolling(generation=3)
        body["spec"]["replicas"] = 4
        cluster.put(body)
        cluster.report(**rolled_out(2, replicas=1))
        await _settle()
        assert not task.done()
        cluster.report(**rolled_out(3, replicas=4))
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_an_object_that_is_created_again_with_its_images_is_watched_on():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        cluster.put(deployment(images={"web": "shop/web:2"}, uid="another", replicas=3))
    result = task.result()
    assert result.outcome is Outcome.SUCCEEDED
    # A soak goes on from what is there as the rollout ends.
    assert [(each.uid, each.ready) for each in result.expected] == [("another", 3)]


async def test_an_object_that_was_deleted_fails():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        cluster.remove(DEPLOYMENT, "web")
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-failed")


async def test_a_deployment_that_is_paused_meanwhile_is_no_success():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        body = rolling(generation=3)
        body["spec"]["paused"] = True
        body["status"]["observedGeneration"] = 3
        cluster.put(body)
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-paused")


@pytest.mark.parametrize("suspend", [True, False])
async def test_a_cron_job_is_done_at_once(suspend):
    nightly = ResourceId.of("batch/v1", "CronJob", "nightly")
    pods = {"containers": [{"name": "web", "image": "shop/web:2"}]}
    cron = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly", "uid": "uid-nightly", "generation": 2},
        "spec": {"suspend": suspend, "jobTemplate": {"spec": {"template": {"spec": pods}}}},
    }
    async with followed(FakeCluster(cron), expect(resource=nightly), policy=HealthPolicy()) as task:
        pass
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_cancelling_ends_the_watching_without_an_outcome():
    asked = asyncio.Event()

    async def cancelled() -> bool:
        return asked.is_set()

    cluster = FakeCluster(rolling())
    async with followed(cluster, cancelled=cancelled) as task:
        asked.set()
        cluster.report(observedGeneration=1)
    assert task.result().outcome is None


async def test_a_watch_that_has_expired_is_restarted():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        cluster.break_watches(WatchExpiredError("Too old.", cluster="prod-eu"))
        await _settle()
        cluster.report(**rolled_out(2))
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_a_credential_that_may_not_watch_polls(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.01)
    cluster = FakeCluster(rolling())
    cluster.refuse("watch", "Deployment", *[AccessDeniedError("You may not.", cluster="prod-eu")] * 1000)
    async with followed(cluster) as task:
        cluster.report(**rolled_out(2))
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_without_the_right_to_list_pods_the_status_alone_decides():
    cluster = FakeCluster(rolling())
    for kind in ("Pod", "ReplicaSet"):
        cluster.refuse("list", kind, AccessDeniedError("You may not.", cluster="prod-eu"))
    async with followed(cluster) as task:
        cluster.report(**rolled_out(2))
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_a_workload_that_may_not_be_listed_fails():
    cluster = FakeCluster(rolling())
    cluster.refuse("list", "Deployment", AccessDeniedError("You may not.", cluster="prod-eu"))
    async with followed(cluster) as task:
        pass
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "cluster-access-denied")


async def test_a_credential_that_is_refused_meanwhile_fails():
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        cluster.refuse("list", "Deployment", CredentialRefusedError("No more.", cluster="prod-eu"))
        cluster.break_watches(CredentialRefusedError("No more.", cluster="prod-eu"))
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "cluster-credential")


async def test_a_cluster_that_answers_again_is_watched_on(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.01)
    monkeypatch.setattr(informer, "_RELIST_INTERVAL", 0.01)
    cluster = FakeCluster(rolling())
    async with followed(cluster) as task:
        cluster.refuse("list", "Deployment", *[AWAY] * 5)
        await cluster.until_called("list", "Deployment", 6)
        cluster.report(**rolled_out(2))
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_a_cluster_that_stops_answering_is_unreachable(monkeypatch):
    monkeypatch.setattr(informer, "_RELIST_INTERVAL", 0.01)
    cluster = FakeCluster(rolling())
    async with followed(cluster, policy=replace(QUICK, silence=0.1)) as task:
        cluster.refuse("list", "Deployment", *[AWAY] * 10_000)
    assert (task.result().outcome, task.result().code) == (Outcome.UNREACHABLE, "cluster-unreachable")


async def test_a_programming_error_is_not_taken_for_an_unreachable_cluster():
    cluster = FakeCluster(rolling())
    cluster.refuse("list", "Deployment", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        async with followed(cluster):
            pass


async def test_no_rollouts_to_watch_have_succeeded():
    result = await watch_rollouts(
        (), FakeCluster().gateway, "shop", FakeLog(), policy=QUICK, deadline=Deadline.after(1), cancelled=never
    )
    assert result.outcome is Outcome.SUCCEEDED


DAEMONS = ResourceId.of("apps/v1", "DaemonSet", "agent")


def daemon_set(*, updated: int, ready: int) -> dict[str, Any]:
    """agent on two nodes, of which one is dead since before its new image."""
    counts = {"desiredNumberScheduled": 2, "currentNumberScheduled": 2, "numberReady": ready, "numberAvailable": ready}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "uid": "uid-agent", "generation": 2},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "shop/web:2"}]}}},
        "status": {"observedGeneration": 2, "updatedNumberScheduled": updated, **counts},
    }


def stuck_on_dead_node() -> dict[str, Any]:
    body = pod("agent-x", owner="uid-agent", owner_kind="DaemonSet", spec={"nodeName": "n2"}).edited()
    body["metadata"] |= {"deletionTimestamp": "2026-01-01T12:00:00Z", "deletionGracePeriodSeconds": 30}
    return body


def dead_node() -> dict[str, Any]:
    silent = {"type": "Ready", "status": "Unknown", "lastTransitionTime": "2026-01-01T10:00:00Z"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n2"}, "status": {"conditions": [silent]}}


async def test_a_dead_node_is_read_and_named_and_keeps_nothing_from_being_done():
    cluster, log = FakeCluster(daemon_set(updated=1, ready=1), stuck_on_dead_node(), dead_node()), FakeLog()
    async with followed(cluster, expect(resource=DAEMONS), log=log) as task:
        pass
    assert task.result().outcome is Outcome.SUCCEEDED
    assert "node n2 cannot end: the node has not reported since 2026-01-01T10:00:00Z" in log.reported[-1][2]["message"]


async def test_a_dead_node_that_outlasts_all_watching_is_named_and_nothing_is_undone():
    cluster = FakeCluster(daemon_set(updated=0, ready=1), stuck_on_dead_node(), dead_node())
    async with followed(cluster, expect(resource=DAEMONS), seconds=0.5) as task:
        pass
    assert (task.result().code, task.result().undo_helps) == ("rollout-timeout", False)
    assert "agent-x on node n2" in (task.result().detail or "")


async def test_a_rollout_that_still_advances_when_its_time_is_over_is_not_undone():
    cluster = FakeCluster(daemon_set(updated=0, ready=1))
    async with followed(cluster, expect(resource=DAEMONS), seconds=0.5) as task:
        cluster.report("agent", DAEMONS.kind, updatedNumberScheduled=1)
    assert (task.result().code, task.result().undo_helps) == ("rollout-timeout", False)
    assert "It still advances" in (task.result().detail or "")


async def test_a_rollout_that_is_late_for_an_unknown_reason_may_be_undone():
    cluster = FakeCluster(daemon_set(updated=0, ready=1), stuck_on_dead_node(), rolling())
    async with followed(cluster, expect(resource=DAEMONS), expect(), seconds=0.5) as task:
        pass
    assert (task.result().resource, task.result().undo_helps) == (WEB, True)


async def test_a_credential_that_may_read_no_nodes_asks_once():
    cluster = FakeCluster(daemon_set(updated=1, ready=1), stuck_on_dead_node())
    cluster.refuse("get", "n2", AccessDeniedError("You may not.", cluster="prod-eu"))
    async with followed(cluster, expect(resource=DAEMONS)) as task:
        pass
    assert task.result().outcome is Outcome.SUCCEEDED  # what the pod says suffices
    assert cluster.calls.count(("get", "n2")) == 1


def unable(kind: str = "Deployment", **metadata: Any) -> dict[str, Any]:
    """web, whose pods exceed a quota since long enough."""
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: q"}
    body = rolling(**metadata)
    body["status"] = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 0, "conditions": [refused]}
    return body


async def test_what_the_new_images_did_not_cause_is_waited_out_and_is_not_undone():
    api = ResourceId.of("apps/v1", "Deployment", "api")
    cluster = FakeCluster(unable(), deployment("api", images={"web": "shop/web:2"}))
    cluster.report("api", observedGeneration=0)
    policy = HealthPolicy(soak=0, configuration=0)
    async with followed(cluster, expect(), expect(resource=api, generation=1), policy=policy) as task:
        await _settle()
        assert not task.done()  # whether an undo helps is known when the other one has ended
        cluster.report("api", **rolled_out(1))
    assert (task.result().outcome, task.result().undo_helps) == (Outcome.FAILED, False)
    assert "exceeded quota" in (task.result().detail or "")


async def test_an_image_that_crashes_beside_what_it_did_not_cause_ends_the_watching_at_once(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.05)
    api = ResourceId.of("apps/v1", "Deployment", "api")
    crashing = deployment("api", images={"web": "shop/web:2"}, annotations={"deployment.kubernetes.io/revision": "2"})
    crashing["status"] = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}
    broken = new_pod(statuses=[waiting("CrashLoopBackOff", restarts=3)])
    cluster = FakeCluster(unable(), crashing, replica_set(owner="uid-api").body, broken.body)
    policy = HealthPolicy(soak=0, configuration=0)
    async with followed(cluster, expect(), expect(resource=api, generation=1), policy=policy) as task:
        pass
    assert (task.result().resource, task.result().undo_helps) == (api, True)


MIGRATE = ResourceId.of("batch/v1", "Job", "migrate")


def job(**status: Any) -> dict[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "uid": "uid-migrate", "generation": 1},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "shop/web:2"}]}}},
        "status": status,
    }


async def test_a_job_is_watched_until_it_has_completed():
    cluster = FakeCluster(job(active=1))
    async with followed(cluster, expect(resource=MIGRATE, generation=1)) as task:
        await _settle()
        assert not task.done()
        cluster.put(job(succeeded=1, conditions=[{"type": "Complete", "status": "True"}]))
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_a_job_that_fails_fails_the_operation():
    failed = {
        "type": "Failed",
        "status": "True",
        "reason": "BackoffLimitExceeded",
        "message": "It has reached its limit",
    }
    async with followed(FakeCluster(job(conditions=[failed])), expect(resource=MIGRATE, generation=1)) as task:
        pass
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-failed")


async def test_a_job_that_has_ended_and_is_gone_is_no_failure():
    log = FakeLog()
    async with followed(FakeCluster(), expect(resource=MIGRATE, generation=1), log=log) as task:
        pass
    assert task.result().outcome is Outcome.SUCCEEDED
    assert "ttlSecondsAfterFinished" in log.reported[-1][2]["message"]


async def test_events_are_read_only_while_a_container_waits_to_be_created(monkeypatch):
    monkeypatch.setattr(informer, "_POLL_INTERVAL", 0.01)
    cluster = FakeCluster(rolling(annotations={"deployment.kubernetes.io/revision": "2"}))
    async with followed(cluster) as task:
        await cluster.until_called("list", "Pod", 4)
        assert ("list", "Event") not in cluster.calls
        cluster.put(pod(statuses=[waiting("ContainerCreating")]).body)
        await cluster.until_called("list", "Event", 1)
        cluster.report(**rolled_out(2))
    assert task.result().outcome is Outcome.SUCCEEDED


ROLLOUT = ResourceId(kind=Kind.of("argoproj.io/v1alpha1", "Rollout"), name="web")
PAUSED = {
    "observedGeneration": "2",
    "phase": "Paused",
    "stableRS": "former",
    "currentPodHash": "newest",
    "pauseConditions": [{"reason": "CanaryPauseStep"}],
}
PROMOTED: dict[str, Any] = {"phase": "Healthy", "stableRS": "newest", "pauseConditions": None}


def paused_rollout(**status: Any) -> dict[str, Any]:
    """web as an Argo Rollout that has its new image and stands at a pause."""
    body = rolling()
    strategy = {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}
    spec = {**body["spec"], "strategy": strategy}
    return {
        **body,
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "spec": spec,
        "status": {**PAUSED, **status},
    }


async def test_a_rollout_that_waits_for_a_person_outlasts_every_deadline_and_ends_when_it_is_promoted():
    cluster, log = FakeCluster(paused_rollout()), FakeLog()
    written_long_ago = replace(expect(resource=ROLLOUT), since=datetime.now(UTC) - timedelta(days=3))
    async with followed(
        cluster, written_long_ago, log=log, policy=replace(QUICK, timeout_cap=0.5), seconds=0.5
    ) as task:
        await cluster.until_called("list", "Rollout", 3)  # it has been watched anew twice
        assert not task.done()
        cluster.report(kind=ROLLOUT.kind, **PROMOTED)
    assert task.result().outcome is Outcome.SUCCEEDED
    assert log.reported[0][2]["state"] == "waiting"


async def test_a_rollout_that_goes_on_after_a_long_pause_has_its_whole_time_again():
    cluster = FakeCluster(paused_rollout())
    written_long_ago = replace(expect(resource=ROLLOUT), since=datetime.now(UTC) - timedelta(days=3))
    async with followed(cluster, written_long_ago) as task:
        cluster.report(kind=ROLLOUT.kind, phase="Progressing", pauseConditions=None)
        await cluster.until_called("list", "Rollout", 2)
        await _settle()
        assert not task.done()
        cluster.report(kind=ROLLOUT.kind, **PROMOTED)
    assert task.result().outcome is Outcome.SUCCEEDED


async def test_a_rollout_that_is_aborted_while_it_waits_has_failed():
    cluster = FakeCluster(paused_rollout())
    async with followed(cluster, expect(resource=ROLLOUT)) as task:
        cluster.report(kind=ROLLOUT.kind, phase="Degraded", abort=True)
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-failed")
    assert task.result().undo_helps


async def test_a_rollout_that_waits_ends_with_the_cancellation_of_its_operation():
    cancelled = asyncio.Event()

    async def is_cancelled() -> bool:
        return cancelled.is_set()

    async with followed(FakeCluster(paused_rollout()), expect(resource=ROLLOUT), cancelled=is_cancelled) as task:
        cancelled.set()
    assert task.result().outcome is None


async def test_whoever_does_not_wait_for_people_is_told_that_a_rollout_is_paused():
    result = await watch_rollouts(
        (expect(resource=ROLLOUT),),
        FakeCluster(paused_rollout()).gateway,
        "shop",
        FakeLog(),
        policy=QUICK,
        deadline=Deadline.after(0.1),
        cancelled=never,
        patient=False,
    )
    assert (result.outcome, result.code) == (Outcome.FAILED, "rollout-paused")


def on_its_way_back(cluster: FakeCluster) -> Any:
    """An undo of the Rollout, which has all the time that it may want."""
    return watch_rollouts(
        (expect(resource=ROLLOUT),),
        cluster.gateway,
        "shop",
        FakeLog(),
        policy=QUICK,
        deadline=Deadline.after(3600),
        cancelled=never,
        patient=False,
    )


async def test_whoever_does_not_wait_for_people_is_told_at_once_and_not_when_the_time_is_over():
    result = await asyncio.wait_for(on_its_way_back(FakeCluster(paused_rollout())), 10)
    assert (result.outcome, result.code) == (Outcome.FAILED, "rollout-paused")
    assert "kubectl argo rollouts promote web" in (result.detail or "")


async def test_a_pause_that_ends_by_itself_is_waited_for_on_the_way_back_as_well():
    body = paused_rollout(currentStepIndex=0)
    body["spec"]["strategy"] = {"canary": {"steps": [{"pause": {"duration": "10s"}}]}}
    cluster = FakeCluster(body)
    task = asyncio.create_task(on_its_way_back(cluster))
    await cluster.until_called("list", "Rollout", 1)
    await _settle()
    assert not task.done()
    cluster.report(kind=ROLLOUT.kind, **PROMOTED)
    assert (await asyncio.wait_for(task, 10)).outcome is Outcome.SUCCEEDED


CLONE_SET = ResourceId.of("apps.kruise.io/v1alpha1", "CloneSet", "web")
AT_PARTITION = {"replicas": 2, "updatedReplicas": 1, "updatedReadyReplicas": 1, "updateRevision": "web-new"}


def at_its_partition() -> dict[str, Any]:
    """web as a CloneSet of which a partition keeps one of two pods, and the other one is ready."""
    body = rolling()
    spec = {**body["spec"], "replicas": 2, "updateStrategy": {"partition": 1}}
    status = {**AT_PARTITION, "observedGeneration": 2}
    return {**body, "apiVersion": CLONE_SET.kind.api_version, "kind": "CloneSet", "spec": spec, "status": status}


def one_that_crashes(restarts: int, *, runs: bool) -> dict[str, Any]:
    """Its new pod, which was made half an hour ago, after the change."""
    ended = {"exitCode": 1, "reason": "Error"}
    now = {"running": {"startedAt": datetime.now(UTC).isoformat()}}
    state = now if runs else {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    status = {
        "name": "web",
        "image": "shop/web:2",
        "restartCount": restarts,
        "state": state,
        "lastState": {"terminated": ended},
    }
    found = pod(
        "web-new-a",
        owner="uid-web",
        owner_kind="CloneSet",
        labels={"controller-revision-hash": "web-new"},
        created=(datetime.now(UTC) - START).total_seconds() - 1800,
        statuses=[status],
        version=str(restarts) + str(runs),
    )
    return dict(found.body)


async def test_a_container_that_crashes_slowly_at_a_partition_fails_though_each_wait_begins_anew():
    cluster = FakeCluster(at_its_partition(), one_that_crashes(1, runs=True))
    written = replace(expect(resource=CLONE_SET), since=datetime.now(UTC) - timedelta(hours=1))
    async with followed(cluster, written, seconds=3600.0) as task:
        for restarts in (2, 3):
            cluster.put(one_that_crashes(restarts, runs=False))
            cluster.report(kind=CLONE_SET.kind, updatedReadyReplicas=0)
            await cluster.until_called("list", "CloneSet", restarts)  # watched anew
            await _settle()
            if restarts == 2:
                cluster.put(one_that_crashes(restarts, runs=True))
                cluster.report(kind=CLONE_SET.kind, updatedReadyReplicas=1)
                await _settle()
    assert (task.result().outcome, task.result().code) == (Outcome.FAILED, "rollout-failed")
