"""What registries say of the images that a configure or an import brings, added to its plan. Pure.

The findings are those of a promotion. The digest does not cover them: what is written is the same with and without.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from domain.declared_kinds import DeclaredKinds
from domain.image_mappings import ImageMapping, named_elsewhere
from domain.images import Image, ImageChange
from domain.problems import Problem
from domain.resources import Manifest
from domain.words import Action
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan
from services.planning.objects.declared_images import containers_of
from services.planning.preflight.ordering import by_severity, said_once
from services.planning.preflight.registry_images import image_findings
from services.planning.preflight.registry_values import RegistryAnswers

ImagesOnClusters = Mapping[str, tuple[ImageChange, ...]]
"""The images that a plan brings, by cluster."""


def images_of_copy(plan: CopyPlan, mappings: Sequence[ImageMapping], declared: DeclaredKinds) -> ImagesOnClusters:
    """The images that workloads get on each cluster, without those that they have there already.

    What a new workload had before is its image under the name that it has elsewhere.
    """
    return {each.cluster: tuple(_changes(each, mappings, declared)) for each in plan.clusters if each.reachable}


def with_copied_images(plan: CopyPlan, images: ImagesOnClusters, answers: RegistryAnswers) -> CopyPlan:
    """The plan with these findings, and the images that are copied to their registry first."""
    found: dict[str, tuple[Problem, ...]] = {
        cluster: tuple(image_findings(cluster, of_one, answers)) for cluster, of_one in images.items() if of_one
    }
    shared, apart = said_once(found)
    return replace(
        plan,
        copies=tuple(each.copy for each in answers.copies.values() if each.problem is None),
        problems=by_severity((*plan.problems, *shared)),
        clusters=tuple(
            replace(one, problems=by_severity((*one.problems, *apart.get(one.cluster, ())))) for one in plan.clusters
        ),
    )


def _changes(
    cluster: ClusterCopyPlan, mappings: Sequence[ImageMapping], declared: DeclaredKinds
) -> Iterator[ImageChange]:
    for planned in cluster.resources:
        if not planned.writes or planned.desired is None:
            continue
        has = _images(planned.live, declared) if planned.live is not None else {}
        for container in containers_of(planned.desired, declared.of(planned.resource.kind)):
            after = Image.of(container.image)
            before = has.get((container.name, container.init)) or named_elsewhere(after, mappings)
            if planned.live is not None and before.reference == after.reference:
                continue
            yield ImageChange(
                workload=planned.resource,
                container=container.name,
                init=container.init,
                pointer=container.pointer,
                before=before,
                after=after,
                action=Action.UPDATE,
            )


def _images(manifest: Manifest, declared: DeclaredKinds) -> dict[tuple[str, bool], Image]:
    found = containers_of(manifest, declared.of(manifest.kind))
    return {(each.name, each.init): Image.of(each.image) for each in found}
