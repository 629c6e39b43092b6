"""Kustomizations: what they take from Git is applied, and applied again with each interval.

As fluxcd/kustomize-controller internal/controller/kustomization_controller.go (`reconcile`): every look builds and
applies everything with server-side apply, forced, so that what others wrote is gone then. `spec.images` are entries of
the generated kustomization (fluxcd/pkg kustomize/kustomize_generator.go), which replace those of the same name.
"""

from typing import Any

import yaml

from sandbox.controllers.world import World
from sandbox.durations import seconds
from sandbox.errors import StatusError
from sandbox.flux.definitions import KUSTOMIZE
from sandbox.flux.reconciling import NotReadyError, is_at_work, report, source_files
from sandbox.git_folders import manifests, revision_of
from sandbox.kustomize import with_entries, with_images
from sandbox.store import Object, thaw

MANAGER = "kustomize-controller"


def reconcile(world: World, kustomization: Object) -> None:
    """Bring one Kustomization's objects to what it says."""
    if not is_at_work(world, kustomization):
        return
    spec = kustomization["spec"]
    world.requeue_after(kustomization, seconds(spec.get("interval"), 600.0))
    try:
        files = source_files(world, kustomization, spec["sourceRef"], spec.get("path"))
        built = [_owned(world, kustomization, each) for each in _built(files, spec)]
        for each in built:
            world.apply(each, manager=MANAGER, server_side=True)
    except NotReadyError as error:
        report(world, kustomization, ready="False", reason=error.reason, message=str(error))
    except (yaml.YAMLError, StatusError) as error:
        message = str(getattr(error, "message", error))
        report(world, kustomization, ready="False", reason="ReconciliationFailed", message=message)
    else:
        revision = f"main@sha1:{revision_of(files)}"
        report(
            world,
            kustomization,
            ready="True",
            reason="ReconciliationSucceeded",
            message=f"Applied revision: {revision}",
            lastAppliedRevision=revision,
            lastAttemptedRevision=revision,
            inventory={"entries": [_entry(each) for each in built]},
        )


def _built(files: dict[str, str], spec: Object) -> list[Any]:
    kustomization = yaml.safe_load(files.get("kustomization.yaml", "")) or {}
    images = with_entries(kustomization.get("images") or (), spec.get("images") or ())
    return [with_images(each, images) for each in manifests(files) if each["kind"] != "Kustomization" or _is_flux(each)]


def _is_flux(manifest: Object) -> bool:
    return str(manifest["apiVersion"]).startswith(f"{KUSTOMIZE}/")


def _owned(world: World, kustomization: Object, manifest: Object) -> Object:
    """With the namespace and the labels of the Kustomization (fluxcd/pkg ssa/manager.go, `SetOwnerLabels`)."""
    body, metadata = thaw(manifest), kustomization["metadata"]
    resource = world.cluster.resources.of_kind(body["apiVersion"], body["kind"])
    own = body.setdefault("metadata", {})
    if resource is None or resource.namespaced:
        target = kustomization["spec"].get("targetNamespace")
        own["namespace"] = target or own.get("namespace") or metadata["namespace"]
    marks = {f"{KUSTOMIZE}/name": metadata["name"], f"{KUSTOMIZE}/namespace": metadata["namespace"]}
    own["labels"] = {**(own.get("labels") or {}), **marks}
    return body


def _entry(body: Object) -> Object:
    """As in `status.inventory` (fluxcd/cli-utils pkg/object/objmetadata.go)."""
    group, slash, version = body["apiVersion"].rpartition("/")
    own = body["metadata"]
    identity = "_".join((own.get("namespace", ""), own["name"], group if slash else "", body["kind"]))
    return {"id": identity, "v": version}
