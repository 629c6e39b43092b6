"""Routes of Knative: to which Revision how much of the traffic goes.

knative/serving pkg/reconciler/route/route.go, its traffic/traffic.go, and pkg/apis/serving/v1/route_lifecycle.go. While
a target cannot take its share, the traffic stays where it was.
"""

from sandbox.controllers.world import Topic, World
from sandbox.knative.definitions import CONFIGURATIONS, REVISIONS
from sandbox.knative.services import is_installed
from sandbox.knative.status import TRUE, Said, joined, ready_of
from sandbox.store import Object


def reconcile(world: World, route: Object) -> None:
    """Report where the traffic goes."""
    if not is_installed(world, route):
        return
    namespace = route["metadata"]["namespace"]
    world.wait_for(route, Topic("configurations", namespace), Topic("revisions", namespace))
    served: list[Object] = []
    assigned = TRUE
    for target in route["spec"]["traffic"]:
        name, problem = _revision_of(world, namespace, target)
        if assigned.status != "False" and problem != TRUE:
            assigned = problem
        kept = {key: target[key] for key in ("latestRevision", "percent", "tag") if key in target}
        served.append({**kept, "revisionName": name})
    status: Object = {
        "observedGeneration": route["metadata"]["generation"],
        "conditions": joined(world, route, AllTrafficAssigned=assigned, IngressReady=TRUE),
    }
    traffic = served if assigned == TRUE else (route.get("status") or {}).get("traffic")
    world.update_status(route, status | ({"traffic": traffic} if traffic else {}))


def _revision_of(world: World, namespace: str, target: Object) -> tuple[str, Said]:
    """The Revision that takes the share of this target, and why it cannot."""
    if named := target.get("revisionName"):
        revision = world.get(REVISIONS, named, namespace)
        if revision is None:
            return named, _missing("False", f'Revision "{named}" referenced in traffic not found.')
        match ready_of(revision).status:
            case "True":
                return named, TRUE
            case "False":
                return named, _missing("False", f'Revision "{named}" failed to become ready.')
            case _:
                return named, _missing("Unknown", f'Revision "{named}" is not yet ready.')
    wanted = target["configurationName"]
    configuration = world.get(CONFIGURATIONS, wanted, namespace)
    latest = ((configuration or {}).get("status") or {}).get("latestReadyRevisionName")
    if latest:
        return latest, TRUE
    if ready_of(configuration).status == "False":
        return "", _missing("False", f'Configuration "{wanted}" does not have any ready Revision.')
    return "", _missing("Unknown", f'Configuration "{wanted}" is waiting for a Revision to become ready.')


def _missing(status: str, message: str) -> Said:
    return Said(status, "RevisionMissing", message)
