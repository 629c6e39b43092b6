"""Volumes, networks and registries that fail at first: the kubelet tries again, and so is waited."""

import pytest

from domain.resources import Manifest
from services.planning.health.values import HealthState
from tests.support.rollouts import children, pod, progressing_deployment, waiting
from tests.support.timelines import event, judged, ready, running

_POD = "uid-web-hash2-a"
_CREATING = pod(statuses=[waiting("ContainerCreating")])  # without an address: the kubelet reports it after the pull
_NOT_REGISTERED = (
    'MountVolume.SetUp failed for volume "kube-api-access-x" : object "shop"/"kube-root-ca.crt" not registered'
)


def over_time(*events: Manifest, until: int = 400):
    below = children(_CREATING, events=events)
    return judged([(at, progressing_deployment(), below) for at in range(3, until, 30)])


@pytest.mark.parametrize("second", [1, 2], ids=["in the same second", "a second later"])
def test_a_mount_that_failed_once_says_nothing_while_a_large_image_is_pulled(second: int):
    failed = event(_POD, "FailedMount", _NOT_REGISTERED, seconds=1)
    pulling = event(_POD, "Pulling", 'Pulling image "shop/web:2"', seconds=second, type_="Normal")
    for events in ((failed, pulling), (pulling, failed)):
        healths = over_time(*events)
        assert {health.state for health in healths} == {HealthState.PROGRESSING}
        assert (healths[0].reason, healths[-1].reason) == (None, "Pulling")


def test_a_mount_that_fails_after_a_former_pull_counts():
    pulled = event(_POD, "Pulled", "Image is there", seconds=1, type_="Normal")
    failed = event(_POD, "FailedMount", 'secret "tls" not found', seconds=30)
    assert over_time(pulled, failed)[-1].reason == "FailedMount"


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("FailedCreatePodSandBox", 'plugin type="aws-cni" failed (add): failed to assign an IP address'),
        ("FailedCreatePodSandBox", "failed to setup network for sandbox: plugin type=calico failed: Unauthorized"),
        ("FailedMount", "MountDevice failed: rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
        ("FailedMount", "rpc error: code = Aborted desc = An operation with the given Volume ID pvc-1 already exists"),
        ("FailedMount", "driver name ebs.csi.aws.com not found in the list of registered CSI drivers"),
    ],
)
def test_a_network_or_a_disk_that_is_busy_is_told_and_waited_for(reason: str, message: str):
    healths = over_time(event(_POD, reason, message, seconds=1))
    assert {(health.state, health.reason) for health in healths} == {(HealthState.PROGRESSING, reason)}


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("FailedCreatePodSandBox", 'RuntimeHandler "gvisor" not supported'),
        ("FailedMount", 'configmap "settings" not found'),
    ],
)
def test_what_nobody_mends_fails_after_a_minute_and_the_image_is_not_to_blame(reason: str, message: str):
    health = over_time(event(_POD, reason, message, seconds=1))[-1]
    assert (health.state, health.reason, health.blameless) == (HealthState.FAILED, reason, True)


@pytest.mark.parametrize(
    "message",
    [
        'choosing image instance: no image found in manifest list for architecture arm64, variant "v8", OS linux',
        "no image found in image index for architecture s390x",
        "no matching manifest for windows/amd64 10.0.17763 in the manifest list entries",
        "no match for platform in manifest: not found",
    ],
)
def test_an_image_of_another_platform_fails_when_the_registry_says_so_again(message: str):
    looks = [
        (at, progressing_deployment(), children(pod(statuses=[waiting("ErrImagePull", message)], version=str(at))))
        for at in (2, 15)
    ]
    early, late = judged(looks)
    assert (early.state, late.state) == (HealthState.PROGRESSING, HealthState.FAILED)
    assert not late.blameless


def one_that_cannot_pull(message: str, at: float):
    waits = pod("web-hash2-b", statuses=[waiting("ErrImagePull", message)], version=str(at))
    return (
        at,
        progressing_deployment(),
        children(pod(statuses=[running(since=1)], status={"conditions": [ready()]}), waits),
    )


@pytest.mark.parametrize(
    "message",
    [
        "dial tcp: lookup registry.example.test on 169.254.20.10:53: no such host",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "toomanyrequests: You have reached your unauthenticated pull rate limit",
        "registry.example.test/shop/web:2: not found",
    ],
)
def test_an_image_that_another_pod_has_pulled_is_a_trouble_of_the_node(message: str):
    healths = judged([one_that_cannot_pull(message, at) for at in (3, 130, 590, 610)])
    assert [health.state for health in healths[:3]] == [HealthState.PROGRESSING] * 3
    assert (healths[-1].state, healths[-1].blameless) == (HealthState.FAILED, True)
    assert "web-hash2-b" in healths[0].message


def test_an_image_of_another_platform_is_to_blame_though_it_runs_on_another_node():
    message = "no matching manifest for linux/arm64/v8 in the manifest list entries"
    health = judged([one_that_cannot_pull(message, at) for at in (3, 20)])[-1]
    assert (health.state, health.blameless) == (HealthState.FAILED, False)
