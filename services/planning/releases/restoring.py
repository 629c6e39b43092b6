"""Plans which ConfigMaps and Secrets of a release are put back on a cluster, key by key. Pure.

An object is put back as it was: keys that came later go. What the release does not name stays. Labels and annotations
of an object that is there stay as well, because others write them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from domain.cluster_api import ClusterFailure
from domain.configuration import ConfigurationName
from domain.held_configuration import Held, HeldConfiguration, HeldObject
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.stored.restores import StoredRestored
from domain.words import Action
from services.planning.drift.configuration import key_prints
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.owners import owner_of
from services.planning.objects.paths import below
from services.planning.objects.redact import hide_values
from services.planning.plan import Change, ChangeKind, digest_of

NOT_HELD = "configuration-not-held"
_NOT_WRITTEN = frozenset({Action.KEEP, Action.BLOCKED})


@dataclass(frozen=True, kw_only=True)
class RestoredObject:
    """The plan of one object: of a Secret's values `changes` say only how they compare.

    `desired` and `live` are fingerprints of all keys.
    """

    resource: ResourceId
    action: Action
    changes: tuple[Change, ...]
    desired: str
    live: str | None

    @property
    def writes(self) -> bool:
        return self.action in {Action.CREATE, Action.UPDATE}

    def to_stored(self) -> StoredRestored:
        return StoredRestored(resource=self.resource, action=self.action, desired=self.desired, live=self.live)


@dataclass(frozen=True, kw_only=True)
class ClusterRestore:
    """What is put back on one cluster; `read` is False where it did not answer."""

    read: bool = True
    objects: tuple[RestoredObject, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def writes(self) -> bool:
        return any(each.writes for each in self.objects)


@dataclass(frozen=True, kw_only=True)
class LiveConfiguration:
    """The ConfigMaps and Secrets that are on a cluster now, as far as its credential may read them."""

    cluster: str
    objects: Mapping[ConfigurationName, Manifest]
    unread: frozenset[str] = frozenset()
    failure: ClusterFailure | None = None


def print_of_keys(prints: Mapping[str, str]) -> str:
    """One fingerprint of all keys of an object."""
    return digest_of({"keys": dict(prints)})


def plan_restore(
    live: LiveConfiguration,
    release: int,
    held: HeldConfiguration | None,
    prints: FieldPrints,
    *,
    place: str,
    chosen: Iterable[ResourceId] | None,
) -> ClusterRestore:
    """`held` is what the release holds of this cluster, None where nothing. `chosen` None means all of it."""
    if live.failure is not None:
        return ClusterRestore(read=False)
    names = None if chosen is None else [(each.kind.name, each.name) for each in chosen]
    if held is None:
        return ClusterRestore(problems=(_nothing_held(live.cluster, release),))
    wanted = [each for each in held.objects if names is None or each.key in names]
    pairs = [_decided(each, live, release, prints, place=place, named=names is not None) for each in wanted]
    problems = [problem for _, found in pairs for problem in found]
    problems += [_not_among(live.cluster, release, name) for name in names or () if held.find(name) is None]
    return ClusterRestore(objects=tuple(each for each, _ in pairs), problems=tuple(problems))


def _decided(
    held: HeldObject, live: LiveConfiguration, release: int, prints: FieldPrints, *, place: str, named: bool
) -> tuple[RestoredObject, tuple[Problem, ...]]:
    now = live.objects.get(held.key)
    known = key_prints(now, prints, place=place) if now is not None else None
    planned = RestoredObject(
        resource=held.resource,
        action=Action.UNCHANGED,
        changes=(),
        desired=print_of_keys(held.prints),
        live=print_of_keys(known) if known is not None else None,
    )
    if known is not None and known == held.prints:
        return planned, ()
    problems = tuple(_obstacles(held, now, live, release, named=named))
    if any(problem.blocks for problem in problems):
        return replace(planned, action=Action.BLOCKED), problems
    if problems:
        return replace(planned, action=Action.KEEP), problems
    changes = hide_values(held.resource.kind, tuple(_changes(held, now, known or {})))
    return replace(planned, action=Action.CREATE if now is None else Action.UPDATE, changes=changes), ()


def _changes(held: HeldObject, now: Manifest | None, known: Mapping[str, str]) -> Iterator[Change]:
    assert held.content is not None, "what is written is held"
    before = {} if now is None else {**(now.body.get("data") or {}), **(now.body.get("binaryData") or {})}
    after = {**held.content.data, **held.content.binary_data}
    binary = {*held.content.binary_data, *((now.body.get("binaryData") or {}) if now is not None else ())}
    for key in sorted({*known, *held.prints}):
        path = below("binaryData" if key in binary else "data", key)
        if key not in known:
            yield Change(path=path, kind=ChangeKind.ADDED, after=after.get(key))
        elif key not in held.prints:
            yield Change(path=path, kind=ChangeKind.REMOVED, before=before.get(key))
        elif known[key] != held.prints[key]:
            yield Change(path=path, kind=ChangeKind.CHANGED, before=before.get(key), after=after.get(key))


def _obstacles(
    held: HeldObject, now: Manifest | None, live: LiveConfiguration, release: int, *, named: bool
) -> Iterator[Problem]:
    """Why an object that differs is not put back: it blocks where the request names the object."""

    def problem(code: str, detail: str, severity: Severity) -> Problem:
        return Problem(code=code, severity=severity, detail=detail, cluster=live.cluster, resource=held.resource)

    label, severity = held.resource.label, Severity.BLOCKS if named else Severity.WARNS
    if held.kind in live.unread:
        yield problem(
            "missing-right",
            f"The credential of {live.cluster} may not read {held.kind}s: {label} stays as it is.",
            severity,
        )
    elif held.held is not Held.VALUES:
        why = (
            "its values are larger than a release holds"
            if held.held is Held.TOO_LARGE
            else "the environment keeps no values of Secrets"
        )
        state = "is not there" if now is None else "differs"
        yield problem(
            NOT_HELD,
            f"{label} {state}, and release {release} holds fingerprints of it alone, because {why}: it stays as it is. "
            "Set its keys by an import or a configure.",
            severity,
        )
    elif now is not None and now.body.get("immutable"):
        yield problem(
            "immutable",
            f"{label} is immutable, so it cannot be put back. Delete it, and it is created as it was; or leave it out.",
            severity,
        )
    elif now is not None and held.content is not None and now.body.get("type") != held.content.type:
        yield problem(
            "immutable",
            f"{label} has another type than in release {release}, and a Secret's type cannot be changed. Delete it, "
            "and it is created as it was; or leave it out.",
            severity,
        )
    elif now is not None and (owner := owner_of(now)) is not None and owner.controller:
        yield problem(
            "owned-by-controller", f"{label} belongs to {owner.tool} ({owner.mark}): {owner.consequence}.", severity
        )


def _nothing_held(cluster: str, release: int) -> Problem:
    return Problem(
        code=NOT_HELD,
        severity=Severity.BLOCKS,
        detail=f"Release {release} holds no configuration of cluster {cluster}: it could not be read then, or newer "
        "releases have taken its place. Roll back without configuration.",
        cluster=cluster,
    )


def _not_among(cluster: str, release: int, name: ConfigurationName) -> Problem:
    kind, called = name
    return Problem(
        code=NOT_HELD,
        severity=Severity.BLOCKS,
        detail=f"Release {release} has no {kind} {called} on cluster {cluster}. Leave it out.",
        cluster=cluster,
    )
