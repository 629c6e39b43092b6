"""What a cluster has once a plan's keys have been brought: nothing of that is missing any more. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.resources import Manifest, ResourceId
from services.planning.copying.plan import ClusterCopyPlan
from services.planning.objects.identity import ObjectKey
from services.planning.preflight.values import ConfigurationFacts, PreflightFacts


def keys_of(manifest: Manifest) -> frozenset[str]:
    """The names of the keys of a ConfigMap or a Secret."""
    return frozenset(key for member in ("data", "binaryData") for key in manifest.body.get(member) or ())


def brought_by(clusters: Iterable[ClusterCopyPlan]) -> dict[ResourceId, tuple[str, ...]]:
    """The keys that these plans write, by object."""
    found: dict[ResourceId, set[str]] = {}
    for planned in (each for cluster in clusters for each in cluster.resources):
        if planned.writes and planned.desired is not None:
            found.setdefault(planned.resource, set()).update(keys_of(planned.desired))
    return {resource: tuple(sorted(keys)) for resource, keys in found.items()}


def after_bringing(facts: PreflightFacts, brought: Mapping[ResourceId, Iterable[str]]) -> PreflightFacts:
    """The facts as they will be when new pods start."""
    if not brought or facts.configuration is None:
        return facts
    keys, absent = dict(facts.configuration.keys), set(facts.configuration.absent)
    for resource, more in brought.items():
        key = ObjectKey.of_resource(resource)
        keys[key] = keys.get(key, frozenset()) | frozenset(more)
        absent.discard(key)
    return replace(facts, configuration=ConfigurationFacts(keys=keys, absent=frozenset(absent)))
