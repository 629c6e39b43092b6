import copy
from typing import Any

import pytest

from domain.resources import Manifest
from domain.words import OnConflict
from services.planning.configuring.structure_check import check_structure
from services.planning.copying.plan import CopyChoices
from services.planning.copying.planner import plan_copy
from services.planning.objects import paths
from tests.support.objects import (
    FINGERPRINTS,
    config_map,
    deployment,
    facts,
    obj,
    secret,
    service,
    target,
    workload_spec,
)

_POD = {
    "containers": [
        {
            "name": "web",
            "image": "web:1",
            "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}],
            "envFrom": [{"secretRef": {"name": "a"}}],
            "ports": [{"containerPort": 80}],
            "volumeMounts": [{"name": "v", "mountPath": "/"}],
            "resources": {"requests": {"cpu": "1"}},
        }
    ],
    "initContainers": [{"name": "init", "image": "init:1"}],
    "volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "a"}}]}, "configMap": {"name": "a"}}],
    "imagePullSecrets": [{"name": "a"}],
    "tolerations": [{"key": "a"}],
}
_RBAC = "rbac.authorization.k8s.io/v1"
WELL_SHAPED = (
    config_map(),
    secret(),
    service(ports=[{"port": 80}]),
    deployment(pod=_POD),
    obj("batch/v1", "CronJob", spec={"jobTemplate": {"spec": workload_spec(pod=_POD)}}),
    obj("v1", "Pod", spec=_POD),
    obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=[{"metadata": {"name": "a"}}])),
    obj(_RBAC, "RoleBinding", roleRef={"kind": "Role", "name": "a"}, subjects=[{"kind": "User", "name": "a"}]),
    obj(
        "networking.k8s.io/v1",
        "Ingress",
        spec={"rules": [{"host": "a", "http": {"paths": [{"backend": {"service": {"name": "a"}}}]}}], "tls": [{}]},
    ),
    obj("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "ingress": [{"from": [{"ipBlock": {}}]}]}),
    obj("autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}}),
    obj("v1", "PersistentVolumeClaim", spec={"resources": {"requests": {"storage": "1Gi"}}}),
    obj("x.example/v1", "Thing", spec={"anything": [1, {"goes": None}]}),
)


@pytest.mark.parametrize("manifest", WELL_SHAPED, ids=lambda m: m.kind.name)
def test_a_well_formed_object_passes(manifest):
    assert check_structure(manifest.body) == ()


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("apiVersion", {"apiVersion": "../v1", "kind": "A", "metadata": {"name": "a"}}),
        ("kind", {"apiVersion": "v1", "kind": "a/b", "metadata": {"name": "a"}}),
        ("metadata", {"apiVersion": "v1", "kind": "A", "metadata": []}),
        ("metadata.name", {"apiVersion": "v1", "kind": "A", "metadata": {"name": "../a"}}),
        ("metadata.name", {"apiVersion": "v1", "kind": "A", "metadata": {"generateName": "a-"}}),
    ],
)
def test_an_impossible_identity_is_a_mistake(field, body):
    assert [wrong.field for wrong in check_structure(body)] == [field]


def test_a_workload_without_a_template_is_a_mistake():
    assert [w.field for w in check_structure(obj("apps/v1", "Deployment", spec={}).body)] == ["spec.template"]


def _places(node, steps=()):
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*steps, key)
            yield from _places(value, (*steps, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield (*steps, index)
            yield from _places(value, (*steps, index))


_NONSENSE: tuple[Any, ...] = (None, [], {}, [1], ["a"], [[]], [None], {"a": 1}, {"a": []}, 7, 1.5, "text", True)


def _with(manifest, place, nonsense):
    body = copy.deepcopy(manifest.body)
    holder = body
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = nonsense
    return body


@pytest.mark.parametrize("manifest", WELL_SHAPED, ids=lambda m: m.kind.name)
def test_planning_survives_nonsense_anywhere_in_what_passes(manifest):
    for place in _places(manifest.body):
        for nonsense in _NONSENSE:
            body = _with(manifest, place, nonsense)
            if check_structure(body):
                continue
            broken = Manifest(body)
            there = target(manifest, knows=(broken,))
            nowhere = target(knows=(broken,), cluster="prod-eu")
            everywhere = facts(broken, targets=(there, nowhere), environment=None, namespace=None)
            plan_copy(everywhere, CopyChoices(on_conflict=OnConflict.OVERWRITE), FINGERPRINTS)


def test_locations_of_a_path_are_found():
    assert list(paths.values({"a": [{"b": 1}, {"b": 2}, {}]}, "a[].b")) == [1, 2]


@pytest.mark.parametrize("field", ["stringdata", "Data", "password"])
def test_a_misspelt_field_of_a_secret_is_a_mistake_and_not_passed_on(field):
    (wrong,) = check_structure({**secret().body, field: {"token": "canary-e1b7"}})
    assert wrong.field == field
    assert "canary-e1b7" not in wrong.expected


@pytest.mark.parametrize(
    ("value", "told"), [("cGFzcw==", []), ("cGFz\ncw==\n", []), ("plain!", ["data.a"]), ("abc", ["data.a"])]
)
def test_a_secrets_data_has_to_be_base64(value, told):
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": value}}
    assert [wrong.field for wrong in check_structure(body)] == told
