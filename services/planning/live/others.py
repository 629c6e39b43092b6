"""What is kept of objects that are no workloads: what `health.non_workloads` reads, and images that they name. Pure.

Their members are of whatever types their definitions say, so they are read as JSON, and what does not fit is left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from msgspec import Raw

from domain.declared_kinds import Declaration
from domain.resources import Kind
from services.json_bounds import parse
from services.planning.health.custom_messages import safe_message
from services.planning.health.custom_resources import MOST_PARENTS, SUSPENDING, UNWELCOME, WELCOME
from services.planning.health.rollout_rules import reads_of_kind
from services.planning.health.values import observed_generation
from services.planning.live.declared_members import only_declared_images
from services.planning.live.shapes import ABSENT
from services.planning.objects.built_in import is_built_in
from services.planning.objects.custom_images import may_name_images, only_images
from services.planning.objects.workloads import is_workload

_CONDITIONS = frozenset(
    {"AbleToScale", "ScalingActive", "ScalingLimited"}  # autoscalers
    | {"NamesAccepted", "Established", "Available"}  # definitions, and registrations of API servers
)
_READ = ("type", "status", "reason", "lastTransitionTime")


def trim_spec(kind: Kind, spec: Raw, declaration: Declaration | None = None) -> Raw:
    """The images that a custom resource names, and whether it is suspended; the type of a Service.

    Of a declared kind these are the images at the declared paths.
    """
    found = _mapping(spec)
    if is_built_in(kind):
        return _encoded({"type": found["type"]} if isinstance(found.get("type"), str) else {})
    images: Mapping[str, Any]
    if declaration is not None:
        images = only_declared_images({"spec": found}, declaration).get("spec") or {}
    else:
        images = only_images(found) if may_name_images(kind) or is_workload(kind) else {}
    cut: dict[str, Any] = {**images, **{name: True for name in SUSPENDING if found.get(name) is True}}
    return _encoded(_with_reads(kind, "spec", found, cut))


def trim_status(kind: Kind, status: Raw, declaration: Declaration | None = None) -> Raw:
    """The parts by which its health is judged."""
    found = _mapping(status)
    cut: dict[str, Any] = {
        "observedGeneration": observed_generation(found),
        "phase": _text(found.get("phase")),
        **(_of_built_in(kind, found) if is_built_in(kind) else _of_custom(found, _named_by(declaration))),
    }
    kept = {name: value for name, value in cut.items() if value not in (None, [], "")}
    return _encoded(_with_reads(kind, "status", found, kept))


def _with_reads(kind: Kind, part: str, found: Mapping[str, Any], cut: dict[str, Any]) -> dict[str, Any]:
    """With the members by which a rollout of this kind is judged. Changes `cut`."""
    for read in reads_of_kind(kind):
        first, *steps = read.path.split(".")
        if first != part:
            continue
        value: Any = found
        for step in steps:
            value = value.get(step) if isinstance(value, Mapping) else None
        kept, inner = read.cut(value), cut
        if kept is None or kept == "":
            continue
        for step in steps[:-1]:
            inner = inner.setdefault(step, {})
        inner[steps[-1]] = kept
    return cut


def _of_built_in(kind: Kind, status: Mapping[str, Any]) -> dict[str, Any]:
    read = _READ if kind.name == "HorizontalPodAutoscaler" else _READ[:-1]
    cut: dict[str, Any] = {
        "conditions": [
            {name: each[name] for name in read if isinstance(each.get(name), str)}
            for each in _mappings(status.get("conditions"))
            if each.get("type") in _CONDITIONS
        ]
    }
    balancer = status.get("loadBalancer")
    if isinstance(balancer, dict) and balancer.get("ingress"):
        cut["loadBalancer"] = {"ingress": [{}]}  # that it has an address is all that is read
    return cut


def _named_by(declaration: Declaration | None) -> frozenset[str]:
    """The conditions that a declaration names."""
    if declaration is None or declaration.health.ready is None:
        return frozenset()
    return frozenset((declaration.health.ready, *declaration.health.failed))


def _of_custom(status: Mapping[str, Any], declared: frozenset[str]) -> dict[str, Any]:
    return {
        **{name: safe_message(status.get(name)) for name in ("phase", "phaseReason", "message", "health")},
        "conditions": list(_conditions(status.get("conditions"), declared)),
        "parents": [
            {"parentRef": {"name": _name_of_parent(each)}, "conditions": list(_conditions(each.get("conditions")))}
            for each in list(_mappings(status.get("parents")))[:MOST_PARENTS]
        ],
    }


def _conditions(listed: Any, declared: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """Of each type the first: no rule reads another one. Those that are `declared` are kept whatever they say."""
    seen: set[str] = set()
    for each in _mappings(listed):
        type_ = each.get("type")
        if not isinstance(type_, str) or type_ in seen or type_ not in WELCOME | UNWELCOME | declared:
            continue
        seen.add(type_)
        cut = _condition(type_, each, declared=type_ in declared)
        if cut is not None:
            yield cut


def _condition(type_: str, entry: Mapping[str, Any], *, declared: bool) -> dict[str, Any] | None:
    """What is read of it; None where nothing is."""
    status = entry.get("status")
    well = status == "True" and type_ in WELCOME and not declared
    if type_ not in WELCOME and status != "True" and not declared:
        return None
    cut = {name: entry[name] for name in ("type", "status", "lastTransitionTime") if isinstance(entry.get(name), str)}
    if isinstance(entry.get("observedGeneration"), int):
        cut["observedGeneration"] = entry["observedGeneration"]
    if not well:
        cut |= {"reason": safe_message(entry.get("reason")), "message": safe_message(entry.get("message"))}
    return {name: value for name, value in cut.items() if value != ""}


def _name_of_parent(parent: Mapping[str, Any]) -> str:
    reference = parent.get("parentRef")
    return _text(reference.get("name")) if isinstance(reference, dict) else ""


def _mappings(listed: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Raw) -> Mapping[str, Any]:
    found = parse(bytes(value)) if value is not ABSENT else None
    return found if isinstance(found, dict) else {}


def _encoded(value: Mapping[str, Any]) -> Raw:
    return Raw(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)) if value else ABSENT
