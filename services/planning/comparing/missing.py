"""Keys of ConfigMaps and Secrets that one environment of an application has and another one lacks. Pure.

What is missing is decided where comparisons are made (`objects.object_differences`): a mark says what the comparison
shows to which it leads. Names are enough for that, so no value comes here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.comparisons import ObjectField
from domain.configuration import ConfigurationName
from domain.resources import Manifest
from services.planning.comparing.expected import Expectations, judged
from services.planning.comparing.neutral import Neutral
from services.planning.comparing.objects import OnCluster, object_differences
from services.planning.comparing.values import Comparison, Difference, SideName


@dataclass(frozen=True, kw_only=True)
class KeysOn:
    """What was read of one cluster: the keys of each object that is there, and what was looked for and is not there.

    Of any other object the reading says nothing.
    """

    cluster: str
    keys: Mapping[ConfigurationName, frozenset[str]]
    absent: frozenset[ConfigurationName]

    def says_of(self, name: ConfigurationName) -> bool:
        return name in self.keys or name in self.absent


@dataclass(frozen=True, kw_only=True)
class MissingObject:
    """A ConfigMap or Secret of which keys are missing; without `keys`, it is missing as a whole."""

    kind: str
    name: str
    keys: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.keys) or 1


@dataclass(frozen=True, kw_only=True)
class MissingKeys:
    """What an environment lacks that its `source` has: keys, and objects as a whole."""

    source: str
    objects: tuple[MissingObject, ...]

    @property
    def keys(self) -> int:
        return sum(len(each.keys) for each in self.objects)

    @property
    def whole_objects(self) -> int:
        return sum(not each.keys for each in self.objects)

    @property
    def count(self) -> int:
        return self.keys + self.whole_objects

    def at_most(self, names: int) -> tuple[MissingObject, ...]:
        """The first of the objects, with so many names of keys and of whole objects between them."""
        left, found = names, list[MissingObject]()
        for each in self.objects:
            if left <= 0:
                break
            found.append(MissingObject(kind=each.kind, name=each.name, keys=each.keys[:left]))
            left -= each.count
        return tuple(found)


def missing_from_comparison(comparison: Comparison, side: SideName) -> tuple[MissingObject, ...]:
    """What one side of a comparison lacks and is not expected to lack."""
    return tuple(_by_object(comparison.differences, side))


def missing_keys(
    source: Sequence[KeysOn], target: Sequence[KeysOn], *, expected: Iterable[ObjectField] = ()
) -> tuple[MissingObject, ...]:
    """What the target lacks on all of its clusters that the source has on one of its own, by kind and name.

    `expected` are the fields that a person marked as meant to differ between the two. What no reading of one of both
    sides says anything about is unknown, which is not missing.
    """
    expectations = Expectations(marked=tuple(expected))
    differences = (
        judged(each, expectations, (None, None))
        for name in sorted({name for each in source for name in each.keys})
        if _may_lack(name, source, target)
        for each in _differences(name, source, target)
    )
    return tuple(_by_object(differences, SideName.RIGHT))


def _may_lack(name: ConfigurationName, source: Sequence[KeysOn], target: Sequence[KeysOn]) -> bool:
    """Whether no cluster of the target has all that the source has; mostly one has, and nothing is compared."""
    wanted = frozenset().union(*(each.keys.get(name, frozenset()) for each in source))
    known = [each for each in target if each.says_of(name)]
    return bool(known) and not any(name in each.keys and wanted <= each.keys[name] for each in known)


def _differences(name: ConfigurationName, source: Sequence[KeysOn], target: Sequence[KeysOn]) -> Iterator[Difference]:
    left, right = (tuple(_on_clusters(name, side)) for side in (source, target))
    return object_differences(left, right, values_shown=False)


def _on_clusters(name: ConfigurationName, side: Iterable[KeysOn]) -> Iterator[OnCluster]:
    for each in side:
        if each.says_of(name):
            keys = each.keys.get(name)
            yield OnCluster(cluster=each.cluster, found=None if keys is None else _named(name, keys))


def _named(name: ConfigurationName, keys: frozenset[str]) -> Neutral:
    """The object with its keys, and the same value below each of them: only whether they are there is asked."""
    manifest = Manifest(
        {
            "apiVersion": "v1",
            "kind": name[0],
            "metadata": {"name": name[1]},
            "data": dict.fromkeys(sorted(keys), "present"),
        }
    )
    return Neutral(source=manifest, manifest=manifest, names={}, hosts=())


def _by_object(differences: Iterable[Difference], side: SideName) -> Iterator[MissingObject]:
    found: dict[ConfigurationName, list[str]] = {}
    for each in differences:
        if each.missing_in is side and not each.expected:
            keys = found.setdefault((each.resource.kind.name, each.resource.name), [])
            keys += [each.key] if each.key is not None else []
    for (kind, name), keys in sorted(found.items()):
        yield MissingObject(kind=kind, name=name, keys=tuple(sorted(keys)))
