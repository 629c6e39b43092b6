"""Which objects of a namespace are an app environment's own or below one of its own, by names and controllers. Pure.

What is neither is dropped as soon as it is read, so the names that controllers give suffice here; a judgement goes by
uids (`health.revisions`).
"""

from collections.abc import Iterable

from domain.resources import ResourceId
from services.planning.health.rollout_drivers import DRIVERS, may_be_driven, primary_name
from services.planning.live.records import LiveRecord

_ABOVE_JOB = "CronJob"
MAKE_REPLICA_SETS = ("Deployment", "Rollout")


class Belonging:
    """The objects of one namespace that are wanted; `resources` are the app environments' own there."""

    def __init__(self, resources: Iterable[ResourceId]) -> None:
        own = tuple(resources)
        self._names = frozenset((each.kind.name, each.name) for each in own)
        driven = [each for each in own if may_be_driven(each.kind)]
        self._primaries = frozenset((each.kind.name, primary_name(each.name)) for each in driven)
        self._runs_jobs = any(each.kind.name == _ABOVE_JOB for each in own)

    def holds(self, record: LiveRecord) -> bool:
        """Whether the object is one of them, a controller made it for one of them, or it may drive one of them."""
        named = (record.key.kind.name, record.key.name)
        if named in self._names or named in self._primaries:
            return True
        if record.key.kind in DRIVERS:
            return bool(self._primaries)
        above = record.controller
        if above is None:
            return False
        if (above.kind, above.name) in self._names:
            return True
        if above.kind == "ReplicaSet":  # called after what made it and the hash of the pod template
            name = above.name.rpartition("-")[0]
            return any((kind, name) in self._names for kind in MAKE_REPLICA_SETS)
        # A person may have given the Job of a CronJob any name (`kubectl create job --from=cronjob/NAME`).
        return above.kind == "Job" and self._runs_jobs
