"""Locates images that a report names by the key of a repository, by the receiver's settings."""

from domain.stored.receivers import ReceiverSettings
from services.registry.deliveries import UnreadableDeliveryError
from services.registry.formats.reading import Node
from services.registry.names import split_host


def placed(key: Node, name: Node, settings: ReceiverSettings) -> tuple[str, Node]:
    """Registry and repository of an image. Raises `UnreadableDeliveryError` where the settings lack the key."""
    prefix = settings.repositories.get(key.text())
    if prefix is not None:
        registry, path = split_host(prefix)
        return registry, Node("/".join(filter(None, (path, name.text()))), name.path)
    if settings.registry:
        return settings.registry, name
    raise UnreadableDeliveryError(
        f"The receiver's settings do not say where the repository in {key.path} is pulled from. Add its key to "
        "repositories, with the registry (and path) that its image names begin with.",
        field=key.path,
    )
