import pytest

from services.planning.objects.owners import MARKS, Location, Mark, foreign_marks, owner_of
from tests.support.objects import deployment


def _marked(mark: Mark):
    name = mark.name.replace("*", "x")
    match mark.location:
        case Location.LABEL:
            return deployment(metadata={"labels": {name: mark.value or "x"}})
        case Location.ANNOTATION:
            return deployment(metadata={"annotations": {name: mark.value or "x"}})
        case Location.MANAGER:
            return deployment(metadata={"managedFields": [{"manager": name}]})


@pytest.mark.parametrize("mark", [m for m in MARKS if m.alone], ids=lambda m: f"{m.location} {m.name}")
def test_every_mark_identifies_its_tool(mark):
    owner = owner_of(_marked(mark))
    assert owner is not None
    assert owner.tool == mark.tool
    assert owner.consequence


@pytest.mark.parametrize("mark", [m for m in MARKS if not m.alone], ids=lambda m: f"{m.location} {m.name}")
def test_a_mark_that_is_too_common_proves_nothing_alone(mark):
    assert owner_of(_marked(mark)) is None


def test_a_controller_comes_before_every_mark():
    owned = deployment(
        metadata={
            "ownerReferences": [{"kind": "Rollout", "name": "web", "controller": True}],
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
        }
    )
    owner = owner_of(owned)
    assert owner is not None
    assert owner.controller
    assert owner.tool == "Rollout web"


def test_another_value_of_managed_by_is_not_helm():
    assert owner_of(deployment(metadata={"labels": {"app.kubernetes.io/managed-by": "people"}})) is None


def test_an_object_without_marks_has_no_owner():
    assert owner_of(deployment()) is None


def test_common_marks_go_with_the_tool_that_really_owns_the_object():
    helm = deployment(
        metadata={
            "labels": {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "web-1"},
            "annotations": {"meta.helm.sh/release-name": "web"},
        }
    )
    labels, annotations = foreign_marks(helm)
    assert labels == {"app.kubernetes.io/managed-by", "helm.sh/chart"}
    assert annotations == {"meta.helm.sh/release-name"}
