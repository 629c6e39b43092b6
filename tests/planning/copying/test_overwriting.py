"""Overwriting what somebody else delivers or applies takes a consent: their next run would fail or revert it."""

from typing import Any

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.words import Action, OnConflict
from tests.support.copy_plans import actions, blocking, codes, only, planned
from tests.support.objects import config_map

ALLOWED = Overrides(allow=("owned-objects",))
RELEASE = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop"}
TRACKING = "argocd.argoproj.io/tracking-id"


def entry(manager: str, operation: str = "Apply", *fields: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "fieldsV1": {"f:data": {f"f:{each}": {} for each in fields or ("mode",)}},
    }


def overwritten(overrides: Overrides | None = None, entries: tuple[dict[str, Any], ...] = (), **metadata: Any):
    live = config_map(data={"mode": "prod"}, metadata={"namespace": "shop", "managedFields": list(entries), **metadata})
    return planned(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE, overrides=overrides)


OWNERS: dict[str, dict[str, Any]] = {
    "Helm 4": {"entries": (entry("helm"),), "annotations": RELEASE},
    "Helm 3": {"entries": (entry("helm", "Update"),), "annotations": RELEASE},
    "Terraform's Helm": {"entries": (entry("terraform-provider-helm_v2.17.0_x5", "Update"),), "annotations": RELEASE},
    "Argo CD": {"entries": (), "annotations": {TRACKING: "shop:/ConfigMap:shop/settings"}},
    "Flux": {"entries": (), "labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}},
}


@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
def test_what_a_delivery_tool_owns_is_overwritten_only_with_consent(owner: dict[str, Any]):
    plan = overwritten(**owner)
    assert blocking(plan) == ["target-owned"]
    (problem,) = [each for each in plan.all_problems if each.blocks]
    assert problem.consent == "owned-objects"
    allowed = overwritten(ALLOWED, **owner)
    assert (only(allowed).action, codes(allowed, Severity.WARNS)) == (Action.UPDATE, ["target-owned"])


def test_fields_that_a_person_or_ci_applies_are_taken_only_with_consent():
    plan = overwritten(entries=(entry("ci-deployer"),))
    (problem,) = [each for each in plan.all_problems if each.blocks]
    assert (problem.code, problem.consent) == ("takes-fields-over", "owned-objects")
    assert "ci-deployer applies fields that would change, and its next apply fails" in problem.detail
    assert not overwritten(ALLOWED, entries=(entry("ci-deployer"),)).blocked


def test_helm_that_applies_is_said_to_fail_and_helm_that_updates_to_revert():
    applies, updates = (overwritten(**OWNERS[name]).all_problems[0].detail for name in ("Helm 4", "Helm 3"))
    assert "its next apply fails with a conflict" in applies
    assert "its next run brings its own version back" in updates


@pytest.mark.parametrize(
    ("entries", "metadata"),
    [
        ((entry("kubectl-client-side-apply", "Update"),), {}),
        ((entry("kubectl-edit", "Update"),), {}),
        ((entry("ci-deployer", "Apply", "other"),), {}),
        ((entry("stagecoach"),), {}),
        ((), {"annotations": RELEASE}),
        ((), {"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
        ((), {"annotations": {TRACKING: "shop:/ConfigMap:shop/another"}}),
    ],
    ids=["client-side", "edit", "another field", "ours", "marks without Helm", "label alone", "another's id"],
)
def test_what_breaks_nobodys_next_run_is_overwritten_without_consent(entries: Any, metadata: dict[str, Any]):
    plan = overwritten(entries=entries, **metadata)
    assert (actions(plan), blocking(plan)) == ({"ConfigMap settings": Action.UPDATE}, [])


def test_an_owned_object_that_is_equal_or_kept_asks_for_no_consent():
    live = config_map(metadata={"managedFields": [entry("helm")], "annotations": RELEASE})
    assert not planned(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE).blocked
    differs = config_map(data={"mode": "prod"}, metadata={"managedFields": [entry("helm")], "annotations": RELEASE})
    assert not planned(config_map(), live=(differs,), on_conflict=OnConflict.KEEP).blocked
