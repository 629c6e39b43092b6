"""Compares an application in two places: environments, clusters of one, or what a release brought. Reads only."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from db.records.inventory import AppEnvironmentRecord, ClusterRecord, ReleaseRecord
from db.transaction import Database, Transaction
from domain.grants import Actor, ViewGrant
from domain.held_configuration import HeldConfiguration
from domain.rights import Right
from services.errors import InvalidRequestError, NotFoundError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.comparing.compare import compare
from services.planning.comparing.expected import Expectations
from services.planning.comparing.held import HeldSide, with_configuration
from services.planning.comparing.values import Comparison, Seen, Side
from services.planning.comparing.written import WrittenOn
from services.planning.images.releases import images_for
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.redact import Fingerprints
from services.reading.app_environments import app_environment, cluster_named, require_configured
from services.reading.compared_clusters import Place, read_places
from services.reading.given_namespaces import require_given
from services.reading.permissions import Permissions, application_ref, environment_ref, lacking

_IMPORTS_LOOKED_AT = 50


@dataclass(frozen=True, kw_only=True)
class ComparedPlace:
    """What a caller compares: an environment, on one of its clusters or on all, now or as a release brought it."""

    environment: str
    cluster: str | None = None
    release: int | None = None


@dataclass(frozen=True, kw_only=True)
class ComparisonResult(Comparison):
    """A comparison, and what its reader may make of it.

    `lacking` says which right is missing to import keys and to mark differences as expected: None where both may be
    done. Without it, values of ConfigMaps and variables are not shown.
    """

    lacking: str | None


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A side, found in the database."""

    target: AppEnvironmentRecord
    clusters: tuple[ClusterRecord, ...]
    release: ReleaseRecord | None
    held: Mapping[str, HeldConfiguration] = field(default_factory=dict)
    written: WrittenOn = field(default_factory=dict)

    def beside(self, side: Side) -> HeldSide:
        return HeldSide(side=side, place=self.target.id or "", held=self.held if self.release is not None else None)


class Comparing:
    """Reads both sides and compares them."""

    def __init__(
        self, db: Database, clusters: Clusters, fingerprints: Fingerprints, limits: Limits, *, prints: FieldPrints
    ) -> None:
        """`prints` are the fingerprints that releases have."""
        self._prints = prints
        self._db = db
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._fingerprints = fingerprints
        self._limits = limits

    async def compare(
        self, application: str, left: ComparedPlace, right: ComparedPlace, *, actor: Actor
    ) -> ComparisonResult:
        """The comparison; a cluster that cannot be read is said in it, and the rest is compared.

        Raises `NotFoundError` for a name or release, `NotConfiguredError`, `NamespaceNotGivenError`, and
        `InvalidRequestError` where both sides are one, or a cluster is not the environment's.
        """
        grants = [
            await self._permissions.app_environment(actor, ViewGrant, application, each.environment)
            for each in (left, right)
        ]
        async with self._db.read() as tx:
            sides = (
                await _find(tx, grants[0], left, field="left_cluster"),
                await _find(tx, grants[1], right, field="right_cluster"),
            )
            expectations = await _expectations(tx, *sides)
        if _key(sides[0]) == _key(sides[1]):
            raise InvalidRequestError("Both sides are the same place: name two different ones.", field="right")
        missing = _lacking(actor, *(side.target for side in sides))
        read = await self._read(sides)
        if any(side.release is not None for side in sides):
            read = with_configuration(
                sides[0].beside(read[0]), sides[1].beside(read[1]), self._prints, values_shown=missing is None
            )
        # An application may have hundreds of objects on several clusters: a second of work, beside the event loop.
        found = await asyncio.to_thread(
            compare,
            sides[0].target.application.name,
            read[0],
            read[1],
            expectations=expectations,
            fingerprints=self._fingerprints,
            values_shown=missing is None,
        )
        return ComparisonResult(**vars(found), lacking=missing)

    async def _read(self, sides: tuple[_Found, _Found]) -> tuple[Side, Side]:
        places = [
            Place(target=side.target, cluster=cluster)
            for side in sides
            if side.release is None
            for cluster in side.clusters
        ]
        seen = iter(
            await read_places(
                self._clusters,
                places,
                beside_release=any(side.release is not None for side in sides),
                deadline=Deadline.after(self._limits.plan),
            )
        )
        left, right = sides
        return _side(left, seen), _side(right, seen)


async def _find(tx: Transaction, grant: ViewGrant, place: ComparedPlace, *, field: str) -> _Found:
    target = await app_environment(tx, grant)
    environment = target.environment
    named = None if place.cluster is None else cluster_named(environment, place.cluster, field=field)
    clusters = environment.clusters if named is None else (named,)
    if place.release is not None:
        release = await tx.releases.get(target.id, place.release) if target.id is not None else None
        if release is None:
            raise NotFoundError("release", str(place.release))
        assert target.id is not None, "it has a release"
        return _Found(
            target=target,
            clusters=clusters,
            release=release,
            held=await tx.releases.held.of(target.id, release.number, values=True),
            written={each.name: await tx.written.of(target.id, each.name, up_to=release.number) for each in clusters},
        )
    require_configured(target)
    require_given(target, target.namespace or "")
    return _Found(target=target, clusters=clusters, release=None)


async def _expectations(tx: Transaction, left: _Found, right: _Found) -> Expectations:
    marked = await tx.expected_differences.of_pair(
        left.target.application.id, left.target.environment.id, right.target.environment.id
    )
    ids = {side.target.id for side in (left, right) if side.target.id is not None}
    overrides = await tx.expected_differences.overrides_of_imports(ids, most=_IMPORTS_LOOKED_AT)
    return Expectations(marked=tuple(each.field for each in marked), overrides=overrides)


def _key(side: _Found) -> tuple[str, tuple[str, ...], int | None]:
    release = side.release.number if side.release is not None else None
    return side.target.environment.id, tuple(cluster.id for cluster in side.clusters), release


def _lacking(actor: Actor, *targets: AppEnvironmentRecord) -> str | None:
    """Which right is missing on a side to import from one to the other: a copy carries Secrets."""
    for target in targets:
        application, environment = application_ref(target.application), environment_ref(target.environment)
        if not actor.holdings.allow(Right.MAINTAIN, application=application, environment=environment):
            return lacking(actor, Right.MAINTAIN, f"'{application.name}' in '{environment.name}'")
    return None


def _side(found: _Found, seen: Iterator[Seen]) -> Side:
    target = found.target
    if found.release is not None:
        return Side(
            environment=target.environment.name,
            namespace=target.namespace,
            release=found.release.number,
            image_mappings=target.environment.image_mappings,
            clusters=tuple(_held(found.release, cluster.name, found.written) for cluster in found.clusters),
        )
    return Side(
        environment=target.environment.name,
        namespace=target.namespace,
        image_mappings=target.environment.image_mappings,
        clusters=tuple(next(seen) for _ in found.clusters),
    )


def _held(release: ReleaseRecord, cluster: str, written: WrittenOn) -> Seen:
    """What a release holds for a cluster; one that joined the environment later gets what the others had."""
    images = {image.key: image for image in images_for(release.images, cluster)}
    return Seen(cluster=cluster, images=images, written=written.get(cluster))
