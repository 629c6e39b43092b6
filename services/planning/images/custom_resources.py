"""Names the images of custom resources that differ between source and target, which a promotion leaves alone.

Pure. Their operators decide what such a field means and when pods follow it, so it is no container's image to promote;
but a plan that says nothing of it would read as if the target ran what the source runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.cluster_api import ClusterFailure
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.image_mappings import ImageMapping, mapped_reference
from domain.image_references import same_image
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from services.planning.objects.custom_images import images_named, may_name_images

_SHOWN = 5  # fields of one resource


@dataclass(frozen=True, kw_only=True)
class CustomFacts:
    """The custom resources of an app environment on one cluster, or why they could not be read."""

    cluster: str
    found: tuple[Manifest, ...] = ()
    failure: ClusterFailure | None = None


def in_both(
    one: Iterable[ResourceId], other: Iterable[ResourceId], declared: DeclaredKinds = NONE_DECLARED
) -> tuple[ResourceId, ...]:
    """The custom resources that both app environments have, in the version of the first; none of a declared kind."""
    known = {_key(each) for each in other}
    return tuple(
        each for each in one if may_name_images(each.kind) and declared.of(each.kind) is None and _key(each) in known
    )


def custom_image_problems(
    sources: Sequence[CustomFacts], targets: Sequence[CustomFacts], *, mappings: Sequence[ImageMapping] = ()
) -> tuple[Problem, ...]:
    """A warning for each resource whose images differ, once for all clusters on which they differ alike.

    An image that the target's `mappings` name otherwise there is the same.
    """
    problems = list(_unread((*sources, *targets)))
    source = next((one for one in sources if one.failure is None), None)
    if source is None:
        return tuple(problems)
    read = [one for one in targets if one.failure is None]
    for resource in source.found:
        named = {path: mapped_reference(image, mappings) for path, image in images_named(resource).items()}
        alike: dict[str, list[str]] = {}
        for one in read:
            other = next((each for each in one.found if _key(each.id) == _key(resource.id)), None)
            different = _different(named, images_named(other)) if other is not None else ""
            if different:
                alike.setdefault(different, []).append(one.cluster)
        for different, clusters in alike.items():
            problems.append(_differs(resource.id, different, clusters if len(clusters) < len(read) else []))
    return tuple(problems)


def _unread(facts: Iterable[CustomFacts]) -> Iterable[Problem]:
    for one in facts:
        if one.failure is not None:
            yield Problem(
                code="custom-resources-unread",
                severity=Severity.WARNS,
                detail=f"Images in custom resources are not compared: they could not be read. {one.failure.detail}",
                cluster=one.cluster,
            )


def _different(source: Mapping[str, str], target: Mapping[str, str]) -> str:
    """The fields that differ, in words; "" where none does."""
    paths = [path for path in {**source, **target} if not _equal(source.get(path), target.get(path))]
    shown = [
        f"{path} is {source.get(path) or 'not set'} at the source and {target.get(path) or 'not set'} here"
        for path in sorted(paths)[:_SHOWN]
    ]
    more = [f"{len(paths) - _SHOWN} more fields differ"] if len(paths) > _SHOWN else []
    return ", ".join((*shown, *more))


def _equal(one: str | None, other: str | None) -> bool:
    return one == other or (one is not None and other is not None and same_image(one, other))


def _differs(resource: ResourceId, different: str, clusters: Sequence[str]) -> Problem:
    where = f" on {', '.join(clusters)}" if clusters else ""
    return Problem(
        code="image-in-custom-resource",
        severity=Severity.WARNS,
        detail=(
            f"{resource.label}{where}: {different}. A promotion changes the images of pod templates, none in custom "
            "resources. Change it in the target, or import the resource again."
        ),
        resource=resource,
    )


def _key(resource: ResourceId) -> tuple[str, str, str]:
    return (*resource.group_kind, resource.name)
