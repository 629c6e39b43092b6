"""PersistentVolumeClaims and StorageClasses."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import forbidden, invalid, required, unsupported
from sandbox.kinds.meta import validate_selector
from sandbox.kinds.rules import Rules
from sandbox.store import Object

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_CLAIM_FORBIDDEN = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)
PROTECTION = "kubernetes.io/pvc-protection"


def default_claim_spec(spec: dict[str, Any]) -> None:
    spec.setdefault("resources", {})
    spec.setdefault("volumeMode", "Filesystem")


def _default_claim(obj: Object) -> None:
    default_claim_spec(obj.setdefault("spec", {}))


def _prepare_claim(obj: Object) -> None:
    spec = obj["spec"]
    if "dataSource" in spec and "dataSourceRef" not in spec:
        spec["dataSourceRef"] = dict(spec["dataSource"])
    elif "dataSourceRef" in spec and "dataSource" not in spec and not spec["dataSourceRef"].get("namespace"):
        spec["dataSource"] = dict(spec["dataSourceRef"])
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if PROTECTION not in finalizers:
        finalizers.append(PROTECTION)


def _validate_claim(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    for mode in spec.get("accessModes") or ():
        if mode not in ACCESS_MODES:
            yield unsupported("spec.accessModes", mode, ACCESS_MODES)
    if "ReadWriteOncePod" in (spec.get("accessModes") or ()) and len(spec["accessModes"]) > 1:
        yield forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes")
    for source in ("dataSource", "dataSourceRef"):
        for part in ("name", "kind"):
            if source in spec and not spec[source].get(part):
                yield required(f"spec.{source}.{part}")
    storage = (spec["resources"].get("requests") or {}).get("storage")
    if storage is None:
        yield required("spec.resources[storage]")
    elif formats.quantity(storage) <= 0:
        yield invalid("spec.resources[storage]", storage, "must be greater than zero")
    if spec.get("storageClassName") and (problem := formats.subdomain(spec["storageClassName"])):
        yield invalid("spec.storageClassName", spec["storageClassName"], problem)
    if spec["volumeMode"] not in {"Block", "Filesystem"}:
        yield unsupported("spec.volumeMode", spec["volumeMode"], ("Block", "Filesystem"))
    yield from validate_selector(spec.get("selector"), "spec.selector")


def _forbid_claim(new: Object, old: Object) -> Iterator[Cause]:
    def fixed(spec: dict[str, Any]) -> dict[str, Any]:
        free = {"resources", "volumeAttributesClassName"}
        if not old["spec"].get("volumeName"):
            free |= {"volumeName", "storageClassName"} if not old["spec"].get("storageClassName") else {"volumeName"}
        return {k: v for k, v in spec.items() if k not in free}

    if fixed(new["spec"]) != fixed(old["spec"]):
        yield forbidden("spec", _CLAIM_FORBIDDEN)
        return
    before = (old["spec"]["resources"].get("requests") or {}).get("storage", "0")
    after = (new["spec"]["resources"].get("requests") or {}).get("storage", "0")
    bound = (old.get("status") or {}).get("phase") == "Bound"
    if formats.quantity(after) < formats.quantity(before):
        yield forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")
    elif before != after and not bound:
        yield forbidden("spec", _CLAIM_FORBIDDEN)


def _default_class(obj: Object) -> None:
    obj.setdefault("reclaimPolicy", "Delete")
    obj.setdefault("volumeBindingMode", "Immediate")


def _validate_class(obj: Object) -> Iterator[Cause]:
    if not obj.get("provisioner"):
        yield required("provisioner")
    for field, options in (
        ("reclaimPolicy", ("Delete", "Retain")),
        ("volumeBindingMode", ("Immediate", "WaitForFirstConsumer")),
    ):
        if obj[field] not in options:
            yield unsupported(field, obj[field], options)


def _forbid_class(new: Object, old: Object) -> Iterator[Cause]:
    for field in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"):
        if new.get(field) != old.get(field):
            yield forbidden(field, f"updates to {field} are forbidden.")


_SYSTEM_CLASSES = frozenset({"system-cluster-critical", "system-node-critical"})


def _validate_priority(obj: Object) -> Iterator[Cause]:
    name, policies = obj["metadata"].get("name", ""), ("Never", "PreemptLowerPriority")
    if name in _SYSTEM_CLASSES:
        return
    if obj["preemptionPolicy"] not in policies:
        yield unsupported("preemptionPolicy", obj["preemptionPolicy"], policies)
    if name.startswith("system-"):
        detail = "priority class names with 'system-' prefix are reserved for system use only"
        yield forbidden("metadata.name", detail)
    if obj.get("value", 0) > 1_000_000_000:
        yield forbidden("value", "maximum allowed value of a user defined priority is 1000000000")


def _forbid_priority(new: Object, old: Object) -> Iterator[Cause]:
    if new.get("value") != old.get("value"):
        yield forbidden("value", "may not be changed in an update.")


STORAGE = {
    ("", "persistentvolumeclaims"): Rules(
        default=_default_claim,
        prepare=_prepare_claim,
        validate=_validate_claim,
        forbid=_forbid_claim,
        empty={"spec": {"resources": {}}, "status": {}},
        status={"phase": "Pending"},
    ),
    ("", "persistentvolumes"): Rules(empty={"spec": {}, "status": {}}, status={"phase": "Pending"}),
    ("storage.k8s.io", "storageclasses"): Rules(default=_default_class, validate=_validate_class, forbid=_forbid_class),
    ("scheduling.k8s.io", "priorityclasses"): Rules(
        default=lambda obj: obj.setdefault("preemptionPolicy", "PreemptLowerPriority"),
        validate=_validate_priority,
        forbid=_forbid_priority,
    ),
}
