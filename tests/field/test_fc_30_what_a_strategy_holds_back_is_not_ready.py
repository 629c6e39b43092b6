"""StatefulSets that replace nothing of their own accord, and one that waits for a broken pod of its former revision."""

import pytest

from domain.resources import Manifest
from services.planning.health.values import Children, HealthState
from tests.support.rollouts import pod, waiting, workload
from tests.support.timelines import judged, ready, running, seen

ON_DELETE = {"type": "OnDelete"}
_OLD, _NEW = "ledger-6d9", "ledger-7f4"


def ledger(strategy, *, updated: int, ready_pods: int = 3, current: str = _OLD, **spec) -> Manifest:
    status = {"replicas": 3, "readyReplicas": ready_pods, "availableReplicas": ready_pods, "updatedReplicas": updated}
    revisions = {"currentRevision": current, "updateRevision": _NEW}
    return workload(
        "StatefulSet", spec={"replicas": 3, "updateStrategy": strategy, **spec}, status={**status, **revisions}
    )


def partition(ordinal: int):
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": ordinal}}


@pytest.mark.parametrize("strategy", [ON_DELETE, partition(3)], ids=["OnDelete", "partition of all"])
def test_a_write_that_reaches_no_pod_is_done_and_not_ready(strategy):
    (followed,) = judged([(2, ledger(strategy, updated=0), Children())])
    shown = seen(2, ledger(strategy, updated=0), Children())
    for health in (followed, shown):
        assert (health.state, health.held) == (HealthState.SUSPENDED, True)
        assert "0 of 3 pods run the new template" in health.message


def test_with_on_delete_each_deleted_pod_counts_and_the_remark_goes_with_the_last():
    healths = judged([(at_, ledger(ON_DELETE, updated=n), Children()) for at_, n in ((2, 0), (600, 1), (1200, 3))])
    assert "1 of 3 pods run the new template" in healths[1].message
    # `currentRevision` is never moved on.
    assert (healths[2].state, healths[2].message) == (HealthState.READY, "All 3 pods are ready.")


def test_on_delete_with_one_revision_has_no_remark():
    still = ledger(ON_DELETE, updated=0, current=_NEW)
    assert seen(1, still, Children()).message == "All 3 pods are ready."


def test_a_partition_is_waited_for_as_far_as_it_goes():
    strategy = partition(1)
    looks = [(5, ledger(strategy, updated=1, ready_pods=2)), (50, ledger(strategy, updated=2))]
    rolling, done = judged([(at_, manifest, Children()) for at_, manifest in looks])
    assert rolling.state is HealthState.PROGRESSING
    assert (done.state, done.reason) == (HealthState.SUSPENDED, "Partition")
    assert "2 of 3 pods run the new template; those below ordinal 1" in done.message


def test_a_partition_that_no_update_waits_behind_is_ready():
    assert seen(1, ledger(partition(2), updated=3, current=_NEW), Children()).state is HealthState.READY


def test_a_partition_counts_from_the_first_ordinal():
    done = seen(1, ledger(partition(1), updated=2, ordinals={"start": 5}), Children())
    assert "below ordinal 6" in done.message


def set_pod(name: str, revision: str, *, status=None, is_ready: bool = False) -> Manifest:
    return pod(
        name,
        owner="workload",
        owner_kind="StatefulSet",
        labels={"controller-revision-hash": revision},
        statuses=[status or running(ready=is_ready)],
        status={"phase": "Running", "conditions": [ready(is_ready)]},
        created=-3600,
    )


def test_a_new_pod_under_on_delete_is_waited_for():
    starting = Children(pods=(set_pod("web-2", _NEW),))
    assert judged([(9, ledger(ON_DELETE, updated=1, ready_pods=2), starting)])[0].state is HealthState.PROGRESSING


def test_a_former_pod_that_is_broken_under_on_delete_does_not_run_the_time_out():
    broken = Children(pods=(set_pod("web-2", _OLD, status=waiting("CrashLoopBackOff", restarts=9)),))
    healths = judged([(at_, ledger(ON_DELETE, updated=0, ready_pods=2), broken) for at_ in (2, 901)])
    assert {health.state for health in healths} == {HealthState.SUSPENDED}
    assert "2 of 3 pods are ready" in healths[0].message


ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
STUCK = Children(pods=(set_pod("web-2", _OLD, status=waiting("ImagePullBackOff", "web:9: not found")),))


def test_a_broken_former_pod_is_named_at_once_and_the_new_image_is_not_to_blame():
    early, late = judged([(at_, ledger(ROLLING, updated=0, ready_pods=2), STUCK) for at_ in (1, 62)])
    assert (early.state, early.reason, early.pod) == (HealthState.PROGRESSING, "StuckOnFormerPod", "web-2")
    assert "0 of 3 pods are new, 2 ready." in early.message
    assert "delete the pod by hand" in early.message
    assert (late.state, late.reason, late.blameless) == (HealthState.FAILED, "StuckOnFormerPod", True)


def test_a_former_pod_that_misses_a_probe_is_named_and_waited_for():
    unready = Children(pods=(set_pod("web-2", _OLD),))
    healths = judged([(at_, ledger(ROLLING, updated=0, ready_pods=2), unready) for at_ in (1, 200)])
    assert {(health.state, health.pod) for health in healths} == {(HealthState.PROGRESSING, "web-2")}
    assert "of the former revision is not ready, and the StatefulSet waits for it" in healths[0].message


def test_a_parallel_set_replaces_a_broken_former_pod_in_its_turn():
    parallel = ledger(ROLLING, updated=0, ready_pods=2, podManagementPolicy="Parallel")
    (health,) = judged([(1, parallel, STUCK)])
    assert (health.state, health.message) == (HealthState.PROGRESSING, "0 of 3 pods are new, 2 ready.")


def test_a_daemon_set_with_on_delete_counts_its_nodes():
    status = {"desiredNumberScheduled": 3, "numberReady": 3, "numberAvailable": 3}
    done = {**status, "updatedNumberScheduled": 3}
    healths = [
        seen(1, workload("DaemonSet", spec={"updateStrategy": ON_DELETE}, status=s), Children()) for s in (status, done)
    ]
    assert [health.state for health in healths] == [HealthState.SUSPENDED, HealthState.READY]
    assert "0 of 3 nodes run the new template" in healths[0].message
