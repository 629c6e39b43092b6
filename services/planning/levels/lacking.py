"""Which clusters of an environment are known not to be level: they lack what another one has. Pure.

Screens say this of what is watched and kept already. The plan of bringing a cluster level reads the clusters, and may
find more: fields that differ, and kinds that are not watched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.configuration import ConfigurationReading
from domain.resources import ResourceId
from services.planning.health.absence import absent
from services.planning.health.values import HealthState
from services.planning.images.running import ClusterFacts

_Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class KnownOn:
    """What is known of an application on one cluster that answers; `configuration` None where it was not read."""

    facts: ClusterFacts
    configuration: ConfigurationReading | None = None


def lacking(known: Sequence[KnownOn], resources: Sequence[ResourceId]) -> Mapping[str, tuple[ResourceId, ...]]:
    """By cluster, those of `resources` that it lacks and another one has; clusters that lack nothing are left out.

    What no cluster has is missing there, and no cluster is behind another one.
    """
    missing = {each.facts.cluster: _missing(each) for each in known}
    if not any(missing.values()):  # nearly always
        return {}
    present = frozenset[_Key]().union(*map(_present, known))
    found = {
        cluster: tuple(each for each in resources if _key(each) in keys & present) for cluster, keys in missing.items()
    }
    return {cluster: each for cluster, each in found.items() if each}


def _missing(known: KnownOn) -> frozenset[_Key]:
    facts, configuration = known.facts, known.configuration
    workloads = [each for each in facts.missing if absent(each).state is HealthState.MISSING]
    custom = [each.resource for each in facts.custom if each.health.state is HealthState.MISSING]
    objects = configuration.absent if configuration is not None else ()
    return frozenset(map(_key, (*workloads, *custom))) | {("", kind, name) for kind, name in objects}


def _present(known: KnownOn) -> frozenset[_Key]:
    facts, configuration = known.facts, known.configuration
    custom = [each.resource for each in facts.custom if each.health.state is not HealthState.MISSING]
    objects = configuration.keys if configuration is not None else ()
    return frozenset(map(_key, (*(each.resource for each in facts.workloads), *custom))) | {
        ("", kind, name) for kind, name in objects
    }


def _key(resource: ResourceId) -> _Key:
    """Clusters may serve a kind in different versions."""
    return (*resource.group_kind, resource.name)
