"""What the pods of a template ask for once their namespace has admitted them, and the bounds that this breaks. Pure.

The order is that of an API server: a request that is missing is the limit (`SetDefaults_Pod` in
pkg/apis/core/v1/defaults.go), LimitRanges fill in defaults, then their bounds are checked
(plugin/pkg/admission/limitranger/admission.go), and quotas count last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.resources import Manifest
from services.planning.objects.quantities import amount
from services.planning.objects.stored_values import with_filled_limits
from services.planning.objects.workloads import pod_spec

_BY_PLAIN_NAME = frozenset({"cpu", "memory", "ephemeral-storage"})  # a quota of this name counts requests
_ZERO = Decimal(0)
Quantities = Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Requests and limits, by resource name. A name that is not there is not asked for."""

    requests: Quantities = field(default_factory=dict)
    limits: Quantities = field(default_factory=dict)

    def of(self, side: str) -> Quantities:
        """The `requests` or the `limits`."""
        return self.requests if side == "requests" else self.limits


@dataclass(frozen=True, kw_only=True)
class _Container:
    name: str
    amounts: Amounts
    init: bool
    sidecar: bool  # an init container that goes on running beside the others


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A bound of a LimitRange that the pods would break; `container` is None where it bounds the pod as a whole."""

    limit_range: Manifest
    container: str | None
    sentence: str


def asked_for(manifest: Manifest, limit_ranges: Iterable[Manifest] = ()) -> Amounts | None:
    """What one pod of the workload asks for as quotas count it; None where the object runs no pods.

    The sum of what runs at the same time, or what an init container needs alone where that is more (`PodRequests` in
    staging/src/k8s.io/component-helpers/resource/helpers.go).
    """
    spec = pod_spec(manifest)
    if spec is None:
        return None
    listed = tuple(_containers(spec, _defaults(limit_ranges)))
    whole = _amounts(spec.get("resources"))
    return Amounts(
        requests={**whole.limits, **_of_pod(listed, "requests"), **whole.requests},
        limits={**_of_pod(listed, "limits"), **whole.limits},
    )


def usage_of(asked: Amounts) -> Quantities:
    """What a quota counts of one pod that asks for so much, by the names of quotas."""
    named: dict[str, Decimal] = {"pods": Decimal(1), "count/pods": Decimal(1)}
    for side in ("requests", "limits"):
        named |= {f"{side}.{name}": number for name, number in asked.of(side).items()}
    return named | {name: number for name, number in asked.requests.items() if name in _BY_PLAIN_NAME}


def unnamed(manifest: Manifest, side: str, name: str, limit_ranges: Iterable[Manifest] = ()) -> bool:
    """Whether a container does not say how much it needs, and neither does the pod as a whole, nor a default."""
    spec = pod_spec(manifest)
    if spec is None:
        return False
    whole = _amounts(spec.get("resources"))
    if name in whole.limits or name in whole.of(side):
        return False
    return any(name not in each.amounts.of(side) for each in _containers(spec, _defaults(limit_ranges)))


def broken_bounds(manifest: Manifest, limit_ranges: Sequence[Manifest]) -> Iterator[Bound]:
    """The bounds for which an API server refuses the workload's pods.

    Nothing is said of a resource for which several LimitRanges have different defaults: which one counts is open.
    """
    spec = pod_spec(manifest)
    if spec is None or not limit_ranges:
        return
    listed = tuple(_containers(spec, _defaults(limit_ranges)))
    open_names = _ambiguous(limit_ranges)
    pod = Amounts(requests=_of_pod(listed, "requests"), limits=_of_pod(listed, "limits"))
    for limit_range, limit in _limits(limit_ranges):
        match limit.get("type"):
            case "Container":
                for each in listed:
                    for sentence in _broken(limit, each.amounts, "a container", open_names):
                        yield Bound(limit_range=limit_range, container=each.name, sentence=sentence)
            case "Pod":
                for sentence in _broken(limit, pod, "a pod", open_names):
                    yield Bound(limit_range=limit_range, container=None, sentence=sentence)
            case _:
                continue


def _broken(limit: Mapping[str, Any], asked: Amounts, what: str, open_names: frozenset[str]) -> Iterator[str]:
    for name, text, bound in _bounds(limit, "min", open_names):
        has = asked.requests.get(name)
        if has is None or has < bound:
            yield f"at least {text} of {name} for {what}, and the request is {_shown(has)}"
    for name, text, bound in _bounds(limit, "max", open_names):
        has = asked.limits.get(name)
        if has is None or has > bound:
            yield f"at most {text} of {name} for {what}, and the limit is {_shown(has)}"
    for name, text, bound in _bounds(limit, "maxLimitRequestRatio", open_names):
        request, most = asked.requests.get(name), asked.limits.get(name)
        if not request or most is None or most / request > bound:
            yield (
                f"a limit of {name} of at most {text} times the request for {what}, and the request is "
                f"{_shown(request)}, the limit {_shown(most)}"
            )


def _bounds(limit: Mapping[str, Any], of: str, open_names: frozenset[str]) -> Iterator[tuple[str, str, Decimal]]:
    for name, text in (limit.get(of) or {}).items():
        bound = amount(text)
        if bound is not None and name not in open_names:
            yield name, str(text), bound


def _containers(spec: Mapping[str, Any], defaults: Amounts) -> Iterator[_Container]:
    for listed, init in (("initContainers", True), ("containers", False)):
        for body in spec.get(listed) or ():
            if not isinstance(body, Mapping):
                continue
            own = _amounts(body.get("resources"))
            yield _Container(
                name=str(body.get("name", "")),
                amounts=Amounts(
                    requests={**defaults.requests, **own.limits, **own.requests},
                    limits={**defaults.limits, **own.limits},
                ),
                init=init,
                sidecar=init and body.get("restartPolicy") == "Always",
            )


def _of_pod(listed: Sequence[_Container], side: str) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    beside: dict[str, Decimal] = {}  # sidecars that have started before an init container runs
    alone: dict[str, Decimal] = {}
    for each in listed:
        own = each.amounts.of(side)
        if not each.init or each.sidecar:
            total = _sum(total, own)
        if each.sidecar:
            beside = _sum(beside, own)
        if each.init:
            needs = beside if each.sidecar else _sum(beside, own)
            alone = {name: max(alone.get(name, _ZERO), needs.get(name, _ZERO)) for name in {*alone, *needs}}
    return {name: max(total.get(name, _ZERO), alone.get(name, _ZERO)) for name in {*total, *alone}}


def _sum(one: Quantities, other: Quantities) -> dict[str, Decimal]:
    return {name: one.get(name, _ZERO) + other.get(name, _ZERO) for name in {*one, *other}}


def _amounts(resources: Any) -> Amounts:
    held = resources if isinstance(resources, Mapping) else {}
    return Amounts(requests=_parsed(held.get("requests")), limits=_parsed(held.get("limits")))


def _parsed(texts: Any) -> dict[str, Decimal]:
    named = {name: amount(text) for name, text in (texts or {}).items()}
    return {name: number for name, number in named.items() if number is not None}


def _defaults(limit_ranges: Iterable[Manifest]) -> Amounts:
    """What a container gets that does not say it: of the first LimitRange that has a default."""
    requests: dict[str, Decimal] = {}
    limits: dict[str, Decimal] = {}
    for _, limit in _limits(limit_ranges):
        if limit.get("type") == "Container":
            requests = {**_parsed(limit.get("defaultRequest")), **requests}
            limits = {**_parsed(limit.get("default")), **limits}
    return Amounts(requests=requests, limits=limits)


def _ambiguous(limit_ranges: Iterable[Manifest]) -> frozenset[str]:
    found: dict[tuple[str, str], set[Decimal]] = {}
    for _, limit in _limits(limit_ranges):
        for side in ("default", "defaultRequest"):
            for name, number in _parsed(limit.get(side)).items():
                found.setdefault((side, name), set()).add(number)
    return frozenset(name for (_, name), numbers in found.items() if len(numbers) > 1)


def _limits(limit_ranges: Iterable[Manifest]) -> Iterator[tuple[Manifest, Mapping[str, Any]]]:
    for each in limit_ranges:
        spec = with_filled_limits(each.kind, each.body).get("spec") or {}
        for limit in spec.get("limits") or ():
            if isinstance(limit, Mapping):
                yield each, limit


def _shown(number: Decimal | None) -> str:
    return "not set" if number is None else format(number.normalize(), "f")
