"""Applications: compared with their sources, synced when asked or automatically, and reported on.

The order of one look is that of argoproj/argo-cd controller/appcontroller.go: `processRequestedAppOperation` first,
then `processAppRefreshQueueItem` with `autoSync`. Each look ends with its first write, which brings about the next one.
"""

from typing import Any

from sandbox import health
from sandbox.argocd import windows
from sandbox.argocd.comparing import Wanted, compared, sync
from sandbox.argocd.destinations import Destination, destination_of
from sandbox.argocd.sources import Rendered, SourceError, render, sources_of
from sandbox.controllers.world import Topic, World
from sandbox.errors import StatusError
from sandbox.store import Object, thaw

CONTROLLER = "argocd-application-controller"
SETTINGS = "argocd-cm"
"""The ConfigMap with the settings of Argo CD: where it is missing, no Argo CD runs in the namespace."""

REFRESH = "argocd.argoproj.io/refresh"
BLOCKED = "Sync operation blocked by sync window"
_WINDOW_CHECK = 1.0
_REMOTE_CHECK = 0.2


def reconcile(world: World, application: Object) -> None:
    """Take one application one step further."""
    metadata = application["metadata"]
    world.wait_for(application, Topic("configmaps", metadata["namespace"]), Topic("appprojects", metadata["namespace"]))
    if world.get("configmaps", SETTINGS, metadata["namespace"]) is None or metadata.get("deletionTimestamp"):
        return
    try:
        rendered = [render(world, metadata["namespace"], source) for source in sources_of(application)]
        destination = destination_of(world, application)
        found = [compared(destination, application, each) for one in rendered for each in one.manifests]
    except (SourceError, StatusError) as error:
        _report_error(world, application, str(getattr(error, "message", error)))
        return
    for wanted in found:
        if destination.elsewhere:  # what changes there brings about no look here
            world.requeue_after(application, _REMOTE_CHECK)
            break
        body = wanted.body["metadata"]
        world.wait_for(application, Topic(wanted.plural, body.get("namespace", ""), body["name"]))
    if application.get("operation") is not None:
        _operate(destination, application, rendered, found)
        return
    changed = _report(world, application, rendered, found)
    if not changed:
        _sync_automatically(world, application, rendered, found)


def _write(world: World, application: Object, **changes: Any) -> None:
    """There is no status subresource: spec, operation and status are written alike, and the generation rises."""
    body = {**thaw(application), **changes}
    world.update({name: value for name, value in body.items() if value is not None}, manager=CONTROLLER)


# Operations -----------------------------------------------------------------------------------------------------


def _operate(destination: Destination, application: Object, rendered: list[Rendered], found: list[Wanted]) -> None:
    """As `processRequestedAppOperation` and `SyncAppState` (controller/sync.go)."""
    world = destination.world
    operation, status = application["operation"], application.get("status") or {}
    state: Object = {"operation": operation, "phase": "Running", "startedAt": world.stamp()}
    former = status.get("operationState") or {}
    if former.get("phase") == "Running" and former.get("operation") == operation:
        state["startedAt"] = former["startedAt"]
    state["syncResult"] = _result(application, rendered)
    manual = not (operation.get("initiatedBy") or {}).get("automated", False)
    if not windows.may_sync(world, application, manual=manual):
        state["message"] = BLOCKED
        if former != state:
            _write(world, application, status={**status, "operationState": state})
        world.requeue_after(application, _WINDOW_CHECK)
        return
    state |= _synced(destination, application, found)
    state["finishedAt"] = world.stamp()
    _write(world, application, operation=None, status={**status, "operationState": state})


def _synced(destination: Destination, application: Object, found: list[Wanted]) -> Object:
    for wanted in found:
        try:
            sync(destination, application, wanted)
        except StatusError as error:
            what = f"{wanted.body['kind']} {wanted.body['metadata']['name']}"
            failed = f"one or more objects failed to apply, reason: {what}: {error.message}"
            return {"phase": "Failed", "message": failed}
    return {"phase": "Succeeded", "message": "successfully synced (all tasks run)"}


