"""Fields that a server generates for a Job stay in the origin; lists that repeat a key are copied as they are."""

import copy

import pytest

from domain.words import Action, OnConflict
from tests.support.two_clusters import TwoClusters, actions_of, changes_of, resource_of

_GENERATED = (
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
)


def _job(name, labels, **spec):
    container = {"name": "work", "image": "registry.example.test/data/work:1.0.0"}
    template = {"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {"suspend": True, "template": template, **spec},
    }


def _edge(second="second"):
    labels = {"app": "edge"}
    container = {
        "name": "edge",
        "image": "registry.example.test/net/edge:1.0.0",
        "env": [{"name": "MODE", "value": "first"}, {"name": "MODE", "value": second}],
        "ports": [
            {"name": "http", "containerPort": 8080, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 8080, "protocol": "TCP"},
            {"name": "dns", "containerPort": 53, "protocol": "TCP"},
            {"name": "dns-udp", "containerPort": 53, "protocol": "UDP"},
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "edge"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


@pytest.fixture
def clusters():
    return TwoClusters()


async def test_a_jobs_generated_labels_and_selector_are_the_targets_own(clusters):
    job = _job("backfill", {"app": "backfill"})
    clusters.create(job)
    theirs = clusters.in_source(job)
    desired = resource_of(clusters.plan(), "Job backfill").desired
    assert desired is not None
    assert not set(_GENERATED) & set(desired.spec["template"]["metadata"]["labels"])
    await clusters.copy()
    ours = clusters.in_target(job)
    assert ours["metadata"]["uid"] != theirs["metadata"]["uid"]
    assert theirs["metadata"]["uid"] not in str(ours["spec"])
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_a_selector_that_a_person_chose_is_kept(clusters):
    job = _job("night-queue", {"queue": "night"}, manualSelector=True, selector={"matchLabels": {"queue": "night"}})
    clusters.create(job)
    await clusters.copy()
    assert clusters.in_target(job)["spec"]["selector"] == {"matchLabels": {"queue": "night"}}
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


def test_of_a_selector_that_another_job_may_share_is_warned(clusters):
    own = _job("night-queue", {"queue": "night"}, manualSelector=True, selector={"matchLabels": {"queue": "night"}})
    clusters.create(own)
    clusters.create(_job("backfill", {"app": "backfill"}))
    warned = [p.resource.name for p in clusters.plan().all_problems if p.code == "manual-selector" and p.resource]
    assert warned == ["night-queue"]


async def test_lists_with_a_key_twice_are_copied_in_their_order(clusters):
    clusters.create(_edge())
    await clusters.copy()
    (container,) = clusters.in_target(_edge())["spec"]["template"]["spec"]["containers"]
    (wanted,) = _edge()["spec"]["template"]["spec"]["containers"]
    assert (container["env"], container["ports"]) == (wanted["env"], wanted["ports"])
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_a_change_of_one_of_the_two_is_shown_and_written_and_the_other_stays(clusters):
    clusters.create(_edge())
    await clusters.copy()
    clusters.replace(_edge("third"))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Deployment edge") == [("changed", "spec.template.spec.containers[edge].env")]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    (container,) = clusters.in_target(_edge())["spec"]["template"]["spec"]["containers"]
    assert [each["value"] for each in container["env"]] == ["first", "third"]


async def test_the_two_in_the_other_order_are_a_difference(clusters):
    clusters.create(_edge())
    await clusters.copy()
    other = copy.deepcopy(_edge())
    other["spec"]["template"]["spec"]["containers"][0]["env"].reverse()
    clusters.replace(other)
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Deployment edge") == [("changed", "spec.template.spec.containers[edge].env")]
