"""What it means that an object of the app environment is not on a cluster. Pure."""

from domain.resources import ResourceId
from services.planning.health.values import Health, HealthState


def absent(resource: ResourceId) -> Health:
    """The health of a resource that a cluster lacks.

    A Job is an act: once it has ended, its controller or `ttlSecondsAfterFinished` may delete it
    (https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/), and nothing is missing.
    """
    if resource.group_kind == ("batch", "Job"):
        return Health(
            state=HealthState.READY,
            reason="Gone",
            message="It is not on this cluster any more. A Job that has ended is deleted after a time, so how it ended "
            "is not known.",
        )
    return Health(state=HealthState.MISSING, reason="Missing", message="It is not on this cluster.")
