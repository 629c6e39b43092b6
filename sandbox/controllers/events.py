"""Events of controllers. A repeated event increments its count instead of adding an object."""

import hashlib

from sandbox.controllers.world import World, parse_time
from sandbox.errors import StatusError
from sandbox.store import Object, thaw

KEPT = 3600.0
"""Seconds for which an Event is kept, as on a real cluster."""


def reconcile(world: World, event: Object) -> None:
    """Forget an Event when nothing like it has happened for an hour."""
    left = KEPT - (world.now() - parse_time(event["lastTimestamp"])).total_seconds()
    if left > 0:
        world.requeue_after(event, left)
    else:
        world.delete(event)


def warn(world: World, about: Object, reason: str, message: str, *, component: str) -> None:
    _record(world, about, "Warning", (reason, message), component=component)


def note(world: World, about: Object, reason: str, message: str, *, component: str) -> None:
    _record(world, about, "Normal", (reason, message), component=component)


def _record(world: World, about: Object, type_: str, words: tuple[str, str], *, component: str) -> None:
    metadata, now, (reason, message) = about["metadata"], world.stamp(), words
    namespace = metadata.get("namespace", "default")
    # The same words about the same object make the same name: that is how a repetition is recognised, also
    # after a restart.
    identity = f"{metadata['uid']} {reason} {message}"
    name = f"{metadata['name'][:200]}.{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    known = world.get("events", name, namespace)
    try:
        if known is not None:
            again = {"count": known.get("count", 1) + 1, "lastTimestamp": now}
            world.update({**thaw(known), **again})
            return
        event = world.create(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": {
                    "kind": about["kind"],
                    "namespace": namespace,
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                    "apiVersion": about["apiVersion"],
                    "resourceVersion": metadata["resourceVersion"],
                },
                "reason": reason,
                "message": message,
                "source": {"component": component},
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
                "type": type_,
                "eventTime": None,
                "reportingComponent": component,
                "reportingInstance": "",
            }
        )
        world.requeue_after(event, KEPT)
    except StatusError:
        # A terminating namespace accepts no events, and a quota may count them: neither must stop the controller.
        return
