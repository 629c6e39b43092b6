"""ConfigMaps and Secrets of a release beside those of another release, or of what there is now. Pure.

A release may hold fingerprints alone, and those of one app environment are comparable among themselves: then every
value of the object, on both sides, is replaced by its fingerprint. Between two app environments values are needed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from domain.configuration import CONFIGURATION, ConfigurationName
from domain.held_configuration import KINDS, HeldConfiguration, HeldObject
from domain.resources import Manifest, ResourceId
from services.planning.comparing.values import Seen, Side
from services.planning.drift.configuration import key_prints
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.identity import ObjectKey
from services.planning.objects.redact import is_secret


@dataclass(frozen=True, kw_only=True)
class HeldSide:
    """A side, and what its release holds by cluster; `held` is None where the side is what there is now.

    `place` is the id of the app environment.
    """

    side: Side
    place: str
    held: Mapping[str, HeldConfiguration] | None = None

    def on(self, cluster: Seen) -> "_OnCluster | None":
        """None where nothing is known of the cluster's configuration."""
        if self.held is None:
            live = {_name(each): each for each in (cluster.objects or {}).values() if each.kind in CONFIGURATION}
            return None if cluster.failure is not None else _OnCluster(objects=live, unread=cluster.unread)
        found = self.held.get(cluster.cluster)
        if found is None:
            return None
        unread = frozenset((KINDS[each].group, each) for each in found.unread)
        return _OnCluster(objects={each.key: each for each in found.objects}, unread=unread)


@dataclass(frozen=True, kw_only=True)
class _OnCluster:
    objects: Mapping[ConfigurationName, Manifest | HeldObject]
    unread: frozenset[tuple[str, str]]


def with_configuration(
    left: HeldSide, right: HeldSide, prints: FieldPrints, *, values_shown: bool
) -> tuple[Side, Side]:
    """Both sides with the ConfigMaps and Secrets that can be compared; each says what cannot."""
    sides = (left, right)
    known = [[(each, one.on(each)) for each in one.side.clusters] for one in sides]
    names = sorted({name for side in known for _, found in side if found is not None for name in found.objects})
    same_place = left.place == right.place
    by_content, by_print = set[ConfigurationName](), set[ConfigurationName]()
    for name in names:
        appearances = [found.objects[name] for side in known for _, found in side if found and name in found.objects]
        if all(_has_content(each) for each in appearances) and not (
            same_place and (is_secret(KINDS[name[0]]) or not values_shown)
        ):
            by_content.add(name)
        elif same_place:
            by_print.add(name)
    chosen = _Chosen(by_content=by_content, by_print=by_print, prints=prints)
    return _replaced(left, known[0], chosen, names), _replaced(right, known[1], chosen, names)


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """How each object is compared."""

    by_content: set[ConfigurationName]
    by_print: set[ConfigurationName]
    prints: FieldPrints

    def manifest(self, name: ConfigurationName, found: Manifest | HeldObject, place: str) -> Manifest | None:
        if name in self.by_print:
            kept = found.prints if isinstance(found, HeldObject) else key_prints(found, self.prints, place=place)
            return _printed(ResourceId(kind=KINDS[name[0]], name=name[1]), kept)
        if name not in self.by_content:
            return None
        if isinstance(found, Manifest):
            return found
        assert found.content is not None, "it was chosen because it has one"
        return Manifest(found.content.body(found.resource))


def _replaced(
    one: HeldSide, known: list[tuple[Seen, _OnCluster | None]], chosen: _Chosen, names: list[ConfigurationName]
) -> Side:
    clusters = []
    for seen, found in known:
        if found is None:
            clusters.append(replace(seen, objects=None))
            continue
        manifests = {
            name: manifest
            for name, each in found.objects.items()
            if (manifest := chosen.manifest(name, each, one.place)) is not None
        }
        clusters.append(
            replace(
                seen,
                objects={ObjectKey.of(each): each for each in manifests.values()},
                unread=found.unread,
                printed=frozenset(ObjectKey.of(manifests[name]) for name in chosen.by_print if name in manifests),
            )
        )
    not_compared = tuple(_not_compared(one, chosen, names))
    return replace(one.side, clusters=tuple(clusters), not_compared=not_compared)


def _not_compared(one: HeldSide, chosen: _Chosen, names: list[ConfigurationName]) -> Iterator[str]:
    for kind, name in names:
        held = [each for found in (one.held or {}).values() if (each := found.find((kind, name))) is not None]
        if (kind, name) not in chosen.by_content | chosen.by_print and any(each.content is None for each in held):
            yield (
                f"Release {one.side.release} of {one.side.environment} holds fingerprints of {kind} {name}, and no "
                "values: they can be compared within this environment alone."
            )


def _name(manifest: Manifest) -> ConfigurationName:
    return manifest.kind.name, manifest.name


def _has_content(each: Manifest | HeldObject) -> bool:
    return isinstance(each, Manifest) or each.content is not None


def _printed(resource: ResourceId, kept: Mapping[str, str]) -> Manifest:
    return Manifest(
        {
            "apiVersion": resource.kind.api_version,
            "kind": resource.kind.name,
            "metadata": {"name": resource.name},
            "data": dict(kept),
        }
    )
