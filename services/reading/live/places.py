"""An application in an environment, as screens show it: its row, and what happened there last. Pure values."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from db.records.inventory import AppEnvironmentRecord, ApplicationRecord, ClusterRecord, EnvironmentRecord
from domain.comparisons import ObjectField
from domain.configuration import CONFIGURATION, ConfigurationName, ConfigurationReading
from domain.declared_kinds import DeclaredKinds
from domain.divergences import OpenDivergence
from domain.images import ContainerKey
from domain.resources import Kind, ResourceId
from services.planning.objects.api_versions import newest
from services.planning.objects.declared_images import workloads_among
from services.planning.objects.workloads import is_custom, is_workload
from services.planning.overviews.values import BlockedPush, LastOperation, PushedImage
from services.reading.given_namespaces import taken_back
from services.reading.live.changes import Wanted

PODS = Kind(group="", version="v1", name="Pod")
PlaceKey = tuple[str, str]
"""The ids of the application and of the environment."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """An application in an environment: its row, and what screens show beside it.

    `configuration` is by the id of a cluster: the keys of its ConfigMaps and Secrets there, where they were read.
    `expected` is by the id of another environment: fields of ConfigMaps and Secrets that are meant to differ from it.
    """

    target: AppEnvironmentRecord
    last_operation: LastOperation | None = None
    pushed: Mapping[ContainerKey, PushedImage] = field(default_factory=dict)
    blocked: BlockedPush | None = None
    divergences: tuple[OpenDivergence, ...] = ()
    configuration: Mapping[str, ConfigurationReading] = field(default_factory=dict)
    expected: Mapping[str, tuple[ObjectField, ...]] = field(default_factory=dict)

    @property
    def key(self) -> PlaceKey:
        return (self.target.application.id, self.target.environment.id)

    @cached_property
    def workloads(self) -> tuple[ResourceId, ...]:
        """Its resources of which the images are managed."""
        return workloads_among(self.target.resources, self.target.declared)

    @cached_property
    def custom(self) -> tuple[ResourceId, ...]:
        """Its custom resources that are no workloads."""
        declared = self.target.declared
        return tuple(each for each in self.target.resources if is_custom(each.kind) and declared.of(each.kind) is None)

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """The kinds and names of its workloads and custom resources."""
        return frozenset((each.kind.name, each.name) for each in (*self.workloads, *self.custom))

    @cached_property
    def namespace(self) -> str | None:
        """The namespace that is read: None where it is not configured, or where the namespace was taken back."""
        if not self.target.configured or taken_back(self.target) is not None:
            return None
        return self.target.namespace

    @property
    def spots(self) -> tuple[tuple[str, str], ...]:
        """Where it is read: the ids of clusters, each with the namespace there."""
        if self.namespace is None:
            return ()
        return tuple((cluster.id, self.namespace) for cluster in self.target.environment.clusters)

    def is_on(self, cluster_id: str) -> bool:
        """Whether its environment has the cluster."""
        return any(cluster.id == cluster_id for cluster in self.target.environment.clusters)


@dataclass(frozen=True, kw_only=True)
class PlacesNow:
    """All places at one moment: applications by name, and the places of each by rank."""

    applications: tuple[ApplicationRecord, ...] = ()
    environments: tuple[EnvironmentRecord, ...] = ()
    by_application: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)

    def rows_are(self, other: "PlacesNow") -> bool:
        """Whether both were read from the same rows: no more differs than what screens show beside these."""
        return self.applications is other.applications and self.environments is other.environments

    def with_places(self, changed: Mapping[PlaceKey, Place]) -> "PlacesNow":
        """With these places, of the same rows, in which something that is shown beside them is different.

        What was found of the others is kept: rows beside places change several times a second, a few of thousands.
        """
        by_application = {
            application_id: tuple(changed.get(place.key, place) for place in self.by_application[application_id])
            for application_id in {application_id for application_id, _ in changed}
        }
        spots = {spot for place in changed.values() for spot in place.spots}
        sources = {self.targets[key]: place for key, place in changed.items() if key in self.targets}
        rows = {place.target.id: place for place in changed.values() if place.target.id is not None}
        now = replace(self, by_application={**self.by_application, **by_application})
        vars(now).update(  # as `cached_property` keeps what it has found
            by_name=self.by_name,
            by_key={**self.by_key, **changed},
            sources={**self.sources, **sources},
            targets=self.targets,
            configuration_names=self.configuration_names,
            by_row={**self.by_row, **rows},
            clusters=self.clusters,
            by_namespace={
                **self.by_namespace,
                **{spot: tuple(changed.get(each.key, each) for each in self.by_namespace[spot]) for spot in spots},
            },
        )
        return now

    def changed_since(self, former: "PlacesNow") -> Collection[PlaceKey]:
        """The places that are other ones than formerly, or whose source is."""
        if not self.rows_are(former):
            return {
                key
                for key, place in self.by_key.items()
                if former.by_key.get(key) is not place or former.sources.get(key) is not self.sources.get(key)
            }
        changed = {place.key for was, place in zip(former.all, self.all, strict=True) if was is not place}
        return changed | {self.targets[key] for key in changed if key in self.targets}

    @cached_property
    def all(self) -> tuple[Place, ...]:
        return tuple(place for places in self.by_application.values() for place in places)

    @cached_property
    def by_name(self) -> Mapping[str, ApplicationRecord]:
        """The applications by their names in lower case, by which they are told apart."""
        return {each.name.lower(): each for each in self.applications}

    @cached_property
    def by_key(self) -> Mapping[PlaceKey, Place]:
        return {place.key: place for place in self.all}

    @cached_property
    def sources(self) -> Mapping[PlaceKey, Place]:
        """By place, the one that its images are promoted from: the configured one before it."""
        found: dict[PlaceKey, Place] = {}
        for places in self.by_application.values():
            configured = [place for place in places if place.target.configured]
            found.update({place.key: before for before, place in pairwise(configured)})
        return found

    @cached_property
    def targets(self) -> Mapping[PlaceKey, PlaceKey]:
        """By place, the one that is promoted from it."""
        return {source.key: key for key, source in self.sources.items()}

    @cached_property
    def configuration_names(self) -> Mapping[str, frozenset[ConfigurationName]]:
        """By the id of an application, its ConfigMaps and Secrets in whichever environment.

        They are looked for in all of them: what one has recorded may be there in another, too.
        """
        kinds = {(each.group, each.name) for each in CONFIGURATION}
        return {
            application_id: frozenset(
                (each.kind.name, each.name)
                for place in places
                for each in place.target.resources
                if each.group_kind in kinds
            )
            for application_id, places in self.by_application.items()
        }

    @cached_property
    def by_row(self) -> Mapping[str, Place]:
        """By the id of the app environment's row, where it has one."""
        return {place.target.id: place for place in self.all if place.target.id is not None}

    @cached_property
    def clusters(self) -> Mapping[str, ClusterRecord]:
        """By id, the clusters of all environments."""
        return {cluster.id: cluster for each in self.environments for cluster in each.clusters}

    @cached_property
    def by_cluster(self) -> Mapping[str, tuple[Place, ...]]:
        """By cluster id, the places that are read there."""
        found: dict[str, list[Place]] = {}
        for (cluster_id, _), places in self.by_namespace.items():
            found.setdefault(cluster_id, []).extend(places)
        return {cluster_id: tuple(places) for cluster_id, places in found.items()}

    @cached_property
    def by_namespace(self) -> Mapping[tuple[str, str], tuple[Place, ...]]:
        """By the id of a cluster and a namespace on it."""
        found: dict[tuple[str, str], list[Place]] = {}
        for place in self.all:
            for spot in place.spots:
                found.setdefault(spot, []).append(place)
        return {key: tuple(places) for key, places in found.items()}

    def wanted(self) -> dict[str, Wanted]:
        """By cluster id, what is to be watched there; clusters on which nothing is configured are left out."""
        kinds: dict[str, dict[Kind, set[str]]] = {}
        resources: dict[str, dict[str, set[ResourceId]]] = {}
        for (cluster_id, namespace), places in self.by_namespace.items():
            owned = {each for place in places for each in place.target.resources if _is_watched(each.kind)}
            if not owned:
                continue
            resources.setdefault(cluster_id, {})[namespace] = owned
            for kind in {each.kind for each in owned} | ({PODS} if any(is_workload(e.kind) for e in owned) else set()):
                kinds.setdefault(cluster_id, {}).setdefault(kind, set()).add(namespace)
        return {
            cluster_id: Wanted(
                kinds=_in_one_version(found),
                resources={namespace: frozenset(owned) for namespace, owned in resources[cluster_id].items()},
                declared=declared_in(self.by_cluster[cluster_id]),
            )
            for cluster_id, found in kinds.items()
        }


def declared_in(places: Iterable[Place]) -> DeclaredKinds:
    """The declared kinds of which these places have resources."""
    found = [each.target.declared for each in places if each.target.declared.by_kind]
    return DeclaredKinds(by_kind={kind: each for one in found for kind, each in one.by_kind.items()})


def _is_watched(kind: Kind) -> bool:
    """Workloads, with the pods that come with them, and custom resources: no screen shows the health of anything else.

    Plans and operations read claims and services themselves where these matter.
    """
    return is_workload(kind) or is_custom(kind)


def _in_one_version(kinds: Mapping[Kind, set[str]]) -> dict[Kind, frozenset[str]]:
    """Each kind in the newest version in which it is recorded: a server answers with the same objects in all of them.

    Otherwise two streams would tell of one object, and that which ends would take back what the other one knows.
    """
    versions: dict[tuple[str, str], set[str]] = {}
    for kind in kinds:
        versions.setdefault((kind.group, kind.name), set()).add(kind.version)
    found: dict[Kind, frozenset[str]] = {}
    for kind, namespaces in kinds.items():
        one = kind if len(found_in := versions[kind.group, kind.name]) == 1 else replace(kind, version=newest(found_in))
        found[one] = found.get(one, frozenset()) | namespaces
    return found
