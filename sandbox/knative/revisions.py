"""Revisions of Knative: each is a Deployment, which has pods while traffic goes there or the Revision comes up.

knative/serving pkg/reconciler/revision/reconcile_resources.go, its resources/deploy.go, and
pkg/apis/serving/v1/revision_lifecycle.go. A Revision without traffic is scaled to nothing, and is ready all the same.
"""

from sandbox.controllers.conditions import find_condition
from sandbox.controllers.templates import owner_reference
from sandbox.controllers.world import Topic, World
from sandbox.images import Behaviour, parse_image
from sandbox.knative.configurations import CONFIGURATION_LABEL
from sandbox.knative.definitions import CONFIGURATIONS
from sandbox.knative.services import is_installed
from sandbox.knative.status import TRUE, Said, joined, of_before, ready_of
from sandbox.store import Object, thaw

REVISION_LABEL = "serving.knative.dev/revision"
_UID_LABEL = "serving.knative.dev/revisionUID"
_MIN_SCALE = "autoscaling.knative.dev/min-scale"
_PROGRESS_DEADLINE = 600  # `progress-deadline` of config-deployment
_STABLE_WINDOW = 60.0  # `stable-window` of config-autoscaler: so long pods stay that get no requests
_QUEUE = {"name": "queue-proxy", "image": "gcr.io/knative-releases/knative.dev/serving/cmd/queue:v1.19.0"}
_DEPLOYING = Said("Unknown", "Deploying")


def reconcile(world: World, revision: Object) -> None:
    """Bring its Deployment to as many pods as it needs, and report whether it can serve."""
    if not is_installed(world, revision):
        return
    namespace = revision["metadata"]["namespace"]
    world.wait_for(revision, Topic("routes", namespace), Topic("configurations", namespace), Topic("pods", namespace))
    if (missing := _unresolved(revision)) is not None:
        _report(world, revision, resources=_DEPLOYING, container=missing, active=_DEPLOYING)
        return
    replicas = _replicas(world, revision)
    deployment = _deployment(world, revision, replicas)
    active = TRUE if replicas else Said("False", "NoTraffic", "The target is not receiving traffic.")
    if replicas:
        resources, container = _health(world, revision, deployment)
    else:
        resources, container = (of_before(revision, each) for each in ("ResourcesAvailable", "ContainerHealthy"))
    _report(world, revision, resources=resources, container=container, active=active)


def _report(world: World, revision: Object, *, resources: Said, container: Said, active: Said) -> None:
    conditions = joined(
        world, revision, beside={"Active": active}, ContainerHealthy=container, ResourcesAvailable=resources
    )
    generation = revision["metadata"]["generation"]
    world.update_status(revision, {"observedGeneration": generation, "conditions": conditions})


def _unresolved(revision: Object) -> Said | None:
    """`ReasonContainerMissing`: no Deployment is made of an image whose tag is not in its registry."""
    for container in revision["spec"]["containers"]:
        image = container["image"]
        if parse_image(image).behaviour is Behaviour.CANNOT_BE_PULLED:
            said = f'Unable to fetch image "{image}": failed to resolve image to digest: MANIFEST_UNKNOWN'
            return Said("False", "ContainerMissing", said)
    return None


def _replicas(world: World, revision: Object) -> int:
    """As many as it has to have at least, while traffic goes there; one while it comes up as the latest."""
    metadata = revision["metadata"]
    least = int((metadata.get("annotations") or {}).get(_MIN_SCALE, 1)) or 1
    for route in world.select("routes.serving.knative.dev", metadata["namespace"]):
        served = (route.get("status") or {}).get("traffic") or []
        if any(each.get("revisionName") == metadata["name"] and each.get("percent") for each in served):
            world.elapsed(revision, "traffic", "some")
            return least
    if ready_of(revision) == TRUE:
        idle = world.elapsed(revision, "traffic", "none")
        if idle >= _STABLE_WINDOW:
            return 0
        world.requeue_after(revision, _STABLE_WINDOW - idle)
        return least
    configuration = world.get(CONFIGURATIONS, metadata["labels"][CONFIGURATION_LABEL], metadata["namespace"])
    latest = ((configuration or {}).get("status") or {}).get("latestCreatedRevisionName", metadata["name"])
    return least if latest == metadata["name"] else 0


def _health(world: World, revision: Object, deployment: Object) -> tuple[Said, Said]:
    """`ResourcesAvailable` and `ContainerHealthy`, by the Deployment and its first pod."""
    status = deployment.get("status") or {}
    if status.get("availableReplicas", 0):
        return TRUE, TRUE
    under_way = TRUE if ready_of(revision) == TRUE else _DEPLOYING  # one that gets its pods back stays ready
    crashed = _crash(world, revision)
    if crashed is not None:
        return under_way, crashed
    progressing = find_condition(status.get("conditions") or [], "Progressing")
    if progressing and progressing["status"] == "False":
        return Said("False", progressing["reason"], progressing["message"]), under_way
    return under_way, under_way


def _crash(world: World, revision: Object) -> Said | None:
    metadata = revision["metadata"]
    user = revision["spec"]["containers"][0]["name"]
    for pod in world.select("pods", metadata["namespace"]):
        if (pod["metadata"].get("labels") or {}).get(_UID_LABEL) != metadata["uid"]:
            continue
        for each in (pod.get("status") or {}).get("containerStatuses") or ():
            ended = (each.get("lastState") or {}).get("terminated")
            if each["name"] == user and ended:
                said = f"Container failed with: {ended.get('message', '')}"
                return Said("False", f"ExitCode{ended['exitCode']}", said)
        return None
    return None


def _deployment(world: World, revision: Object, replicas: int) -> Object:
    """`makeDeployment`: the pods of the Revision, each with a proxy beside its own containers."""
    metadata = revision["metadata"]
    name = f"{metadata['name']}-deployment"
    found = world.get("deployments", name, metadata["namespace"])
    if found is not None:
        if found["spec"]["replicas"] == replicas:
            return found
        changed = thaw(found)
        changed["spec"]["replicas"] = replicas
        return world.update(changed)
    labels = {**metadata["labels"], REVISION_LABEL: metadata["name"], _UID_LABEL: metadata["uid"]}
    pods: Object = {"metadata": {"labels": {"app": metadata["name"], **labels}}, "spec": thaw(revision["spec"])}
    for member in ("containerConcurrency", "timeoutSeconds", "responseStartTimeoutSeconds", "idleTimeoutSeconds"):
        pods["spec"].pop(member, None)
    pods["spec"]["containers"].append(dict(_QUEUE))
    return world.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "labels": {"app": metadata["name"], **labels},
                "ownerReferences": [owner_reference(revision)],
            },
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {_UID_LABEL: metadata["uid"]}},
                "progressDeadlineSeconds": _PROGRESS_DEADLINE,
                "template": pods,
            },
        }
    )
