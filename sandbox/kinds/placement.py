"""Validates where a pod may run: node selectors, affinities, tolerations, topology spread."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds.findings import invalid, required, unsupported
from sandbox.kinds.meta import validate_labels, validate_selector

_REQUIRED, _PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


def validate_placement(spec: Mapping[str, Any], field: str) -> Iterator[Cause]:
    """Of a pod's spec at `field`."""
    yield from validate_labels(spec.get("nodeSelector"), f"{field}.nodeSelector")
    yield from _validate_affinity(spec.get("affinity") or {}, f"{field}.affinity")
    yield from _validate_tolerations(spec.get("tolerations") or (), f"{field}.tolerations")
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        yield from _validate_spread(constraint, f"{field}.topologySpreadConstraints[{index}]")


def _validate_affinity(affinity: Mapping[str, Any], field: str) -> Iterator[Cause]:
    nodes = (affinity.get("nodeAffinity") or {}).get(_REQUIRED)
    if nodes is not None and not nodes.get("nodeSelectorTerms"):
        at = f"{field}.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
        yield required(at, "must have at least one node selector term")
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        for index, term in enumerate(rules.get(_REQUIRED) or ()):
            yield from _validate_pod_term(term, f"{field}.{kind}.{_REQUIRED}[{index}]")
        for index, weighted in enumerate(rules.get(_PREFERRED) or ()):
            at = f"{field}.{kind}.{_PREFERRED}[{index}]"
            if not 1 <= weighted.get("weight", 0) <= 100:
                yield invalid(f"{at}.weight", weighted.get("weight", 0), "must be in the range 1-100")
            yield from _validate_pod_term(weighted.get("podAffinityTerm") or {}, f"{at}.podAffinityTerm")


def _validate_pod_term(term: Mapping[str, Any], at: str) -> Iterator[Cause]:
    yield from validate_selector(term.get("labelSelector"), f"{at}.labelSelector")
    if not term.get("topologyKey"):
        yield required(f"{at}.topologyKey", "can not be empty")


def _validate_spread(constraint: Mapping[str, Any], at: str) -> Iterator[Cause]:
    if constraint.get("maxSkew", 0) <= 0:
        yield invalid(f"{at}.maxSkew", constraint.get("maxSkew", 0), "must be greater than zero")
    if not constraint.get("topologyKey"):
        yield required(f"{at}.topologyKey", "can not be empty")
    options = ("DoNotSchedule", "ScheduleAnyway")
    if constraint.get("whenUnsatisfiable") not in options:
        yield unsupported(f"{at}.whenUnsatisfiable", constraint.get("whenUnsatisfiable", ""), options)
    yield from validate_selector(constraint.get("labelSelector"), f"{at}.labelSelector")


def _validate_tolerations(tolerations: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    for index, toleration in enumerate(tolerations):
        at = f"{field}[{index}]"
        operator = toleration.get("operator") or "Equal"
        if operator not in {"Equal", "Exists"}:
            yield unsupported(f"{at}.operator", operator, ("Equal", "Exists"))
        if operator == "Exists" and toleration.get("value"):
            yield invalid(f"{at}.operator", toleration, "value must be empty when `operator` is 'Exists'")
        if not toleration.get("key") and operator != "Exists":
            yield invalid(
                f"{at}.operator",
                operator,
                'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            )
        if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(f"{at}.effect", toleration.get("effect", ""), detail)
        effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
        if toleration.get("effect") and toleration["effect"] not in effects:
            yield unsupported(f"{at}.effect", toleration["effect"], effects)
