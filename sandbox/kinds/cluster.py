"""Namespaces, Nodes, Events and Leases."""

from collections.abc import Iterator

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import invalid, required
from sandbox.kinds.meta import STANDARD_FINALIZERS
from sandbox.kinds.rules import Rules
from sandbox.store import Object

NAME_LABEL = "kubernetes.io/metadata.name"


def _default_namespace(obj: Object) -> None:
    metadata = obj["metadata"]
    if name := metadata.get("name"):
        metadata.setdefault("labels", {})[NAME_LABEL] = name


def _prepare_namespace(obj: Object) -> None:
    finalizers = obj.setdefault("spec", {}).setdefault("finalizers", [])
    if "kubernetes" not in finalizers:
        finalizers.append("kubernetes")


def _validate_namespace(obj: Object) -> Iterator[Cause]:
    for finalizer in (obj.get("spec") or {}).get("finalizers") or ():
        if problem := formats.qualified_name(finalizer):
            yield invalid("spec.finalizers", finalizer, problem)
        elif "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid("spec.finalizers", finalizer, detail)


def _carry_namespace(new: Object, old: Object) -> None:
    """Only the finalize subresource changes the finalizers of the spec."""
    new["spec"] = old.get("spec", {})


def _validate_event(obj: Object) -> Iterator[Cause]:
    namespace = (obj.get("involvedObject") or {}).get("namespace", "")
    own = obj["metadata"].get("namespace", "")
    if namespace not in {own, ""} or (not namespace and own != "default"):
        yield invalid("involvedObject.namespace", namespace, "does not match event.namespace")


def _validate_lease(obj: Object) -> Iterator[Cause]:
    duration = (obj.get("spec") or {}).get("leaseDurationSeconds", 1)
    if duration < 1:
        yield invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")


def _validate_node(obj: Object) -> Iterator[Cause]:
    for index, taint in enumerate((obj.get("spec") or {}).get("taints") or ()):
        if not taint.get("effect"):
            yield required(f"spec.taints[{index}].effect")


CLUSTER = {
    ("", "namespaces"): Rules(
        default=_default_namespace,
        prepare=_prepare_namespace,
        validate=_validate_namespace,
        carry_over=_carry_namespace,
        empty={"spec": {}, "status": {}},
        status={"phase": "Active"},
        name=formats.label,
    ),
    ("", "nodes"): Rules(validate=_validate_node, empty={"spec": {}, "status": {}}),
    ("", "events"): Rules(
        created_by_replacing=True,
        validate=_validate_event,
        empty={"involvedObject": {}, "source": {}, "reportingComponent": "", "reportingInstance": ""},
    ),
    ("coordination.k8s.io", "leases"): Rules(
        validate=_validate_lease, empty={"spec": {}}, created_by_replacing=True, replaced_by_version=True
    ),
}
