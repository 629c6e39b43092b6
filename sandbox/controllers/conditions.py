"""Conditions in a status: lists of what is true of an object, and since when."""

from sandbox.store import Object


def find_condition(conditions: list[Object], type_: str) -> Object | None:
    return next((c for c in conditions if c["type"] == type_), None)


def is_true(obj: Object, type_: str) -> bool:
    found = find_condition(obj.get("status", {}).get("conditions") or [], type_)
    return found is not None and found["status"] == "True"


def set_condition(
    conditions: list[Object], type_: str, status: str, *, now: str, reason: str = "", message: str = ""
) -> list[Object]:
    """The list with one condition changed in its place, or added; its time moves only when its status does."""
    old = find_condition(conditions, type_)
    since = old["lastTransitionTime"] if old and old["status"] == status else now
    new: Object = {"type": type_, "status": status, "lastProbeTime": None, "lastTransitionTime": since}
    if reason:
        new["reason"] = reason
    if message:
        new["message"] = message
    return [new if c is old else c for c in conditions] if old else [*conditions, new]
