"""The table of the types of fields, and what is read off it."""

import json
from pathlib import Path

import pytest

from sandbox.make_field_types import field_types
from services.manifests import field_types as read
from services.manifests.field_types import Entries, Fields, FieldType, Items, Leaf, type_of


def at(api_version: str, kind: str, *steps: str) -> FieldType:
    found: FieldType | None = type_of(api_version, kind)
    for step in steps:
        match found:
            case Fields():
                found = found.field(step)
            case Items() | Entries():
                found = found.of
            case _:
                raise AssertionError(step)
    assert found is not None
    return found


def test_the_table_is_what_the_client_librarys_models_say():
    committed = json.loads(Path(read.__file__).with_name("field_types.json").read_bytes())
    assert committed == field_types()


POD = ("spec", "template", "spec")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("spec", "replicas"), Leaf.NUMBER),
        (("spec", "paused"), Leaf.SWITCH),
        (("metadata", "labels", "*"), Leaf.TEXT),
        (("metadata", "creationTimestamp"), Leaf.TEXT),
        ((*POD, "securityContext", "runAsUser"), Leaf.NUMBER),
        ((*POD, "containers", "*", "env", "*", "value"), Leaf.TEXT),
        ((*POD, "containers", "*", "resources", "limits", "*"), Leaf.ANY),
        ((*POD, "containers", "*", "livenessProbe", "httpGet", "port"), Leaf.ANY),
        (("spec", "strategy", "rollingUpdate", "maxSurge"), Leaf.ANY),
        (("spec", "novelty"), Leaf.ANY),
    ],
)
def test_a_field_has_the_type_of_the_api(steps: tuple[str, ...], expected: Leaf):
    assert at("apps/v1", "Deployment", *steps) is expected


def test_the_value_of_a_metric_is_a_quantity_and_that_of_a_variable_a_text():
    assert (
        at("autoscaling/v2", "HorizontalPodAutoscaler", "spec", "metrics", "*", "resource", "target", "value")
        is Leaf.ANY
    )


@pytest.mark.parametrize(
    ("api_version", "kind"), [("apps/v1beta1", "Deployment"), ("example.com/v1", "Job"), ("v1", "Deployment")]
)
def test_a_kind_of_another_group_or_version_has_no_type(api_version: str, kind: str):
    assert type_of(api_version, kind) is None


def test_each_model_that_a_field_names_is_in_the_table():
    table = field_types()
    named = {each.strip("[]{}") for fields in table["models"].values() for each in fields.values()}
    assert {each for each in named if each[0].isupper()} <= table["models"].keys()
