"""Configuration that new pods need and the target lacks: references that lead nowhere, keys that the source has. Pure.

A pod whose ConfigMap, Secret, key, volume or account is missing does not start, and the pods that run do not show it:
they read it when they started (https://kubernetes.io/docs/concepts/configuration/configmap/). Keys that only the source
has are what a new image may read. Optional references are normal, and so is what a person marked as meant to differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from domain.configuration import CONFIG_MAP, SECRET
from domain.problems import Problem, Remedy, Severity
from domain.resources import Kind, Manifest, ResourceId
from domain.words import ImageConsent
from services.planning.comparing.missing import KeysOn, missing_keys
from services.planning.objects.identity import ObjectKey
from services.planning.objects.reference_values import Need, Reference, is_published
from services.planning.objects.references import references_of
from services.planning.preflight.values import ConfigurationFacts, PlannedOn, PreflightFacts, SourceKeys

MISSING_REFERENCE = "missing-reference"
CONFIGURATION_GAP = "configuration-gap"
BRING_KEYS = "bring-keys"
TYPE_KEYS = "type-keys"

_KINDS: Mapping[tuple[str, str], Kind] = {(kind.group, kind.name): kind for kind in (CONFIG_MAP, SECRET)}
_NAMED = 6  # keys that a sentence names

Lacking = tuple[ObjectKey, str | None]
"""An object, and the key of it that is missing; None where the object is."""


def configuration_gap(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """What the workloads that get new pods lack on this cluster."""
    if facts.configuration is None:
        return
    workloads = planned.replaced(facts)
    reported = set[Lacking]()
    for workload in workloads:
        for reference, lacking in _leading_nowhere(workload, facts.configuration):
            reported.add(lacking)
            remedy = (
                _typing_in(workload, reference, lacking)
                if planned.source is None
                else _bringing_referenced(reference, planned.source)
            )
            yield _missing(facts.cluster, workload, reference, planned.allow, remedy)
    if planned.source is not None:
        yield from _gaps(facts, workloads, planned.source, reported)


def _leading_nowhere(workload: Manifest, configuration: ConfigurationFacts) -> Iterator[tuple[Reference, Lacking]]:
    """References that are not optional, and what they lead to is known not to be there: each thing once."""
    seen = set[Lacking]()
    for reference in references_of(workload):
        if reference.need is Need.OPTIONAL or is_published(reference):
            continue
        key = ObjectKey.of_kind(reference.group_kind, reference.name)
        if key in configuration.absent:
            lacking: Lacking = (key, None)
        elif reference.key is not None and reference.key not in configuration.keys.get(key, {reference.key}):
            lacking = (key, reference.key)
        else:
            continue
        if lacking not in seen:
            seen.add(lacking)
            yield reference, lacking


def _missing(
    cluster: str, workload: Manifest, reference: Reference, allow: frozenset[str], remedy: Remedy | None
) -> Problem:
    what = f"key {reference.key} of {reference.label}" if reference.key else reference.label
    hard = reference.need is Need.REQUIRED and ImageConsent.MISSING_REFERENCES not in allow
    return Problem(
        code=MISSING_REFERENCE,
        severity=Severity.BLOCKS if hard else Severity.WARNS,
        detail=f"{workload.id.label} {reference.verb} {what}, which is not on the cluster: {reference.consequence}.",
        cluster=cluster,
        resource=workload.id,
        field=reference.field,
        consent=ImageConsent.MISSING_REFERENCES if hard else None,
        remedy=remedy,
    )


def _bringing_referenced(reference: Reference, source: SourceKeys) -> Remedy | None:
    """Bring the key, or all keys of the object: where the source has them."""
    kind = _KINDS.get(reference.group_kind)
    if kind is None:
        return None
    there = [
        each.keys[kind.name, reference.name] for each in source.clusters if (kind.name, reference.name) in each.keys
    ]
    keys = sorted(frozenset().union(*there))
    if reference.key is not None:
        keys = [key for key in keys if key == reference.key]
    return bringing(kind, reference.name, keys) if keys else None


def _typing_in(workload: Manifest, reference: Reference, lacking: Lacking) -> Remedy | None:
    """Type in the key, or all keys of the missing object that pods name: a deploy has no source to copy them from."""
    kind = _KINDS.get(reference.group_kind)
    if kind is None:
        return None
    of_object = [
        each.key
        for each in references_of(workload)
        if (each.group_kind, each.name) == (reference.group_kind, reference.name) and each.need is not Need.OPTIONAL
    ]
    _, key = lacking
    keys = sorted({each for each in of_object if each is not None}) if key is None else [key]
    if not keys:
        return None
    return Remedy(
        code=TYPE_KEYS,
        title=f"Type in {_named(keys)} of {kind.name} {reference.name}",
        request={"bring": [{"kind": kind.name, "name": reference.name, "keys": keys}]},
    )


def bringing(kind: Kind, name: str, keys: Sequence[str]) -> Remedy:
    """The remedy that brings these keys of an object, before the images."""
    return Remedy(
        code=BRING_KEYS,
        title=f"Bring {len(keys)} key{'s' if len(keys) > 1 else ''} of {kind.name} {name}",
        request={"bring": [{"kind": kind.name, "name": name, "keys": [*keys]}]},
    )


def _gaps(
    facts: PreflightFacts, workloads: Iterable[Manifest], source: SourceKeys, reported: set[Lacking]
) -> Iterator[Problem]:
    """Keys of the source that pods would see, were they there: of objects that they read as a whole."""
    assert facts.configuration is not None
    read = {key for workload in workloads for key in read_whole(workload)}
    here = KeysOn(
        cluster=facts.cluster,
        keys={(key.kind, key.name): keys for key, keys in facts.configuration.keys.items() if key in read},
        absent=frozenset(),
    )
    for each in missing_keys(source.clusters, (here,), expected=source.expected):
        kind = _KINDS["", each.kind]
        of_object = ObjectKey(group="", kind=each.kind, name=each.name)
        keys = [key for key in each.keys if (of_object, key) not in reported]
        if keys:
            yield Problem(
                code=CONFIGURATION_GAP,
                severity=Severity.WARNS,
                detail=(
                    f"{each.kind} {each.name} lacks {_named(keys)}, which it has in {source.environment}. "
                    "The new image may need what is missing."
                ),
                cluster=facts.cluster,
                resource=ResourceId(kind=kind, name=each.name),
                remedy=bringing(kind, each.name, keys),
            )


def read_whole(workload: Manifest) -> Iterator[ObjectKey]:
    """ConfigMaps and Secrets of which pods see every key: no volume that lists its `items`, no single variable."""
    references = [each for each in references_of(workload) if each.group_kind in _KINDS]
    listed = {each.field.removesuffix(".items") for each in references if each.field.endswith(".items")}
    for each in references:
        if each.key is None and each.field not in listed and not is_published(each):
            yield ObjectKey.of_kind(each.group_kind, each.name)


def _named(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return f"key{'s' if len(keys) > 1 else ''} {', '.join(keys[:_NAMED])}{more}"
