"""Conditions as Knative keeps them: `Ready` is what the others come to.

knative/pkg apis/condition_set.go: False where one of them is False, Unknown where one is Unknown, else True.
"""

from typing import NamedTuple

from sandbox.controllers.conditions import find_condition
from sandbox.controllers.world import World
from sandbox.store import Object


class Said(NamedTuple):
    """What a condition says."""

    status: str
    reason: str = ""
    message: str = ""


TRUE = Said("True")
UNKNOWN = Said("Unknown")


def ready_of(obj: Object | None) -> Said:
    """What the condition `Ready` of another object says; Unknown where it says nothing of its generation yet."""
    status = (obj or {}).get("status") or {}
    if obj is None or status.get("observedGeneration") != obj["metadata"]["generation"]:
        return UNKNOWN
    return of_before(obj, "Ready")


def joined(world: World, obj: Object, *, beside: dict[str, Said] | None = None, **parts: Said) -> list[Object]:
    """The conditions of `parts`, and `Ready` of them all; those `beside` do not count. In order, as Knative sorts."""
    worst = next((each for each in parts.values() if each.status == "False"), None)
    unsure = next((each for each in parts.values() if each.status == "Unknown"), None)
    said = {**parts, **(beside or {}), "Ready": worst or unsure or TRUE}
    former: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return [_condition(world, former, type_, said[type_]) for type_ in sorted(said)]


def of_before(obj: Object, type_: str) -> Said:
    """What the object's condition of this type says; Unknown where there is none yet."""
    found = find_condition((obj.get("status") or {}).get("conditions") or [], type_)
    return Said(found["status"], found.get("reason", ""), found.get("message", "")) if found else UNKNOWN


def _condition(world: World, former: list[Object], type_: str, said: Said) -> Object:
    """Its time moves only when what it says does (knative/pkg apis/condition_set.go `setCondition`)."""
    condition: Object = {"type": type_, "status": said.status}
    condition |= {"reason": said.reason} if said.reason else {}
    condition |= {"message": said.message} if said.message else {}
    old = find_condition(former, type_)
    same = old is not None and {**old, "lastTransitionTime": ""} == {**condition, "lastTransitionTime": ""}
    return {**condition, "lastTransitionTime": old["lastTransitionTime"] if old and same else world.stamp()}
