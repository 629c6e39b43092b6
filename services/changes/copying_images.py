"""Copies the images of operations between stored registries, with the credentials that are stored for them."""

from collections.abc import Callable

from db.transaction import Database
from domain.image_references import parse_image
from domain.stored.image_copies import ImageCopy
from services.reading.preflight.image_copies import image_at
from services.registry.copying.images import CopyProgress
from services.registry.oci import RegistryClients


class StoredRegistryCopies:
    """`services.engine.image_copies.ImageCopies`. Credentials are read for each copy, as they may have been renewed."""

    def __init__(self, db: Database, clients: RegistryClients) -> None:
        self._db = db
        self._clients = clients

    async def copy(self, image: ImageCopy, *, tell: Callable[[CopyProgress], None]) -> CopyProgress:
        """Copy what the target lacks. Raises `RegistryError`s."""
        async with self._db.read() as tx:
            known = await tx.registries.all()
        source = image_at(parse_image(image.source), image.digest, known)
        target = image_at(parse_image(image.target), image.digest, known)
        return await self._clients.copier.copy(source, target, tell=tell)
