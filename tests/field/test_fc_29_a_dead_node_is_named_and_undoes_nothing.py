"""A DaemonSet that can never be complete because a node is dead: the node is named, and no image is blamed."""

import pytest

from domain.resources import Manifest
from services.planning.health.values import Children, Health, HealthState
from tests.support.rollouts import pod, stamp, waiting, workload
from tests.support.timelines import event, judged, ready, running, seen

_STRATEGY = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%", "maxSurge": 0}}}


def shipper(*, updated: int, ready_pods: int, spec=None, desired: int = 30) -> Manifest:
    return workload(
        "DaemonSet",
        spec=spec or _STRATEGY,
        status={
            "observedGeneration": 1,
            "desiredNumberScheduled": desired,
            "currentNumberScheduled": desired,
            "updatedNumberScheduled": updated,
            "numberReady": ready_pods,
            "numberAvailable": ready_pods,
        },
    )


def on_node(name: str, node: str, *, revision: str = "old", deleted: float | None = None, **more) -> Manifest:
    body = pod(
        name,
        owner="workload",
        owner_kind="DaemonSet",
        labels={"controller-revision-hash": revision},
        statuses=more.pop("statuses", [running(since=-3600)]),
        spec={"nodeName": node},
        created=more.pop("created", -3600),
        status={"phase": "Running", **more},
    ).edited()
    if deleted is not None:
        body["metadata"] |= {"deletionTimestamp": stamp(deleted), "deletionGracePeriodSeconds": 30}
    return Manifest(body)


def revision(number: int, hash_: str) -> Manifest:
    owner = {"kind": "DaemonSet", "name": "web", "uid": "workload", "controller": True}
    metadata = {"name": f"web-{hash_}", "labels": {"controller-revision-hash": hash_}, "ownerReferences": [owner]}
    return Manifest({"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata, "revision": number})


def below(*pods: Manifest, **more) -> Children:
    return Children(pods=pods, controller_revisions=(revision(1, "old"), revision(2, "new")), **more)


def dead_node(name: str = "worker-17", *, since: float = -7200) -> Manifest:
    silent = ready("Unknown", reason="NodeStatusUnknown", lastTransitionTime=stamp(since))
    return Manifest(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"conditions": [silent]}}
    )


LOST = on_node("web-x", "worker-17", deleted=40, conditions=[ready(False)])


def names_the_node(health: Health) -> bool:
    return "web-x on node worker-17" in health.message and health.pod == "web-x"


def timeline(children: Children):
    counts = [(5, 3, 27), (120, 17, 27), (240, 29, 29), (900, 29, 29)]
    return [(seconds, shipper(updated=new, ready_pods=fine), children) for seconds, new, fine in counts]


def test_the_node_is_named_with_its_silence_and_what_is_left_is_done():
    first, later, done, last = judged(timeline(below(LOST, nodes=(dead_node(),))))
    assert first.state is later.state is HealthState.PROGRESSING
    assert "3 of 30 pods are new" in first.message
    assert names_the_node(first)
    assert "the node has not reported since 2026-01-01T10:00:00Z" in first.message
    assert (done.state, done.reason) == (last.state, last.reason) == (HealthState.READY, "NodeNotReady")
    assert "29 of 30 nodes run it" in done.message
    assert names_the_node(done)


def test_without_the_right_to_read_nodes_the_pod_says_enough():
    terminating = on_node("web-x", "worker-17", deleted=40, statuses=[running(ready=False)], conditions=[ready(False)])
    early, *_, done, _ = judged(timeline(below(terminating)))
    assert not names_the_node(early)  # it may still be ending
    assert names_the_node(done)
    assert done.state is HealthState.READY


@pytest.mark.parametrize(
    ("conditions", "events", "status"),
    [
        ([ready(False)], (), {}),
        ([ready(False, reason="NodeNotReady")], (), {}),
        ([ready(True)], (event("uid-web-x", "NodeNotReady", "Node is not ready", seconds=-60, kind="Pod"),), {}),
        ([ready(False)], (), {"reason": "NodeLost"}),
    ],
    ids=["containers read ready and the pod does not", "reason", "event", "former servers"],
)
def test_each_sign_of_a_lost_node_names_it_at_once(conditions, events, status):
    lost = on_node("web-x", "worker-17", deleted=40, conditions=conditions, **status)
    (health,) = judged([(12, shipper(updated=3, ready_pods=27), below(lost, events=events))])
    assert names_the_node(health)


