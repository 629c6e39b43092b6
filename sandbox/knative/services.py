"""Services of Knative: each is a Configuration and a Route of its name, and reports what these report.

knative/serving pkg/reconciler/service/service.go, its resources/, and pkg/apis/serving/v1/service_lifecycle.go.
"""

from sandbox.controllers.templates import owner_reference
from sandbox.controllers.world import Topic, World
from sandbox.knative.definitions import API_VERSION, CONFIGURATIONS, ROUTES
from sandbox.knative.status import TRUE, Said, joined, ready_of
from sandbox.store import Object, thaw

NAMESPACE, SETTINGS = "knative-serving", "config-deployment"
"""The ConfigMap with the settings of deployments (pkg/deployment/config.go): where it is missing, none runs here."""

SERVICE_LABEL = "serving.knative.dev/service"
_LATEST: Object = {"latestRevision": True, "percent": 100}  # what service_defaults.go writes where there is no traffic
_CONFIGURATION_BEHIND = Said(
    "Unknown", "OutOfDate", "The Configuration is still working to reflect the latest desired specification."
)
_ROUTE_BEHIND = Said("Unknown", "OutOfDate", "The Route is still working to reflect the latest desired specification.")
_NOT_MIGRATED = Said("Unknown", "TrafficNotMigrated", "Traffic is not yet migrated to the latest revision.")


def is_installed(world: World, obj: Object) -> bool:
    """Whether controllers of Knative run here; looked at again once they do."""
    world.wait_for(obj, Topic("configmaps", NAMESPACE))
    return world.get("configmaps", SETTINGS, NAMESPACE) is not None and not obj["metadata"].get("deletionTimestamp")


def reconcile(world: World, service: Object) -> None:
    """Bring its Configuration and its Route to its specification, and report what they say."""
    if not is_installed(world, service):
        return
    template = service["spec"]["template"]
    traffic = [_of_configuration(service, each) for each in service["spec"].get("traffic") or [_LATEST]]
    configuration = _brought(world, service, "Configuration", CONFIGURATIONS, {"template": template})
    route = _brought(world, service, "Route", ROUTES, {"traffic": traffic})
    names = {
        name: value
        for name in ("latestCreatedRevisionName", "latestReadyRevisionName")
        if (value := (configuration.get("status") or service.get("status") or {}).get(name))
    }
    status: Object = {
        "observedGeneration": service["metadata"]["generation"],
        "conditions": joined(
            world,
            service,
            ConfigurationsReady=ready_of(configuration) if _has_caught_up(configuration) else _CONFIGURATION_BEHIND,
            RoutesReady=_routes_ready(route, names.get("latestReadyRevisionName", "")),
        ),
        **names,
    }
    if served := (route.get("status") or {}).get("traffic"):
        status["traffic"] = thaw(served)
    world.update_status(service, status)


def _routes_ready(route: Object, latest_ready: str) -> Said:
    """`PropagateRouteStatus`, and `checkRoutesNotReady`: the Route may not know the latest revision yet."""
    if not _has_caught_up(route):
        return _ROUTE_BEHIND
    said = ready_of(route)
    served = (route.get("status") or {}).get("traffic") or []
    latest = [each.get("revisionName") for each in served if each.get("latestRevision")]
    return _NOT_MIGRATED if said == TRUE and any(each != latest_ready for each in latest) else said


def _has_caught_up(obj: Object) -> bool:
    return bool((obj.get("status") or {}).get("observedGeneration") == obj["metadata"]["generation"])


def _of_configuration(service: Object, target: Object) -> Object:
    """resources/route.go `MakeRoute`: what goes to no named revision goes to the Configuration."""
    if target.get("revisionName"):
        return {**thaw(target), "latestRevision": False}
    return {**thaw(target), "latestRevision": True, "configurationName": service["metadata"]["name"]}


def _brought(world: World, service: Object, kind: str, plural: str, spec: Object) -> Object:
    """The Configuration or Route of the Service, made or changed to this specification."""
    metadata = service["metadata"]
    found = world.get(plural, metadata["name"], metadata["namespace"])
    if found is None:
        return world.create(
            {
                "apiVersion": API_VERSION,
                "kind": kind,
                "metadata": {
                    "name": metadata["name"],
                    "namespace": metadata["namespace"],
                    "labels": {SERVICE_LABEL: metadata["name"]},
                    "ownerReferences": [owner_reference(service)],
                },
                "spec": thaw(spec),
            }
        )
    if found["spec"] == spec:
        return found
    return world.update({**thaw(found), "spec": thaw(spec)})
