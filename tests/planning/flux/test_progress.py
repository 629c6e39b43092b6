"""How far an object of Flux is with what was handed over to it."""

from typing import Any

import pytest

from domain.hand_overs import OwnerAddress, OwnerState
from domain.resources import Manifest
from services.planning.flux.owners import token
from services.planning.flux.progress import progress

OWNER = OwnerAddress(title="the HelmRelease prod/shop of Flux", kind="HelmRelease", namespace="prod", name="shop")


def release(*, ready: tuple[str, str], observed: int = 2, handled: str = "asked", **spec: Any) -> Manifest:
    condition = {"type": "Ready", "status": ready[0], "reason": ready[1], "message": "as it says"}
    status = {"observedGeneration": observed, "lastHandledReconcileAt": handled, "conditions": [condition]}
    metadata = {"name": "shop", "namespace": "prod", "generation": 2}
    kind = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease"}
    return Manifest({**kind, "metadata": metadata, "spec": spec, "status": status})


def said(live: Manifest | None, *, has_edits: bool = True) -> tuple[OwnerState, str]:
    found = progress(OWNER, live, "asked", has_edits=has_edits)
    return found.state, found.reason


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (None, (OwnerState.FAILED, "OwnerGone")),
        (release(ready=("Unknown", "Progressing")), (OwnerState.HANDED_OVER, "Progressing")),
        (release(ready=("False", "UpgradeFailed")), (OwnerState.FAILED, "UpgradeFailed")),
        (release(ready=("False", "DependencyNotReady")), (OwnerState.HANDED_OVER, "DependencyNotReady")),
        (release(ready=("True", "UpgradeSucceeded")), (OwnerState.FAILED, "NotBrought")),
        (release(ready=("True", "UpgradeSucceeded"), suspend=True), (OwnerState.WAITING, "Suspended")),
    ],
)
def test_it_is_what_its_condition_says(live, expected):
    assert said(live) == expected


@pytest.mark.parametrize("stale", [{"observed": 1}, {"handled": "before"}])
def test_a_condition_of_before_the_request_says_nothing(stale):
    assert said(release(ready=("False", "UpgradeFailed"), **stale)) == (OwnerState.HANDED_OVER, "Requested")


def test_an_object_that_somebody_has_changed_meanwhile_brings_nothing():
    assert said(release(ready=("True", "UpgradeSucceeded")), has_edits=False) == (OwnerState.FAILED, "OwnerChanged")


def test_the_way_back_asks_anew_though_it_is_of_the_same_operation():
    assert token("o-1", ("there",)) != token("o-1", ("back",))
    assert token("o-1", ("there",)) == token("o-1", ("there",))
