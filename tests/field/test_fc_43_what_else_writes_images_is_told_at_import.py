"""fc-43, imports: tools that write images by themselves are named, and a blank image is no image to write back."""

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.words import OnConflict
from services.planning.copying.normalize import normalize
from tests.support.copy_plans import actions, codes, only, planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import deployment, obj, workload_spec

_ALL = objects_of("fc-43-somebody-else-writes-the-image")
_DATABASE, _API = named(_ALL, "Deployment ledger-db"), named(_ALL, "Deployment api")
_FILLED = "image-registry.example.test/openshift/postgresql@sha256:" + "4d" * 32


def _details(plan, code):
    return [problem.detail for problem in plan.all_problems if problem.code == code]


def _filled(manifest, image=_FILLED):
    body = normalize(manifest).manifest.edited()
    body["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return type(manifest)(body)


def test_keel_is_named_with_what_it_does_and_how_to_stop_it():
    (detail,) = _details(planned(_API), "image-written-by-others")
    assert "Keel" in detail
    assert "keel.sh/policy" in detail
    assert "overrides.leave_out" in detail


def test_what_the_request_leaves_out_is_not_copied_and_not_told():
    plan = planned(_API, overrides=Overrides(leave_out=("keel.sh/*",)))
    assert codes(plan) == []
    assert only(plan).desired.annotations == {}


def test_labels_and_annotations_of_pod_templates_are_left_out_and_labels_of_pods_stay():
    spec = workload_spec()
    spec["template"]["metadata"] |= {"annotations": {"vault.hashicorp.com/role": "shop", "team": "shop"}}
    labelled = obj("apps/v1", "Deployment", metadata={"labels": {"keel.sh/policy": "all", "app": "web"}}, spec=spec)
    leave_out = ("keel.sh/policy", "vault.hashicorp.com/role", "app")
    copied = only(planned(labelled, overrides=Overrides(leave_out=leave_out))).desired
    assert copied.labels == {}
    assert copied.spec["template"]["metadata"] == {"labels": {"app": "web"}, "annotations": {"team": "shop"}}


def test_a_name_that_nothing_has_is_a_mistake():
    plan = planned(_API, overrides=Overrides(leave_out=("keel.example/policy",)))
    assert codes(plan, Severity.BLOCKS) == ["override-without-resource"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": {"keel.sh/policy": "minor"}},
        {"annotations": {"image.openshift.io/triggers": "[]"}},
        {"annotations": {"fluxcd.io/automated": "true"}},
    ],
)
def test_other_tools_and_places_are_known(metadata):
    assert codes(planned(deployment(metadata=metadata))) == ["image-written-by-others"]


def test_a_blank_image_is_told_with_what_will_fill_it_in():
    plan = planned(_DATABASE)
    assert {*codes(plan)} == {"image-written-by-others", "blank-image"}
    (detail,) = _details(plan, "blank-image")
    assert "containers[postgresql]" in detail
    assert "image.openshift.io/triggers" in detail


@pytest.mark.parametrize("image", ["", " ", "\t"])
def test_every_blank_is_one(image):
    blank = deployment(pod={"containers": [{"name": "web", "image": image}]})
    assert codes(planned(blank)) == ["blank-image"]


@pytest.mark.parametrize("on_conflict", [OnConflict.FAIL, OnConflict.OVERWRITE])
def test_the_blank_is_not_written_over_what_the_target_has(on_conflict):
    plan = planned(_DATABASE, live=[_filled(_DATABASE)], on_conflict=on_conflict)
    assert actions(plan) == {"Deployment ledger-db": "unchanged"}
    assert codes(plan) == []


def test_another_change_is_written_with_the_targets_image():
    live = _filled(_DATABASE).edited()
    live["spec"]["replicas"] = 3
    changed = type(_DATABASE)({**_DATABASE.body, "spec": {**_DATABASE.spec, "replicas": 2}})
    plan = planned(changed, live=[type(_DATABASE)(live)], on_conflict=OnConflict.OVERWRITE)
    assert [change.path for change in only(plan).changes] == ["spec.replicas"]
    assert only(plan).desired.spec["template"]["spec"]["containers"][0]["image"] == _FILLED


def test_an_image_of_the_source_is_written_over_a_blank_of_the_target():
    plan = planned(_filled(_DATABASE), live=[normalize(_DATABASE).manifest], on_conflict=OnConflict.OVERWRITE)
    assert actions(plan) == {"Deployment ledger-db": "update"}
