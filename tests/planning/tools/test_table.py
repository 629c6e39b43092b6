from typing import Any

import pytest

from services.planning.copying.normalize import normalize
from services.planning.copying.notes import notes_on
from services.planning.tools.rows import Place, Treatment
from services.planning.tools.table import TABLE
from tests.support.objects import deployment, obj, service, workload_spec

_TEXT = "anything"
_HASH = "pod-template-hash"


def _with(row):
    """An object on which the tool has written what the row is about."""
    name = row.name.replace("*", "x")
    if row.place is Place.CONTAINER:
        return deployment(pod={"containers": [{"name": name, "image": "x:1"}]})
    if row.place is Place.SELECTOR:
        return service(selector={"app": "web", name: _TEXT})
    kind, _, group = (row.kinds or ("Deployment.apps",))[0].partition(".")
    version = "v1" if not group else f"{group}/v1"
    field: dict[Place, dict[str, Any]] = {
        Place.ANNOTATION: {"annotations": {name: row.value or _TEXT}},
        Place.LABEL: {"labels": {name: row.value or _TEXT}},
        Place.FINALIZER: {"finalizers": [name]},
        Place.MANAGER: {"managedFields": [{"manager": name, "operation": "Apply"}]},
    }
    if row.place in field:
        return obj(version, kind, metadata=field[row.place], spec=workload_spec())
    spec = workload_spec()
    named = "annotations" if row.place is Place.TEMPLATE_ANNOTATION else "labels"
    spec["template"]["metadata"].setdefault(named, {})[name] = _TEXT
    return obj(version, kind, spec=spec)


def _told(manifest):
    return {problem.code for problem in notes_on(manifest)}


_OF_NAMESPACES = {Place.NAMESPACE_LABEL, Place.NAMESPACE_ANNOTATION}  # which no copied object has
_OBJECTS = [row for row in TABLE if row.place not in _OF_NAMESPACES]


@pytest.mark.parametrize("row", [r for r in _OBJECTS if r.tell], ids=lambda row: f"{row.place} {row.name}")
def test_what_the_table_tells_of_is_told(row):
    assert row.tell.value in _told(_with(row))


@pytest.mark.parametrize("row", [r for r in _OBJECTS if r.treatment is Treatment.KEEP], ids=lambda row: row.name)
def test_what_the_table_keeps_is_copied(row):
    assert row.name.replace("*", "x") in str(normalize(_with(row)).manifest.body)


@pytest.mark.parametrize(
    "row",
    [r for r in _OBJECTS if r.treatment is Treatment.DROP and r.proof is None],
    ids=lambda row: f"{row.place} {row.name} {row.kinds}",
)
def test_what_the_table_leaves_out_is_not_copied(row):
    assert f"'{row.name.replace('*', 'x')}'" not in str(normalize(_with(row)).manifest.body)


def test_no_name_stands_in_the_table_twice_for_the_same_kinds():
    rows = [(row.place, row.name, row.value, row.kinds) for row in TABLE]
    assert len(rows) == len({*rows})


def test_a_hash_alone_in_a_selector_stays_for_without_it_the_service_would_have_no_selector():
    alone = normalize(obj("v1", "Service", spec={"selector": {"pod-template-hash": "7f9c"}}))
    assert alone.manifest.spec["selector"] == {"pod-template-hash": "7f9c"}


@pytest.mark.parametrize(
    ("manifest", "left"),
    [
        (
            obj("policy/v1", "PodDisruptionBudget", spec={"selector": {"matchLabels": {"a": "b", _HASH: "7f9c"}}}),
            {"selector": {"matchLabels": {"a": "b"}}},
        ),
        (
            obj("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {"matchLabels": {"a": "b", _HASH: "7"}}}),
            {"podSelector": {"matchLabels": {"a": "b"}}},
        ),
    ],
)
def test_a_hash_of_one_revision_goes_from_whatever_selects_pods(manifest, left):
    assert normalize(manifest).manifest.spec == left
    assert "selector-of-one-revision" in _told(manifest)


def test_a_host_that_openshift_generated_is_left_to_the_target():
    generated = {"annotations": {"openshift.io/host.generated": "true"}}
    route = obj("route.openshift.io/v1", "Route", metadata=generated, spec={"host": "web-shop.apps.dev.example"})
    assert "host" not in normalize(route).manifest.spec
    chosen = obj("route.openshift.io/v1", "Route", spec={"host": "www.shop.example"})
    assert normalize(chosen).manifest.spec["host"] == "www.shop.example"
