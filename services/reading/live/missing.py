"""Which keys of ConfigMaps and Secrets a place lacks that its source has: found again where a reading has changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.planning.comparing.missing import KeysOn, MissingKeys, missing_keys
from services.reading.live.places import Place, PlaceKey

Reliable = Callable[[Place, str], bool]
"""Whether what is known of a place on a cluster, given by its id, can be relied on now."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    place: Place
    source: Place
    on_clusters: tuple[frozenset[str], frozenset[str]]
    missing: MissingKeys | None


class Missing:
    """Keeps what it found until one of both places is another one, or can be relied on otherwise."""

    def __init__(self) -> None:
        self._found: dict[PlaceKey, _Found] = {}

    def of(self, place: Place, source: Place | None, *, reliable: Reliable) -> MissingKeys | None:
        """None where the place has no source, lacks nothing, or nothing is known to be missing.

        What was read of a cluster that does not answer any more says nothing about it now.
        """
        if source is None:
            return None
        on_clusters = _answering(source, reliable), _answering(place, reliable)
        found = self._found.get(place.key)
        if found is None or found.place is not place or found.source is not source or found.on_clusters != on_clusters:
            missing = _missing(place, source, on_clusters)
            found = _Found(place=place, source=source, on_clusters=on_clusters, missing=missing)
            self._found[place.key] = found
        return found.missing

    def forget(self, key: PlaceKey) -> None:
        """The place is gone."""
        self._found.pop(key, None)


def _answering(place: Place, reliable: Reliable) -> frozenset[str]:
    if place.namespace is None:
        return frozenset()
    return frozenset(each for each in place.configuration if reliable(place, each))


def _missing(place: Place, source: Place, on_clusters: tuple[frozenset[str], frozenset[str]]) -> MissingKeys | None:
    on_source, on_target = on_clusters
    objects = missing_keys(
        tuple(_keys(source, on_source)),
        tuple(_keys(place, on_target)),
        expected=place.expected.get(source.target.environment.id, ()),
    )
    return MissingKeys(source=source.target.environment.name, objects=objects) if objects else None


def _keys(place: Place, on_clusters: frozenset[str]) -> Iterator[KeysOn]:
    for cluster in place.target.environment.clusters:
        reading = place.configuration.get(cluster.id)
        if reading is not None and cluster.id in on_clusters:
            yield KeysOn(cluster=cluster.name, keys=reading.keys, absent=reading.absent)
