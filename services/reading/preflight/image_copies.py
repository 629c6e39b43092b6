"""Looks for images that their registry lacks where they are copied from: whether they are there, and can be copied.

Writes nothing that stays: the right to push is tried by an upload that is begun and cancelled.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from db.records.registries import RegistryRecord
from domain.image_mappings import ImageMapping, origin_of
from domain.image_references import ImageReference, try_parse_image
from domain.images import Image
from domain.stored.image_copies import ImageCopy
from services.kube.deadline import Deadline
from services.planning.preflight.registry_values import PlannedCopy
from services.reading.registry_access import access_to
from services.registry.copying.images import CopyProgress, ImageAt
from services.registry.errors import RegistryError
from services.registry.oci import RegistryClients, Resolved


async def read_copies(
    clients: RegistryClients,
    missing: Iterable[Image],
    mappings: Sequence[ImageMapping],
    known: Mapping[str, RegistryRecord],
    *,
    deadline: Deadline,
) -> dict[str, PlannedCopy]:
    """The copies of those missing images that a mapping says to copy, by reference. Raises nothing for a registry."""
    origins = {each.reference: (each, origin_of(each, mappings)) for each in missing}
    pairs = [(image, origin) for image, origin in origins.values() if origin is not None]
    planned = await asyncio.gather(*(_planned(clients, *pair, known, deadline) for pair in pairs))
    return {image.reference: copy for (image, _), copy in zip(pairs, planned, strict=True)}


async def _planned(
    clients: RegistryClients,
    image: Image,
    origin: Image,
    known: Mapping[str, RegistryRecord],
    deadline: Deadline,
) -> PlannedCopy:
    here, there = _parsed(origin), _parsed(image)
    lacking: CopyProgress | None = None
    found: Resolved | None = None
    problem: str | None = None
    pushable = False
    try:
        async with asyncio.timeout(deadline.left()):
            found = await _found(clients, here, known, deadline)
            if found is None:
                problem = f"{here.display} is not there either. Push it there first."
            else:
                source, target = image_at(here, found.digest, known), image_at(there, found.digest, known)
                await clients.copier.require_push_right(target)
                pushable = True
                lacking = await clients.copier.lacking(source, target)
    except RegistryError as error:
        problem = error.detail
    except TimeoutError:
        if found is None:
            problem = f"{here.registry} did not say in time whether it has {here.display}. Make the plan again."
    copy = ImageCopy(
        source=_named(here),
        target=_named(there),
        digest=found.digest if found is not None else "",
        blobs=lacking.blobs if lacking is not None else None,
        bytes=lacking.bytes if lacking is not None else None,
    )
    return PlannedCopy(
        copy=copy,
        platforms=found.platforms if found is not None else (),
        problem=problem,
        push_unread=problem is None and not pushable,
    )


async def _found(
    clients: RegistryClients, origin: ImageReference, known: Mapping[str, RegistryRecord], deadline: Deadline
) -> Resolved | None:
    access = access_to(origin.registry, known.get(origin.registry))
    if origin.digest is not None:
        return await clients.image(access, origin.repository, origin.digest, deadline_seconds=deadline.left())
    tag = origin.effective_tag or ""
    return await clients.resolve(access, origin.repository, tag, deadline_seconds=deadline.left())


def image_at(parsed: ImageReference, digest: str, known: Mapping[str, RegistryRecord]) -> ImageAt:
    """An image with this digest in its registry, with the credential that is stored for that."""
    access = access_to(parsed.registry, known.get(parsed.registry))
    return ImageAt(access=access, repository=parsed.repository, digest=digest, tag=parsed.tag)


def _named(parsed: ImageReference) -> str:
    return f"{parsed.full_name}:{parsed.tag}" if parsed.tag else parsed.full_name


def _parsed(image: Image) -> ImageReference:
    parsed = try_parse_image(image.reference)
    assert parsed is not None, "only valid references are asked for"
    return parsed
