"""An image that a region's registry does not know yet: kubelets try again for minutes, and so is waited."""

from dataclasses import replace

import pytest

from domain.images import Image
from domain.resources import Manifest
from domain.stored.rollouts import ExpectedRollout
from services.planning.health.assessment import assess
from services.planning.health.values import HealthPolicy, HealthState, Observations
from tests.support.fake_cluster import FakeCluster, deployment
from tests.support.image_changes import WEB_TO_2, execute
from tests.support.rollouts import START, at, children, pod, progressing_deployment, waiting, workload
from tests.support.timelines import judged, running, seen

_TAG = "registry.example.test/shop/api:1.5.0"
_PINNED = f"{_TAG}@sha256:{'5' * 64}"
_NOT_FOUND = f'failed to resolve reference "{_TAG}": {_TAG}: not found'
_STATES = [
    (4, waiting("ErrImagePull", _NOT_FOUND)),
    (8, waiting("ImagePullBackOff", f'Back-off pulling image "{_TAG}": ErrImagePull: not found')),
    (22, waiting("ErrImagePull", f"{_TAG}: not found")),
    (26, waiting("ImagePullBackOff", "Back-off pulling image")),
]


def pulling(status: dict[str, object], *, image: str, version: object) -> Manifest:
    return pod(
        statuses=[status], version=str(version), spec={"containers": [{"name": "web", "image": image}]}, created=1
    )


def looks(image: str, *, until: float):
    states = [*_STATES, *((float(second), _STATES[-1][1]) for second in range(30, int(until) + 1, 5))]
    return [
        (seconds, progressing_deployment(), children(pulling(status, image=image, version=seconds)))
        for seconds, status in states
    ]


@pytest.mark.parametrize("image", [_TAG, _PINNED], ids=["by tag", "by digest"])
def test_it_is_waited_for_and_the_reason_is_told(image):
    healths = judged(looks(image, until=95))
    assert {health.state for health in healths} == {HealthState.PROGRESSING}
    assert all("not found" in health.message for health in healths)
    assert healths[0].reason == "ErrImagePull"


def complete() -> Manifest:
    status = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
    done = [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]
    return workload(spec={"replicas": 2}, status={**status, "conditions": done})


def test_it_is_ready_when_the_image_has_arrived():
    arrived = children(pod(statuses=[running(since=95)], version="z"))
    assert judged([*looks(_TAG, until=90), (101, complete(), arrived)])[-1].state is HealthState.READY


def test_a_tag_that_does_not_arrive_within_two_minutes_has_failed():
    healths = judged(looks(_TAG, until=130))
    failed = [health for health in healths if health.state is HealthState.FAILED]
    assert failed
    assert not failed[0].blameless
    assert "not found" in failed[0].message


def test_a_digest_that_was_reported_for_the_repository_is_not_given_up_after_two_minutes():
    healths = judged(looks(_PINNED, until=590))
    assert {health.state for health in healths} == {HealthState.PROGRESSING}
    late = judged(looks(_PINNED, until=610))[-1]
    assert (late.state, late.blameless) == (HealthState.FAILED, True)


def test_a_screen_says_the_same_of_a_proven_digest():
    below = children(pulling(_STATES[0][1], image=_PINNED, version=1))
    assert seen(300, progressing_deployment(), below).state is HealthState.PROGRESSING
    assert seen(700, progressing_deployment(), below).state is HealthState.FAILED


@pytest.mark.parametrize(
    "message",
    [
        "dial tcp 192.0.2.7:443: i/o timeout",
        "failed to authorize: 401 Unauthorized",
        "pull access denied, repository does not exist or may require authorization",
        "429 Too Many Requests",
    ],
)
def test_other_troubles_of_a_registry_are_given_two_minutes_over_all_their_states(message):
    back_off = f'Back-off pulling image "{_TAG}": ErrImagePull: {message}'
    states = [waiting("ErrImagePull", message), waiting("ImagePullBackOff", back_off)]
    moments = [
        (seconds, progressing_deployment(), children(pulling(states[step % 2], image=_TAG, version=seconds)))
        for step, seconds in enumerate(range(4, 130, 10))
    ]
    healths = judged(moments)
    assert {health.state for health in healths[:-1]} == {HealthState.PROGRESSING}
    assert healths[-1].state is HealthState.FAILED


def test_a_name_that_is_none_fails_at_once():
    below = children(pulling(waiting("InvalidImageName", "couldn't parse"), image="A:b:c", version=1))
    (health,) = judged([(2, progressing_deployment(), below)])
    assert (health.state, health.blameless) == (HealthState.FAILED, False)


def test_a_long_message_is_judged_by_its_end_and_shows_it():
    long = ": ".join([f'failed to pull and unpack image "{_PINNED}"', f'failed to resolve reference "{_PINNED}"'])
    message = f'Back-off pulling image "{_PINNED}": ErrImagePull: {long}: {_PINNED}: not found'
    below = children(pulling(waiting("ImagePullBackOff", message), image=_PINNED, version=1))
    healths = judged([(seconds, progressing_deployment(), below) for seconds in (4, 300)])
    assert {health.state for health in healths} == {HealthState.PROGRESSING}
    assert healths[0].message.endswith("not found).")
    assert len(healths[0].message) < 500


def test_a_tag_whose_digest_was_reported_is_not_given_up_either():
    observations: Observations = {}
    for seconds, manifest, below in looks(_TAG, until=590):
        health = assess(
            manifest,
            now=at(seconds),
            policy=HealthPolicy(),
            children=below,
            started=START,
            observations=observations,
            proven=("web",),
        )
        observations = health.observations
        assert health.state is HealthState.PROGRESSING


@pytest.mark.parametrize(("digest", "proven"), [(f"sha256:{'5' * 64}", ("web",)), (None, ())])
async def test_an_operation_knows_of_which_images_the_digest_was_reported(digest, proven):
    cluster = FakeCluster(deployment(images={"web": "shop/web:1"}))
    result = await execute(cluster, replace(WEB_TO_2, after=Image.of("shop/web:2", digest=digest)))
    (expected,) = result.expected
    assert expected.proven == proven
    assert ExpectedRollout.from_json(expected.to_json()) == expected
