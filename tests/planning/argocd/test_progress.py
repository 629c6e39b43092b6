"""How far an application is, as it is read while its workload has not got the image."""

import pytest

from domain.hand_overs import OwnerState
from domain.resources import Manifest
from sandbox.merge import json_patch
from services.planning.argocd.hand_overs import hand_overs
from services.planning.argocd.progress import progress
from services.planning.argocd.writing import information, sync_patch
from services.planning.images.hand_overs import Refusal
from tests.support.argocd_manifests import HERE, OWNER, application, asked, change, kustomize

BEFORE = application(kustomize())
_FOUND = hand_overs(BEFORE, asked(change("registry.example/shop/web:1", "registry.example/shop/web:2")), HERE)
assert not isinstance(_FOUND, Refusal)
EDITS = next(iter(_FOUND.values())).edits
INFO = information("op-1", EDITS)
_WRITTEN = json_patch(BEFORE.edited(), [each.to_json() for each in sync_patch(BEFORE, EDITS, INFO)])
SOURCE = _WRITTEN["spec"]["source"]


def seen(*, operation=False, spec=None, **status):
    """The progress of the application after the write, with this status."""
    body = {**_WRITTEN, "status": {"sourceType": "Kustomize", **status}, **({"spec": spec} if spec else {})}
    if not operation:
        body = {key: value for key, value in body.items() if key != "operation"}
    found = progress(OWNER.title, Manifest(body), EDITS, INFO)
    return found.state, found.reason


def state(phase, message="", **more):
    return {"phase": phase, "message": message, "operation": {"info": INFO}, **more}


def compared(status="Synced", source=SOURCE):
    return {"status": status, "comparedTo": {"source": source}}


def test_a_sync_that_was_asked_for_is_on_its_way():
    assert seen(operation=True) == (OwnerState.HANDED_OVER, "SyncRequested")


def test_a_running_sync_is_on_its_way():
    assert seen(operation=True, operationState=state("Running", "waiting for a hook")) == (
        OwnerState.HANDED_OVER,
        "Syncing",
    )


def test_a_sync_window_is_waited_for():
    blocked = state("Running", "Sync operation blocked by sync window")
    assert seen(operation=True, operationState=blocked) == (OwnerState.WAITING, "SyncWindow")


def test_a_sync_in_which_something_is_suspended_is_waited_for():
    found = seen(operation=True, operationState=state("Running", "waiting"), health={"status": "Suspended"})
    assert found == (OwnerState.WAITING, "Suspended")


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_a_sync_that_failed_brings_nothing(phase):
    assert seen(operationState=state(phase, "one or more objects failed to apply")) == (
        OwnerState.FAILED,
        "SyncFailed",
    )


def test_a_failed_sync_of_somebody_else_is_not_ours():
    theirs = {"phase": "Failed", "message": "no", "operation": {"info": []}}
    assert seen(operationState=theirs)[0] is OwnerState.HANDED_OVER


def test_a_comparison_from_before_the_sync_proves_nothing():
    done = state("Succeeded", finishedAt="2026-01-01T00:00:02Z")
    found = seen(operationState=done, sync=compared(), reconciledAt="2026-01-01T00:00:01Z")
    assert found == (OwnerState.HANDED_OVER, "Comparing")


def test_a_comparison_with_the_former_source_proves_nothing():
    done = state("Succeeded", finishedAt="2026-01-01T00:00:02Z")
    former = compared(source=BEFORE.spec["source"])
    assert seen(operationState=done, sync=former, reconciledAt="2026-01-01T00:00:03Z")[0] is OwnerState.HANDED_OVER


def test_an_application_that_is_synced_and_brought_another_image_has_failed():
    done = state("Succeeded", finishedAt="2026-01-01T00:00:02Z")
    found = seen(operationState=done, sync=compared(), reconciledAt="2026-01-01T00:00:02Z")
    assert found == (OwnerState.FAILED, "NotBrought")


def test_an_application_that_is_out_of_sync_may_still_bring_it():
    done = state("Succeeded", finishedAt="2026-01-01T00:00:02Z")
    found = seen(operationState=done, sync=compared("OutOfSync"), reconciledAt="2026-01-01T00:00:03Z")
    assert found[0] is OwnerState.HANDED_OVER


def test_a_source_that_cannot_be_read_is_said():
    conditions = [{"type": "ComparisonError", "message": "failed to generate manifest"}]
    assert seen(conditions=conditions) == (OwnerState.HANDED_OVER, "ComparisonError")


def test_an_override_that_somebody_has_taken_away_brings_nothing():
    assert seen(spec=BEFORE.spec) == (OwnerState.FAILED, "OverrideChanged")


def test_an_application_that_is_gone_brings_nothing():
    assert progress(OWNER.title, None, EDITS, INFO).reason == "ApplicationGone"


def test_a_long_message_is_cut():
    found = progress(
        OWNER.title,
        Manifest({**_WRITTEN, "status": {"operationState": state("Failed", "x" * 5000)}}),
        EDITS,
        INFO,
    )
    assert len(found.message) < 700
