"""ApplicationSets: they write their applications, and write them again whenever somebody else changes them.

As argoproj/argo-cd applicationset/controllers/applicationset_controller.go (`createOrUpdateInCluster`) and
applicationset/utils/createOrUpdate.go: the spec is set to the template's, labels and annotations to the template's, and
the application is owned by the ApplicationSet. `syncPolicy.applicationsSync` `create-only` and `create-delete` leave
applications alone that exist. Of the generators there is `list`; of templates `{{key}}` of its elements.
"""

import json

from sandbox.argocd.applications import SETTINGS
from sandbox.argocd.definitions import API_VERSION
from sandbox.controllers.world import Topic, World
from sandbox.store import Object, thaw

_CONTROLLER = "argocd-applicationset-controller"
_ONLY_CREATES = frozenset({"create-only", "create-delete"})


def reconcile(world: World, application_set: Object) -> None:
    """Bring the applications of one ApplicationSet to what its template says."""
    namespace = application_set["metadata"]["namespace"]
    world.wait_for(application_set, Topic("configmaps", namespace))
    if world.get("configmaps", SETTINGS, namespace) is None:
        return
    for wanted in _generated(application_set):
        name = wanted["metadata"]["name"]
        world.wait_for(application_set, Topic("applications", namespace, name))
        live = world.get("applications.argoproj.io", name, namespace)
        if live is None:
            world.create(wanted, manager=_CONTROLLER)
        elif (application_set["spec"].get("syncPolicy") or {}).get("applicationsSync") not in _ONLY_CREATES:
            metadata = {**thaw(live)["metadata"], **wanted["metadata"]}
            world.update({**thaw(live), "spec": wanted["spec"], "metadata": metadata}, manager=_CONTROLLER)


def _generated(application_set: Object) -> list[Object]:
    metadata, spec = application_set["metadata"], application_set["spec"]
    owner = {
        "apiVersion": API_VERSION,
        "kind": "ApplicationSet",
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    found = []
    for element in (each for one in spec["generators"] for each in (one.get("list") or {}).get("elements") or ()):
        text = json.dumps(spec["template"])
        for key, value in element.items():
            text = text.replace(f"{{{{{key}}}}}", str(value))
        body = json.loads(text)
        body["metadata"] |= {"namespace": metadata["namespace"], "ownerReferences": [owner]}
        found.append({"apiVersion": API_VERSION, "kind": "Application", **body})
    return found
