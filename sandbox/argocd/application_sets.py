"""ApplicationSets: they write their applications, and write them again whenever somebody else changes them.

As argoproj/argo-cd applicationset/controllers/applicationset_controller.go (`createOrUpdateInCluster`) and
applicationset/utils/createOrUpdate.go: the spec is set to the template's, labels and annotations to the template's, and
the application is owned by the ApplicationSet. `syncPolicy.applicationsSync` `create-only` and `create-delete` leave
applications alone that exist. What `ignoreApplicationDifferences` names by its JSON pointers stays as it is, unless it
lies within a list, which the merge patch has as a whole. Of the generators there is `list`; of templates `{{key}}` of
its elements.
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
            spec = _kept(application_set, name, thaw(live)["spec"], wanted["spec"])
            world.update({**thaw(live), "spec": spec, "metadata": metadata}, manager=_CONTROLLER)


def _kept(application_set: Object, name: str, live: Object, wanted: Object) -> Object:
    """The spec that is wanted, with what is ignored as it is."""
    spec = thaw(wanted)
    for rule in application_set["spec"].get("ignoreApplicationDifferences") or ():
        if rule.get("name") in {None, name}:
            for pointer in rule.get("jsonPointers") or ():
                _, root, *path = pointer.split("/")
                if root == "spec" and (path[:1] != ["sources"] or len(path) == 1):
                    _keep(live, spec, path)
    return spec


def _keep(live: Object, wanted: Object, path: list[str]) -> None:
    """Put one field into `wanted` as it is in `live`; nothing where that has none."""
    first, *rest = path
    if first not in live:
        return
    if rest:
        _keep(live[first], wanted.setdefault(first, {}), rest)
    else:
        wanted[first] = live[first]


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
