"""A definition that is new is seen at once: where objects of the kind are looked for, and where they are copied to."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.resources import ResourceId
from services.changes.importing import ImportRequest
from tests.support.actors import ANN
from tests.support.copy_stage import EXAMPLE_NAMESPACE, CopyStage

GROUP = "seen-at-once.example"
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"widgets.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
WIDGET = {"apiVersion": f"{GROUP}/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {"size": 1}}


@pytest.fixture
def define(stage: CopyStage) -> Iterator[Any]:
    """Defines the kind on a cluster, after what the clusters serve was read."""
    defined = []

    def on(cluster: str) -> None:
        stage.sandbox.cluster(cluster).create(DEFINITION, manager="kubectl")
        defined.append(cluster)

    yield on
    for cluster in defined:
        stage.sandbox.cluster(cluster).delete("customresourcedefinitions", DEFINITION["metadata"]["name"], "")


def request(stage: CopyStage, *resources: ResourceId) -> ImportRequest:
    return ImportRequest(source_environment="Development", namespace=stage.namespace, resources=resources)


async def test_it_is_offered_and_copied(stage: CopyStage, define: Any):
    await stage.adopted()
    first, *_ = await stage.everything()
    await stage.importing.preview("shop", "Staging", request(stage, first), actor=ANN)
    for cluster in ("dev-1", "staging-1"):
        define(cluster)
    stage.plant("dev-1", WIDGET, EXAMPLE_NAMESPACE)

    (widget,) = [each.resource for each in await stage.offered() if each.resource.kind.name == "Widget"]
    plan = await stage.importing.preview("shop", "Staging", request(stage, widget), actor=ANN)

    assert not plan.blocked
