"""Only the pods of a workload's newest revision count."""

import pytest

from domain.resources import Manifest
from services.planning.health.values import Children
from tests.support.health import FAILED, PROGRESSING, follow
from tests.support.rollouts import (
    children,
    pod,
    progressing_deployment,
    replica_set,
    waiting,
    workload,
)


@pytest.mark.parametrize(
    "stranger",
    [
        pod(owner="rs1"),  # of the former revision
        pod(owner="another-owner"),
        pod(status={"phase": "Failed"}),
    ],
)
def test_pods_that_are_not_of_the_newest_revision_do_not_matter(stranger):
    body = stranger.edited()
    body["status"]["containerStatuses"] = [waiting("CrashLoopBackOff", restarts=9)]
    assert follow((1, progressing_deployment(), children(Manifest(body)))).state is PROGRESSING


def test_a_replica_set_of_another_deployment_with_the_same_revision_does_not_matter():
    below = Children(
        pods=(pod(statuses=[waiting("InvalidImageName")]),), replica_sets=(replica_set(owner="another-owner"),)
    )
    assert follow((1, progressing_deployment(), below)).state is PROGRESSING


def test_a_daemon_sets_newest_pods_are_those_of_its_highest_revision():
    def revision(number, hash_):
        owners = [{"uid": "workload", "controller": True}]
        metadata = {"name": f"web-{hash_}", "labels": {"controller-revision-hash": hash_}, "ownerReferences": owners}
        return Manifest({"kind": "ControllerRevision", "metadata": metadata, "revision": number})

    rolling = workload("DaemonSet", status={"desiredNumberScheduled": 2, "updatedNumberScheduled": 1})
    broken = [waiting("InvalidImageName")]

    def below(hash_):
        labels = {"controller-revision-hash": hash_}
        one = pod(owner="workload", statuses=broken, labels=labels, owner_kind="DaemonSet")
        return Children(pods=(one,), controller_revisions=(revision(9, "old"), revision(10, "new")))

    assert follow((1, rolling, below("old"))).state is PROGRESSING
    assert follow((1, rolling, below("new"))).state is FAILED
