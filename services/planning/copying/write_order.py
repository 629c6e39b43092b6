"""The order in which a copy writes objects: what an object needs is written before it. Pure.

The order resembles Helm's install order (`InstallOrder` in helm/helm `pkg/release/v1/util/kind_sorter.go`), except that
rights come before what uses them. Objects of one wave do not depend on each other and are written concurrently.
"""

from collections.abc import Mapping

from domain.resources import Kind
from services.planning.objects.identity import kind_name

# Network policies come before workloads: they have to be in force when the first pod starts.
_WAVES: tuple[tuple[str, ...], ...] = (
    ("Namespace",),
    ("ServiceAccount", "ResourceQuota", "LimitRange"),
    ("Role.rbac.authorization.k8s.io",),
    ("RoleBinding.rbac.authorization.k8s.io",),
    ("Secret", "ConfigMap", "NetworkPolicy.networking.k8s.io"),
    ("PersistentVolumeClaim",),
    ("Service", "Endpoints", "EndpointSlice.discovery.k8s.io"),
    ("Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "CronJob.batch", "ReplicaSet.apps", "Job.batch", "Pod"),
    ("HorizontalPodAutoscaler.autoscaling", "PodDisruptionBudget.policy"),
    ("Ingress.networking.k8s.io", "HTTPRoute.gateway.networking.k8s.io", "Gateway.gateway.networking.k8s.io"),
)

_WAVE_OF: Mapping[str, int] = {name: index for index, names in enumerate(_WAVES) for name in names}


def wave_of(kind: Kind) -> int:
    """The wave in which objects of a kind are written, counted from 0; kinds that are not listed come last."""
    return _WAVE_OF.get(kind_name(kind), len(_WAVES))
