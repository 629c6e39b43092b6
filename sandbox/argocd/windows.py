"""Sync windows of a project: whether an application may sync now.

As argoproj/argo-cd pkg/apis/application/v1alpha1/types.go does it: `SyncWindows.Matches`, `Active`, `CanSync`.
"""

import re
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from sandbox.controllers.schedule import parse_schedule
from sandbox.controllers.world import World
from sandbox.store import Object

_UNITS = {"h": "hours", "m": "minutes", "s": "seconds"}


def may_sync(world: World, application: Object, *, manual: bool) -> bool:
    """An active deny window forbids it; where allow windows exist, one has to be active. `manualSync` lifts both."""
    windows = [each for each in _windows(world, application) if _matches(each, application)]
    active = [each for each in windows if _is_active(world, each)]
    denying = [each for each in active if each["kind"] == "deny"]
    if denying:
        return manual and all(each.get("manualSync") for each in denying)
    if any(each["kind"] == "allow" for each in active):
        return True
    waiting = [each for each in windows if each["kind"] == "allow"]
    return not waiting or (manual and all(each.get("manualSync") for each in waiting))


def _windows(world: World, application: Object) -> list[dict[str, Any]]:
    namespace = application["metadata"]["namespace"]
    project = world.get("appprojects", application["spec"].get("project") or "default", namespace)
    return [*(project["spec"].get("syncWindows") or ())] if project else []


def _matches(window: dict[str, Any], application: Object) -> bool:
    destination = application["spec"].get("destination") or {}
    subjects = {
        "applications": (application["metadata"]["name"],),
        "namespaces": (destination.get("namespace", ""),),
        "clusters": (destination.get("name", ""), destination.get("server", "")),
    }
    return any(
        fnmatchcase(value, pattern)
        for field, values in subjects.items()
        for pattern in window.get(field) or ()
        for value in values
        if value
    )


def _is_active(world: World, window: dict[str, Any]) -> bool:
    schedule = parse_schedule(window["schedule"], zone=window.get("timeZone") or "UTC")
    span = {_UNITS[unit]: int(count) for count, unit in re.findall(r"(\d+)([hms])", window["duration"])}
    last = schedule.after(world.now() - timedelta(**span))
    return last is not None and last <= world.now()
