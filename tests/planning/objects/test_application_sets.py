"""What an ApplicationSet leaves alone in its applications."""

from typing import Any

import pytest

from domain.resources import Manifest
from services.planning.objects.application_sets import leaves_alone, leaves_overrides_alone
from tests.support import argocd

IMAGES = "/spec/source/kustomize/images"
APPLICATION = argocd.application()


def leaves(pointer: str, **spec: Any) -> bool:
    return leaves_alone(Manifest(argocd.application_set(APPLICATION, **spec)), Manifest(APPLICATION), pointer)


def ignoring(*pointers: str, **rule: Any) -> dict[str, Any]:
    return {"ignoreApplicationDifferences": [{"jsonPointers": [*pointers], **rule}]}


def test_one_without_rules_writes_everything_again():
    assert not leaves(IMAGES)


@pytest.mark.parametrize(
    ("policy", "alone"), [("create-only", True), ("create-delete", True), ("create-update", False)]
)
def test_one_that_only_creates_writes_nothing_again(policy, alone):
    assert leaves(IMAGES, syncPolicy={"applicationsSync": policy}) is alone


@pytest.mark.parametrize(
    ("ignored", "alone"),
    [
        (IMAGES, True),
        ("/spec/source/kustomize", True),
        ("/spec/source", True),
        ("/spec/source/kustomize/images/0", False),
        ("/spec/source/kust", False),
        ("/spec/source/helm/parameters", False),
    ],
)
def test_a_rule_keeps_a_field_and_all_that_is_in_it(ignored, alone):
    assert leaves(IMAGES, **ignoring(ignored)) is alone


def test_a_rule_for_another_application_keeps_nothing():
    assert leaves(IMAGES, **ignoring(IMAGES, name="shop"))
    assert not leaves(IMAGES, **ignoring(IMAGES, name="other"))


def test_a_plain_path_of_jq_is_a_pointer_and_another_one_is_not():
    assert leaves(IMAGES, ignoreApplicationDifferences=[{"jqPathExpressions": [".spec.source.kustomize.images"]}])
    assert not leaves(IMAGES, ignoreApplicationDifferences=[{"jqPathExpressions": [".spec.source.kustomize[]"]}])


def test_of_several_sources_only_the_whole_list_is_kept():
    within = "/spec/sources/0/kustomize/images"
    assert leaves(within, **ignoring("/spec/sources"))
    assert not leaves(within, **ignoring(within))


def test_an_override_may_have_a_place_where_any_source_has_one():
    several = Manifest(argocd.application(sources=[argocd.source(), argocd.source()]))
    for pointer, kept in (("/spec/sources", True), ("/spec/sources/1/kustomize/images", False)):
        found = Manifest(argocd.application_set(several.body, **ignoring(pointer)))
        assert leaves_overrides_alone(found, several) is kept
