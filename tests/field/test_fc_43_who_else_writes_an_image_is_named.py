"""fc-43: Keel, image triggers and other field managers write images, too; a plan and the overview name them."""

from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.health.values import Children
from services.planning.images.running import cluster_facts
from services.planning.images.writers import image_writers, last_writers
from tests.support.image_plans import codes, promote, ref
from tests.support.rollouts import START
from tests.support.running import seen, workload

PATH = 'spec.template.spec.containers[?(@.name=="api")].image'
TRIGGER = '[{"from":{"kind":"ImageStreamTag","name":"api:1"},"fieldPath":"%s"%s}]'
FIELD = PATH.replace('"', '\\"')


def marked(*, annotations: dict[str, str] | None = None, labels: dict[str, str] | None = None, tag: str = "1"):
    metadata = {"annotations": annotations or {}, "labels": labels or {}}
    return workload("api", {"api": f"shop/api:{tag}", "proxy": f"mesh/proxy:{tag}"}, metadata=metadata)


def problems_of(target: Manifest, **more):
    return promote(seen("dev", [marked(tag="2")]), seen("prod", [target]), pin=False, **more).all_problems


@pytest.mark.parametrize(
    ("annotations", "labels", "tool"),
    [
        ({"keel.sh/policy": "force"}, {}, "Keel"),
        ({}, {"keel.sh/policy": "minor"}, "Keel"),
        ({"image.openshift.io/triggers": TRIGGER % (FIELD, "")}, {}, "OpenShift's image triggers"),
        ({"fluxcd.io/automated": "true"}, {}, "Flux"),
    ],
)
def test_a_tool_that_writes_the_targets_images_is_named_once(annotations, labels, tool):
    [problem] = problems_of(marked(annotations=annotations, labels=labels))
    assert (problem.code, problem.blocks) == ("image-written-by-others", False)
    assert problem.detail.startswith(f"{tool} writes images of Deployment api")


@pytest.mark.parametrize(
    "annotations",
    [
        {},
        {"keel.sh/policy": "never"},
        {"keel.sh/trigger": "poll"},
        {"image.openshift.io/triggers": "[]"},
        {"image.openshift.io/triggers": TRIGGER % (FIELD, ',"paused":true')},
        {"fluxcd.io/automated": "false"},
    ],
)
def test_a_mark_that_switches_the_tool_off_is_no_writer(annotations):
    assert problems_of(marked(annotations=annotations)) == ()


def test_a_trigger_is_told_only_for_the_containers_that_it_writes():
    target = marked(annotations={"image.openshift.io/triggers": TRIGGER % (FIELD, "")})
    assert codes_of(target, "api") == ["image-written-by-others"]
    assert codes_of(target, "proxy") == []


@pytest.mark.parametrize("annotation", ["not JSON", '[{"fieldPath":"spec.template.spec.containers[0].image"}]'])
def test_a_trigger_that_names_no_container_counts_for_all(annotation):
    [writer] = image_writers(marked(annotations={"image.openshift.io/triggers": annotation}))
    assert writer.writes("api")
    assert writer.writes("proxy")


def test_nothing_is_said_where_the_image_stays():
    target = marked(annotations={"keel.sh/policy": "force"}, tag="2")
    assert problems_of(target) == ()


def owned(*entries: tuple[str, str, str]) -> Manifest:
    """Each entry is a manager, its operation and its time; all of them own the image of `api`."""
    fields: dict[str, Any] = {'k:{"name":"api"}': {".": {}, "f:image": {}}}
    for step in ("f:containers", "f:spec", "f:template", "f:spec"):
        fields = {step: fields}
    managed = [
        {"manager": manager, "operation": operation, "time": time, "fieldsV1": fields}
        for manager, operation, time in entries
    ]
    return workload("api", {"api": "shop/api:1", "proxy": "mesh/proxy:1"}, metadata={"managedFields": managed})


@pytest.mark.parametrize(
    ("entries", "manager"),
    [
        ([("keel", "Update", "2026-01-01T12:01:00Z")], "keel"),
        ([("stagecoach", "Update", "2026-01-01T12:00:00Z"), ("keel", "Update", "2026-01-01T12:01:00Z")], "keel"),
        ([("helm", "Apply", "2026-01-01T12:00:00Z"), ("stagecoach", "Update", "2026-01-01T12:01:00Z")], None),
        ([("stagecoach", "Update", "2026-01-01T12:00:00Z")], None),
        ([], None),
    ],
)
def test_the_overview_can_name_the_manager_that_wrote_an_image_last(entries, manager):
    written = last_writers(owned(*entries)).get("api")
    assert (written.manager if written else None) == manager


def test_the_status_of_a_workload_is_no_image():
    body = owned(("kube-controller-manager", "Update", "2026-01-01T12:00:00Z")).edited()
    body["metadata"]["managedFields"][0]["subresource"] = "status"
    assert last_writers(Manifest(body)) == {}


def test_the_last_writer_is_among_the_facts_of_its_container_alone():
    manifest = owned(("keel", "Update", "2026-01-01T12:01:00Z"))
    facts = cluster_facts("eu", [manifest.id], [manifest], Children(), now=START, policy=None)
    written = {one.name: one.written_by for one in facts.workloads[0].containers}
    assert written["api"] is not None
    assert (written["api"].manager, written["proxy"]) == ("keel", None)


def test_a_plan_says_who_wrote_the_image_that_it_replaces():
    target = owned(("keel", "Update", "2026-01-01T12:01:00Z"))
    [cluster] = promote(seen("dev", [marked(tag="2")]), seen("prod", [target]), pin=False).clusters
    assert {change.container: change.written_by for change in cluster.changes} == {"api": "keel", "proxy": None}


def codes_of(target: Manifest, container: str) -> list[str]:
    plan = promote(seen("dev", [marked(tag="2")]), seen("prod", [target]), pin=False, selected=[ref("api", container)])
    return codes(plan)
