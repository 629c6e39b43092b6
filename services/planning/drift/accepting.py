"""The plan to accept what runs: the images that the next release gets in place of the last one's. Pure.

Nothing is written to a cluster, so the plan says what is recorded: container by container, what the last release has
and what runs instead, and on which clusters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from domain.images import ContainerImage, ContainerKey, ContainerRef, Image
from domain.problems import Problem
from domain.resources import ResourceId
from services.planning.drift.accepted_places import (
    Place,
    Places,
    agree,
    agreed_image,
    is_same,
    other_content,
    places_of,
)
from services.planning.drift.accepting_fields import AcceptedFields, no_release
from services.planning.drift.accepting_problems import (
    about_apart,
    about_changes,
    about_differing,
    about_unread,
    none_has_it,
    not_found,
    nothing_to_accept,
)
from services.planning.drift.observing import ReleaseImages
from services.planning.images.releases import images_for, release_of
from services.planning.images.running import ClusterFacts
from services.planning.plan import digest_of


@dataclass(frozen=True, kw_only=True)
class AcceptedImage:
    """A container whose image in the release changes. `before` is None where the last release has none.

    `clusters` run `after`.
    """

    workload: ResourceId
    container: str
    init: bool
    before: Image | None
    after: Image
    clusters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AcceptancePlan:
    """What accepting records. `release` is the number of the last release, 0 without one.

    `cluster` was named as the one whose images count; None: all had to agree. The next release has `images`, and
    `clusters` have it: all that run them. `fields` are taken as they are, cluster by cluster.
    """

    environment: str
    cluster: str | None
    release: int
    changes: tuple[AcceptedImage, ...]
    images: tuple[ContainerImage, ...]
    clusters: tuple[str, ...]
    problems: tuple[Problem, ...]
    fields: tuple[AcceptedFields, ...] = ()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        return self.problems

    @property
    def blocked(self) -> bool:
        return any(problem.blocks for problem in self.problems)

    @cached_property
    def digest(self) -> str:
        """Of the release that is recorded, and of the one before it; problems do not enter it."""
        fields = sorted(
            [each.cluster, str(each.resource), digest_of(each.now.fields), *(one.path for one in each.fields)]
            for each in self.fields
        )
        return digest_of(
            {
                **({"fields": fields} if fields else {}),
                "release": self.release,
                "clusters": sorted(self.clusters),
                "images": sorted(
                    [*image.key, image.cluster or "", image.image.reference, image.image.digest or ""]
                    for image in self.images
                ),
            }
        )


@dataclass(frozen=True, kw_only=True)
class _Accepted:
    """The image that one cluster has in a container, as the next release has it; `changed` from the last one."""

    place: Place
    before: Image | None
    after: Image
    changed: bool

    @property
    def recorded(self) -> Image:
        """What is unchanged stays as the last release spells it, with the digest that it knows."""
        return self.after if self.changed or self.before is None else self.before


@dataclass(frozen=True, kw_only=True)
class _Last:
    """The last release, and the containers that are accepted: None for all."""

    release: ReleaseImages | None
    selected: frozenset[ContainerKey] | None

    def on(self, cluster: str) -> dict[ContainerKey, ContainerImage]:
        images = images_for(self.release.images, cluster) if self.release is not None else ()
        return {image.key: replace(image, cluster=None) for image in images}

    def is_on(self, cluster: str) -> bool:
        return self.release is not None and cluster in self.release.clusters


def plan_acceptance(
    environment: str,
    facts: Sequence[ClusterFacts],
    release: ReleaseImages | None,
    *,
    cluster: str | None,
    selected: Sequence[ContainerRef] | None,
    fields: Sequence[AcceptedFields] = (),
) -> AcceptancePlan:
    """What accepting the images that run would record; the primary cluster is the first of `facts`.

    `cluster` names the one whose images count where clusters differ. `selected` None means all containers; the others
    stay as the last release has them. `fields` are accepted beside them.
    """
    last = _Last(release=release, selected=frozenset(ref.key for ref in selected) if selected is not None else None)
    everything = places_of(one for one in facts if one.failure is None)
    places = {key: found for key, found in everything.items() if last.selected is None or key in last.selected}
    sources = {key: [one for one in found if one.cluster == cluster] or found for key, found in places.items()}
    after = {key: agreed_image(found) for key, found in sources.items() if agree(found)}
    accepted = _accepted(places, after, last)
    changed = [each for each in accepted if each.changed]
    having = [one.cluster for one in facts if one.failure is None and _has_it(one.cluster, everything, after, last)]
    problems = [
        *about_unread(facts, cluster),
        *about_apart(environment, [found for found in sources.values() if not agree(found)]),
        *about_changes([(each.place, each.before, each.after) for each in changed]),
        *about_differing(
            [(one, after[key]) for key, found in places.items() if key in after for one in found]
            if cluster is not None
            else []
        ),
        *not_found(environment, [ref for ref in selected or () if ref.key not in places]),
    ]
    number = release.number if release is not None else 0
    if not changed and fields:
        if release is None:
            problems.append(no_release(environment))
        elif not having:  # it runs no containers, or all of them drifted: the release is where it was
            having = [one.cluster for one in facts if last.is_on(one.cluster)]
    elif not changed and not any(problem.blocks for problem in problems):
        problems.append(nothing_to_accept(environment, number, cluster))
    elif not having and not any(problem.blocks for problem in problems):
        problems.append(none_has_it(number))
    return AcceptancePlan(
        environment=environment,
        cluster=cluster,
        release=number,
        changes=_changes(changed),
        images=release_of({name: _images_on(name, accepted, last) for name in having}),
        clusters=tuple(having),
        problems=tuple(problems),
        fields=tuple(fields),
    )


def _accepted(places: Places, after: Mapping[ContainerKey, Image], last: _Last) -> list[_Accepted]:
    """Container by container, on the clusters that run what is accepted."""
    found = []
    for key, on in places.items():
        image = after.get(key)
        for place in on:
            if image is None or not is_same(place.container.image, image):
                continue
            had = last.on(place.cluster).get(key)
            before = had.image if had is not None else None
            changed = before is None or not is_same(before, image) or _hides_content(before, image, place)
            found.append(_Accepted(place=place, before=before, after=image, changed=changed))
    return found


def _hides_content(before: Image, after: Image, place: Place) -> bool:
    """Whether pods run other content than the release says, and it is not known to be one: they report several."""
    return after.digest is None and other_content(before, place.container)


def _has_it(cluster: str, places: Places, after: Mapping[ContainerKey, Image], last: _Last) -> bool:
    """Whether a cluster will have the next release: it runs what is accepted, and has had or runs the rest."""
    here = [(key, place) for key, found in places.items() for place in found if place.cluster == cluster]
    had = {} if last.is_on(cluster) else {key: image.image for key, image in last.on(cluster).items()}
    expected = {**had, **after}
    return bool(here) and all(is_same(place.container.image, expected[key]) for key, place in here if key in expected)


def _images_on(cluster: str, accepted: Iterable[_Accepted], last: _Last) -> tuple[ContainerImage, ...]:
    """The next release's images on one cluster; without a selection, those of containers that it no longer has go."""
    here = {each.place.key: each for each in accepted if each.place.cluster == cluster}
    images = {key: image for key, image in last.on(cluster).items() if last.selected is not None or key in here}
    for key, each in here.items():
        place = each.place
        images[key] = ContainerImage(
            workload=place.workload.resource,
            container=place.container.name,
            init=place.container.init,
            image=each.recorded,
        )
    return tuple(images.values())


def _changes(changed: Iterable[_Accepted]) -> tuple[AcceptedImage, ...]:
    """One for all clusters on which the last release has the same image."""
    clusters: dict[tuple[ContainerKey, Image | None], list[_Accepted]] = {}
    for each in changed:
        clusters.setdefault((each.place.key, each.before), []).append(each)
    return tuple(
        AcceptedImage(
            workload=group[0].place.workload.resource,
            container=group[0].place.container.name,
            init=group[0].place.container.init,
            before=before,
            after=group[0].after,
            clusters=tuple(each.place.cluster for each in group),
        )
        for (_, before), group in clusters.items()
    )
