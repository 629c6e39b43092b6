"""Which changes an API server rejects because the field is immutable. Pure.

The table follows Kubernetes' update validation (`Validate…Update` in
pkg/apis/{apps,batch,core,discovery,rbac,resource,storage}/validation).
Stagecoach never deletes and recreates an object to get around it: such a change blocks the plan.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.quantities import amount
from services.planning.plan import Change


@dataclass(frozen=True, kw_only=True)
class ImmutableFields:
    """The immutable `fields` of a kind; what is inside `except_for` may change."""

    fields: tuple[str, ...]
    except_for: tuple[str, ...] = ()


_IMMUTABLE: Mapping[str, ImmutableFields] = {
    "Deployment.apps": ImmutableFields(fields=("spec.selector",)),
    "ReplicaSet.apps": ImmutableFields(fields=("spec.selector",)),
    "DaemonSet.apps": ImmutableFields(fields=("spec.selector",)),
    "StatefulSet.apps": ImmutableFields(
        fields=("spec",),
        except_for=(
            "spec.replicas",
            "spec.ordinals",
            "spec.template",
            "spec.updateStrategy",
            "spec.revisionHistoryLimit",
            "spec.persistentVolumeClaimRetentionPolicy",
            "spec.minReadySeconds",
        ),
    ),
    "Job.batch": ImmutableFields(
        fields=(
            "spec.selector",
            "spec.template",
            "spec.completionMode",
            "spec.completions",
            "spec.podFailurePolicy",
            "spec.successPolicy",
            "spec.backoffLimitPerIndex",
            "spec.managedBy",
        )
    ),
    "Service": ImmutableFields(fields=("spec.clusterIP", "spec.clusterIPs", "spec.loadBalancerClass")),
    "PersistentVolumeClaim": ImmutableFields(
        fields=("spec",), except_for=("spec.resources.requests", "spec.volumeAttributesClassName")
    ),
    "EndpointSlice.discovery.k8s.io": ImmutableFields(fields=("addressType",)),
    "ResourceQuota": ImmutableFields(fields=("spec.scopes",)),
    "ResourceClaim.resource.k8s.io": ImmutableFields(fields=("spec",)),
    "ResourceClaimTemplate.resource.k8s.io": ImmutableFields(fields=("spec",)),
    # Besides its images; tolerations may be added.
    "Pod": ImmutableFields(
        fields=("spec",),
        except_for=("spec.activeDeadlineSeconds", "spec.terminationGracePeriodSeconds", "spec.tolerations"),
    ),
    "Secret": ImmutableFields(fields=("type",)),
    "RoleBinding.rbac.authorization.k8s.io": ImmutableFields(fields=("roleRef",)),
}


_IMAGE_OF_POD = re.compile(r"spec\.(initC|c)ontainers\[[^\]]*\]\.image")


def refused_changes(live: Manifest, desired: Manifest, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The paths among `changes` that the server would reject, in their order."""
    immutable = _IMMUTABLE.get(kind_name(desired.kind))
    refused = [
        change.path
        for change in changes
        if immutable is not None
        and _inside(change.path, immutable.fields)
        and not _inside(change.path, immutable.except_for)
    ]
    match kind_name(desired.kind):
        case "ConfigMap" | "Secret" if live.body.get("immutable") is True:
            refused += [c.path for c in changes if _inside(c.path, ("data", "binaryData", "immutable"))]
        case "PersistentVolumeClaim" if _shrinks(live, desired):
            refused.append("spec.resources.requests.storage")
        case "Service":
            refused = [path for path in refused if not _may_change_with_type(path, live, desired)]
        case "Pod":
            refused = [path for path in refused if not _IMAGE_OF_POD.fullmatch(path)]
        case "Job.batch" if live.spec.get("completionMode") == "Indexed":
            refused = [path for path in refused if path != "spec.completions"]
        case _:
            pass
    return tuple(dict.fromkeys(refused))


def _may_change_with_type(path: str, live: Manifest, desired: Manifest) -> bool:
    """A Service gains or loses its addresses and its load balancer with its type (`ValidateServiceUpdate`)."""
    types = [str(each.spec.get("type") or "ClusterIP") for each in (live, desired)]
    if path.startswith("spec.loadBalancerClass"):
        return types != ["LoadBalancer", "LoadBalancer"]
    return "ExternalName" in types


def _inside(path: str, fields: tuple[str, ...]) -> bool:
    return any(path == field or path.startswith((field + ".", field + "[")) for field in fields)


def _shrinks(live: Manifest, desired: Manifest) -> bool:
    current = amount(paths.value(live.body, "spec.resources.requests.storage"))
    size = amount(paths.value(desired.body, "spec.resources.requests.storage"))
    return current is not None and size is not None and size < current