@pytest.mark.parametrize(
    "pod",
    [
        on_node(
            "web-x", "worker-17", conditions=[ready(False)], initContainerStatuses=[running(name="s", ready=False)]
        ),
        on_node("web-x", "worker-17", conditions=[ready(False)], statuses=[running(ready=False)]),
    ],
    ids=["a sidecar is not ready", "a container is not ready"],
)
def test_a_pod_that_is_not_ready_for_a_reason_of_its_own_is_no_lost_node(pod):
    (health,) = judged([(12, shipper(updated=3, ready_pods=27), below(pod))])
    assert "node" not in health.message


def two_nodes(children: Children, *, seconds: float = 301, updated: int = 1) -> Health:
    spec = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}
    manifest = shipper(updated=updated, ready_pods=1, spec=spec, desired=4)
    return judged([(1, manifest, children), (1300, manifest, children)])[-1]


def test_at_its_limit_the_reason_names_the_node_and_the_image_is_not_to_blame():
    gone = [on_node(f"web-{n}", f"worker-{n}", deleted=40, conditions=[ready(False)]) for n in (1, 2, 3)]
    fresh = on_node("web-new", "worker-4", revision="new", conditions=[ready()])
    health = two_nodes(below(*gone, fresh))
    assert (health.state, health.reason, health.blameless) == (HealthState.FAILED, "Timeout", True)
    assert "web-1 on node worker-1" in health.message
    assert "2 more pods" in health.message


def test_a_new_pod_that_is_not_ready_beside_a_dead_node_keeps_the_blame():
    gone = on_node("web-1", "worker-1", deleted=40, conditions=[ready(False)])
    unready = on_node("web-new", "worker-4", revision="new", conditions=[ready(False)], statuses=[running(ready=False)])
    assert not two_nodes(below(gone, unready)).blameless


def test_a_node_that_falls_silent_with_the_new_image_on_it_is_not_taken_for_innocent():
    new_on_dead = on_node("web-x", "worker-17", revision="new", conditions=[ready(False)], created=10)
    children = below(new_on_dead, nodes=(dead_node(since=30),))
    health = judged([(240, shipper(updated=30, ready_pods=29), children)])[-1]
    assert health.state is HealthState.PROGRESSING
    assert names_the_node(health)


def test_a_new_pod_that_no_kubelet_has_begun_with_names_its_node():
    unclaimed = on_node("web-x", "worker-17", revision="new", created=10, statuses=[], phase="Pending")
    early, late, last = judged([(s, shipper(updated=30, ready_pods=29), below(unclaimed)) for s in (20, 60, 901)])
    assert (early.state, late.state) == (HealthState.PROGRESSING, HealthState.PROGRESSING)
    assert "web-x has been on node worker-17 since" in late.message
    assert (last.state, last.blameless) == (HealthState.FAILED, True)


def test_a_pod_that_waits_for_a_finalizer_names_the_finalizer():
    held = on_node(
        "web-x", "worker-17", deleted=10, conditions=[ready(False)], statuses=[running(ready=False)]
    ).edited()
    held["metadata"]["finalizers"] = ["example.test/backup"]
    healths = judged([(s, shipper(updated=29, ready_pods=29), below(Manifest(held))) for s in (30, 901)])
    assert "waits for finalizer example.test/backup" in healths[0].message
    assert (healths[1].state, healths[1].blameless) == (HealthState.FAILED, True)


def test_a_long_grace_period_is_told_and_a_usual_one_is_not():
    leaving = on_node("web-x", "worker-17", deleted=600, conditions=[ready()]).edited()
    leaving["metadata"]["deletionGracePeriodSeconds"] = 590
    (long,) = judged([(30, shipper(updated=29, ready_pods=29), below(Manifest(leaving)))])
    assert "its grace period of 590 seconds ends at 2026-01-01T12:10:00Z" in long.message
    usual = on_node("web-x", "worker-17", deleted=40, conditions=[ready()])
    (health,) = judged([(30, shipper(updated=29, ready_pods=29), below(usual))])
    assert health.message == "29 of 30 pods are new, 29 ready."


def test_a_screen_judges_as_the_operation_does():
    children = below(LOST, nodes=(dead_node(),))
    followed = judged(timeline(children))[2]
    assert (seen(240, shipper(updated=29, ready_pods=29), children).state, followed.state) == (HealthState.READY,) * 2


def test_no_desired_pod_is_ready_with_a_remark():
    (health,) = judged([(2, shipper(updated=0, ready_pods=0, desired=0), below())])
    assert (health.state, health.reason) == (HealthState.READY, "NoMatchingNode")


def test_a_pod_on_a_node_that_works_is_no_hold_up():
    fresh = on_node("web-x", "worker-1", revision="new", created=10, statuses=[waiting("ContainerCreating")])
    working = Manifest(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-1"}, "status": {"conditions": [ready()]}}
    )
    (health,) = judged([(60, shipper(updated=30, ready_pods=29), below(fresh, nodes=(working,)))])
    assert health.message == "30 of 30 pods are new, 29 ready."
