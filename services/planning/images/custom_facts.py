"""What is known of an app environment's custom resources on one cluster: their health, and the images that they name.

Pure. Their operators decide what an image there means and when pods follow it, so none of them is a container's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.images import Image
from domain.resources import Manifest, ResourceId
from services.planning.health.absence import absent
from services.planning.health.assessment import assess
from services.planning.health.values import Health, HealthPolicy
from services.planning.objects.custom_images import may_name_images, references_named


@dataclass(frozen=True, kw_only=True)
class NamedImage:
    """An image that a custom resource names, and the path of the field, as `spec.image`."""

    path: str
    image: Image


@dataclass(frozen=True, kw_only=True)
class CustomResourceFacts:
    """A custom resource on one cluster, which need not be there: its health says so then."""

    resource: ResourceId
    health: Health
    images: tuple[NamedImage, ...] = ()


def custom_facts(
    requested: Sequence[ResourceId], found: Iterable[Manifest], *, now: datetime, policy: HealthPolicy
) -> tuple[CustomResourceFacts, ...]:
    """The facts of each of `requested`, in their order; what was not `found` is missing."""
    live = {(*each.id.group_kind, each.name): each for each in found}
    facts = []
    for resource in requested:
        manifest = live.get((*resource.group_kind, resource.name))
        if manifest is None:
            facts.append(CustomResourceFacts(resource=resource, health=absent(resource)))
            continue
        named = references_named(manifest) if may_name_images(resource.kind) else {}
        facts.append(
            CustomResourceFacts(
                resource=resource,
                health=assess(manifest, now=now, policy=policy),
                images=tuple(NamedImage(path=path, image=Image.of(named[path])) for path in sorted(named)),
            )
        )
    return tuple(facts)
