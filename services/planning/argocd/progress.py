"""How far an application is with an override that was handed over to it. Pure.

An application has no status subresource, and no generation that its status was observed at. So what counts is our own
mark in the operation, a comparison that was made with the source as it is now, and that this was after the sync
(akuity/kargo pkg/health/checker/builtin/argocd.go does the same).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.hand_overs import OwnerEdit, OwnerProgress, OwnerState
from domain.resources import Manifest
from services.planning.argocd.writing import has, information, is_asked_for
from services.planning.images.hand_overs import capitalised

_BLOCKED = "blocked by sync window"
_BAD = frozenset({"Failed", "Error"})
_MOST_CHARACTERS = 500


def progress(
    title: str, application: Manifest | None, edits: Sequence[OwnerEdit], info: Sequence[Mapping[str, str]]
) -> OwnerProgress:
    """Of an application whose workload has not got its image yet."""
    name = capitalised(title)
    if application is None:
        return _failed("ApplicationGone", f"{name} is gone.")
    if not has(application, edits):
        return _failed("OverrideChanged", f"{name} has not the override any more: somebody else has changed it.")
    state = application.status.get("operationState") or {}
    return _of_sync(name, application, state if is_asked_for(state.get("operation"), info) else {})


def _of_sync(name: str, application: Manifest, state: Mapping[str, Any]) -> OwnerProgress:
    """`state` is that of our sync; empty where it is not the last one."""
    message = _shortened(str(state.get("message", "")))
    match state.get("phase"):
        case phase if phase in _BAD:
            return _failed("SyncFailed", f"{name} could not be synced: {message}")
        case "Running" if _BLOCKED in message:
            return _waiting("SyncWindow", f"{name} waits for a sync window that lets it be synced.")
        case "Running" if _health(application) == "Suspended":
            return _waiting("Suspended", f"{name} is suspended in the middle of its sync: {message}")
        case "Running" | "Terminating":
            return _handed("Syncing", f"{name} is being synced: {message}")
        case _:
            return _compared(name, application, str(state.get("finishedAt", "")))


def unseen(title: str, hub: str, why: str) -> OwnerProgress:
    """Of an application on another cluster, which does not answer now: the live images tell whether it is done."""
    return _handed("ArgoCdUnreachable", f"{capitalised(title)} is on cluster {hub}, which does not answer: {why}")


def is_requested(application: Manifest, info: Sequence[Mapping[str, str]]) -> bool:
    """Whether the sync was asked for, and has not failed since: then it would be asked for again."""
    state = application.status.get("operationState") or {}
    done = is_asked_for(state.get("operation"), info) and state.get("phase") not in _BAD
    return done or is_asked_for(application.body.get("operation"), info)


def is_synced_for(application: Manifest, operation: str) -> bool:
    """Whether a sync in this operation of ours is asked for, or was the last one: for its change or its way back."""
    state, mark = application.status.get("operationState") or {}, information(operation, ())
    return any(is_asked_for(each, mark) for each in (application.body.get("operation"), state.get("operation")))


def _compared(name: str, application: Manifest, finished: str) -> OwnerProgress:
    """Of an application that is not being synced for us any more, or not yet."""
    errors = [
        _shortened(str(each.get("message", "")))
        for each in application.status.get("conditions") or ()
        if str(each.get("type", "")).endswith("Error")
    ]
    if errors:
        return _handed("ComparisonError", f"{name} cannot be compared with its source: {errors[0]}")
    if application.body.get("operation") is not None:
        return _handed("SyncRequested", f"{name} is asked to sync.")
    sync = application.status.get("sync") or {}
    # Both are of one clock and one form, so that the later text is the later time.
    fresh = str(application.status.get("reconciledAt", "")) >= finished and _is_of_now(application, sync)
    if fresh and sync.get("status") == "Synced":
        return _failed(
            "NotBrought",
            f"{name} is synced, and the workload has another image: its source names the image in another way than the "
            "override does, or leaves the workload out.",
        )
    return _handed("Comparing", f"{name} is {sync.get('status') or 'not compared yet'}.")


def _is_of_now(application: Manifest, sync: Mapping[str, Any]) -> bool:
    """Whether the comparison was made with the sources as they are now."""
    compared = sync.get("comparedTo") or {}
    spec = application.spec
    if spec.get("sources"):
        return bool(compared.get("sources") == spec["sources"])
    return bool(compared.get("source") == spec.get("source"))


def _health(application: Manifest) -> str:
    return str((application.status.get("health") or {}).get("status", ""))


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


def _failed(reason: str, message: str) -> OwnerProgress:
    return OwnerProgress(state=OwnerState.FAILED, reason=reason, message=message)


def _waiting(reason: str, message: str) -> OwnerProgress:
    return OwnerProgress(state=OwnerState.WAITING, reason=reason, message=message)


def _handed(reason: str, message: str) -> OwnerProgress:
    return OwnerProgress(state=OwnerState.HANDED_OVER, reason=reason, message=message)
