"""Which changes an API server refuses because a field cannot change: the table, and who breaks it. Pure.

Such a change is never made by deleting and making anew behind a person's back: it blocks, and says what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.quantities import amount
from services.planning.plan import Change


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """Of a kind: what cannot change (`fields`), but for what is inside (`except_for`)."""

    fields: tuple[str, ...]
    except_for: tuple[str, ...] = ()


_FIXED: Mapping[str, Fixed] = {
    "Deployment.apps": Fixed(fields=("spec.selector",)),
    "ReplicaSet.apps": Fixed(fields=("spec.selector",)),
    "DaemonSet.apps": Fixed(fields=("spec.selector",)),
    "StatefulSet.apps": Fixed(
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
    "Job.batch": Fixed(fields=("spec.selector", "spec.template", "spec.completionMode", "spec.completions")),
    "Service": Fixed(fields=("spec.clusterIP", "spec.clusterIPs", "spec.loadBalancerClass")),
    "PersistentVolumeClaim": Fixed(
        fields=("spec",), except_for=("spec.resources.requests", "spec.volumeAttributesClassName")
    ),
    "Secret": Fixed(fields=("type",)),
    "RoleBinding.rbac.authorization.k8s.io": Fixed(fields=("roleRef",)),
}


def refused_changes(live: Manifest, desired: Manifest, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The paths among `changes` that the server would refuse, in their order."""
    fixed = _FIXED.get(kind_name(desired.kind))
    refused = [
        change.path
        for change in changes
        if fixed is not None and _inside(change.path, fixed.fields) and not _inside(change.path, fixed.except_for)
    ]
    match kind_name(desired.kind):
        case "ConfigMap" | "Secret" if live.body.get("immutable") is True:
            refused += [c.path for c in changes if _inside(c.path, ("data", "binaryData", "immutable"))]
        case "PersistentVolumeClaim" if _shrinks(live, desired):
            refused.append("spec.resources.requests.storage")
        case "Job.batch" if live.spec.get("completionMode") == "Indexed":
            refused = [path for path in refused if path != "spec.completions"]
        case _:
            pass
    return tuple(dict.fromkeys(refused))


def _inside(path: str, fields: tuple[str, ...]) -> bool:
    return any(path == field or path.startswith((field + ".", field + "[")) for field in fields)


def _shrinks(live: Manifest, desired: Manifest) -> bool:
    there = amount(paths.value(live.body, "spec.resources.requests.storage"))
    size = amount(paths.value(desired.body, "spec.resources.requests.storage"))
    return there is not None and size is not None and size < there