def _result(application: Object, rendered: list[Rendered]) -> Object:
    sources = sources_of(application)
    revisions = [each.revision for each in rendered]
    if application["spec"].get("sources"):
        return {"sources": sources, "revisions": revisions, "revision": ""}
    return {"source": sources[0] if sources else {}, "revision": revisions[0] if revisions else ""}


# Automated sync -------------------------------------------------------------------------------------------------


def _sync_automatically(world: World, application: Object, rendered: list[Rendered], found: list[Wanted]) -> None:
    """As `autoSync`: once for each revision and source, then only where it heals itself."""
    automated = (application["spec"].get("syncPolicy") or {}).get("automated")
    if automated is None or automated.get("enabled") is False or all(each.synced for each in found):
        return
    state = (application.get("status") or {}).get("operationState") or {}
    heals = state.get("phase") == "Succeeded" and automated.get("selfHeal")
    if _already_attempted(application, state, rendered) and not heals:
        return
    if not windows.may_sync(world, application, manual=False):
        world.requeue_after(application, _WINDOW_CHECK)
        return
    revisions = [each.revision for each in rendered]
    operation = {
        "sync": {"revision": revisions[0] if revisions else "", "prune": bool(automated.get("prune"))},
        "initiatedBy": {"automated": True},
    }
    _write(world, application, operation=operation)


def _already_attempted(application: Object, state: Object, rendered: list[Rendered]) -> bool:
    """As `alreadyAttemptedSync`; an override of the application is part of its source."""
    return bool(state.get("syncResult")) and state["syncResult"] == _result(application, rendered)


# Status ---------------------------------------------------------------------------------------------------------


def _report(world: World, application: Object, rendered: list[Rendered], found: list[Wanted]) -> bool:
    """Write the comparison where it, or a refresh that was asked for, is news; returns whether it was written."""
    former = application.get("status") or {}
    status = {**former, **_comparison(application, rendered, found)}
    status.pop("conditions", None)
    annotations = application["metadata"].get("annotations") or {}
    finished = (former.get("operationState") or {}).get("finishedAt", "")
    if status == former and REFRESH not in annotations and former.get("reconciledAt", "") >= finished:
        return False
    _write_status(world, application, {**status, "reconciledAt": world.stamp()})
    return True


def _comparison(application: Object, rendered: list[Rendered], found: list[Wanted]) -> Object:
    spec, revisions = application["spec"], [each.revision for each in rendered]
    sources, several = sources_of(application), bool(spec.get("sources"))
    compared_to: Object = {"destination": spec.get("destination") or {}}
    compared_to |= {"sources": sources} if several else {"source": sources[0] if sources else {}}
    sync_status: Object = {
        "status": "Synced" if all(each.synced for each in found) else "OutOfSync",
        "comparedTo": compared_to,
    }
    sync_status |= {"revisions": revisions} if several else {"revision": revisions[0] if revisions else ""}
    tools = [each.tool for each in rendered]
    return {
        "sync": sync_status,
        "health": {"status": health.worst(health.health_of(each.live) for each in found)},
        "resources": [_resource(each) for each in found],
        **({"sourceTypes": tools} if several else {"sourceType": tools[0] if tools else ""}),
    }


def _resource(wanted: Wanted) -> Object:
    metadata = wanted.body["metadata"]
    return {
        "group": wanted.group,
        "version": wanted.body["apiVersion"].rpartition("/")[2],
        "kind": wanted.body["kind"],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "status": "Synced" if wanted.synced else "OutOfSync",
        "health": {"status": health.health_of(wanted.live)},
    }


def _report_error(world: World, application: Object, message: str) -> None:
    former = application.get("status") or {}
    condition = {"type": "ComparisonError", "message": message}
    if former.get("conditions") == [condition]:
        return
    unknown = {**(former.get("sync") or {}), "status": "Unknown"}
    _write_status(
        world, application, {**former, "sync": unknown, "conditions": [condition], "reconciledAt": world.stamp()}
    )


def _write_status(world: World, application: Object, status: Object) -> None:
    """With the request for a refresh removed, which this was (`persistAppStatus`)."""
    metadata = thaw(application)["metadata"]
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != REFRESH}
    metadata["annotations"] = annotations
    _write(world, application, metadata=metadata, status=status)
