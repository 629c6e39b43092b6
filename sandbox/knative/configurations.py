"""Configurations of Knative: each generation of one is a Revision.

knative/serving pkg/reconciler/configuration/configuration.go, its resources/revision.go, and
pkg/apis/serving/v1/configuration_lifecycle.go. A Revision is called by the generation, or as its template is named.
"""

from sandbox.controllers.events import note
from sandbox.controllers.templates import owner_reference
from sandbox.controllers.world import World
from sandbox.knative.definitions import API_VERSION, REVISIONS
from sandbox.knative.services import SERVICE_LABEL, is_installed
from sandbox.knative.status import TRUE, Said, joined, ready_of
from sandbox.store import Object, thaw

COMPONENT = "configuration-controller"
CONFIGURATION_LABEL = "serving.knative.dev/configuration"
GENERATION_LABEL = "serving.knative.dev/configurationGeneration"


def reconcile(world: World, configuration: Object) -> None:
    """Make the Revision of its generation, and report which is the latest one, and which the latest that is ready."""
    if not is_installed(world, configuration):
        return
    former: Object = configuration.get("status") or {}
    status: Object = {"observedGeneration": configuration["metadata"]["generation"]}
    names: Object = {
        name: former[name] for name in ("latestCreatedRevisionName", "latestReadyRevisionName") if name in former
    }
    latest = _latest(world, configuration)
    if latest is None:
        name = _name(configuration)
        said = Said(
            "False", "RevisionFailed", f'Revision creation failed with message: revisions "{name}" already exists.'
        )
    else:
        names["latestCreatedRevisionName"] = latest["metadata"]["name"]
        ready = ready_of(latest)
        newest = _newest_ready(world, configuration)
        if newest is not None:
            names["latestReadyRevisionName"] = newest
        said = _said_of(latest, ready)
    world.update_status(configuration, {**status, **names, "conditions": joined(world, configuration, Ready=said)})


def _said_of(revision: Object, ready: Said) -> Said:
    """`MarkLatestCreatedFailed`, `SetLatestCreatedRevisionName`, `SetLatestReadyRevisionName`."""
    if ready.status == "False":
        name = revision["metadata"]["name"]
        return Said("False", "RevisionFailed", f'Revision "{name}" failed with message: {ready.message}.')
    return TRUE if ready.status == "True" else Said("Unknown")


def _newest_ready(world: World, configuration: Object) -> str | None:
    """`findAndSetLatestReadyRevision`: the ready Revision of the highest generation."""
    ready = [each for each in world.controlled(configuration, "revisions") if ready_of(each) == TRUE]
    newest = max(ready, key=_generation, default=None)
    return str(newest["metadata"]["name"]) if newest is not None else None


def _generation(revision: Object) -> int:
    return int(revision["metadata"]["labels"][GENERATION_LABEL])


def _name(configuration: Object) -> str:
    """`MakeRevision`."""
    metadata = configuration["metadata"]
    named = (configuration["spec"]["template"].get("metadata") or {}).get("name")
    return str(named or f"{metadata['name']}-{metadata['generation']:05}")


def _latest(world: World, configuration: Object) -> Object | None:
    """`latestCreatedRevision`; None where its name is taken by another template (`CheckNameAvailability`)."""
    metadata, template = configuration["metadata"], configuration["spec"]["template"]
    name = _name(configuration)
    found = world.get(REVISIONS, name, metadata["namespace"])
    if found is not None:
        same = found in world.controlled(configuration, "revisions") and found["spec"] == template["spec"]
        return found if same else None
    given = template.get("metadata") or {}
    labels = {
        **(given.get("labels") or {}),
        CONFIGURATION_LABEL: metadata["name"],
        GENERATION_LABEL: str(metadata["generation"]),
        SERVICE_LABEL: metadata["labels"][SERVICE_LABEL],
    }
    made: Object = {"name": name, "namespace": metadata["namespace"], "labels": labels}
    if given.get("annotations"):
        made["annotations"] = thaw(given["annotations"])
    made["ownerReferences"] = [owner_reference(configuration)]
    created = world.create(
        {"apiVersion": API_VERSION, "kind": "Revision", "metadata": made, "spec": thaw(template["spec"])}
    )
    note(world, configuration, "Created", f'Created Revision "{name}"', component=COMPONENT)
    return created
