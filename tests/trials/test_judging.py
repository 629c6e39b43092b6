"""What counts as a difference between a disturbed run and an undisturbed one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trials.chaos.judging import Remains, differences

END = datetime(2026, 12, 1, 12, tzinfo=UTC)
WEB = "/apis/apps/v1/namespaces/run-1/deployments/web?fieldManager=stagecoach"


def write(*, path: str = WEB, content: str = "a", changed: bool = True, after: float = -1.0, **more: Any) -> Any:
    time = (END + timedelta(seconds=after)).isoformat()
    return {"verb": "patch", "path": path, "content": content, "changed": changed, "time": time, **more}


UNDISTURBED = Remains(
    outcomes={"the operation": "succeeded", "prod-a": "succeeded"},
    content={"prod-a": {"Deployment/web": {"spec": {"image": "web:2", "replicas": 1}}}},
    releases=[{"clusters": ["prod-a"], "images": ["web:2"]}],
    ended_at=END,
    writes={"prod-a": [write()]},
    events={"cluster.ended": 1, "rollout.progressed": 3},
)


def test_a_run_that_left_the_same_behind_does_not_differ():
    assert differences(replace(UNDISTURBED, events={"cluster.ended": 1, "rollout.progressed": 9}), UNDISTURBED) == []


def test_a_write_that_is_sent_again_and_changes_nothing_is_no_difference():
    again = {"prod-a": [write(), write(changed=False)]}
    assert differences(replace(UNDISTURBED, writes=again), UNDISTURBED) == []


def test_the_account_that_a_cluster_makes_in_a_new_namespace_may_be_made_by_a_copy_once():
    account = "/api/v1/namespaces/run-1/serviceaccounts/default"
    once = {"prod-a": [write(), write(path=account)]}
    assert differences(replace(UNDISTURBED, writes=once), UNDISTURBED) == []
    twice = {"prod-a": [write(), write(path=account), write(path=account, content="b")]}
    assert len(differences(replace(UNDISTURBED, writes=twice), UNDISTURBED)) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"outcomes": {"the operation": "succeeded", "prod-a": "unreachable"}},
            "prod-a ended as 'unreachable', undisturbed as 'succeeded'",
        ),
        (
            {"content": {"prod-a": {"Deployment/web": {"spec": {"image": "web:1", "replicas": 1}}}}},
            "prod-a: Deployment/web has 'web:1' at /spec/image, undisturbed 'web:2'",
        ),
        ({"content": {"prod-a": {}}}, "prod-a lacks Deployment/web"),
        ({"releases": []}, "the releases are []"),
        ({"events": {"cluster.ended": 2}}, "the timeline tells 'cluster.ended' 2 times, undisturbed 1 times"),
        (
            {"writes": {"prod-a": [write(), write()]}},
            "prod-a: the same patch of deployments/web took effect 2 times",
        ),
        (
            {"writes": {"prod-a": [write(), write(content="b")]}},
            "prod-a: deployments/web was changed 2 times, undisturbed 1 times",
        ),
        (
            {"writes": {"prod-a": [write(), write(changed=False, after=0.5)]}},
            "prod-a: patch of deployments/web 0.5 s after the end",
        ),
    ],
)
def test_what_differs_is_said_in_a_sentence(change: dict[str, Any], sentence: str):
    assert sentence in " ".join(differences(replace(UNDISTURBED, **change), UNDISTURBED))
