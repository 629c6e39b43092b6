"""Where images are that a report names by the key of a repository: the receiver's settings say it."""

from services.registry.deliveries import UnreadableDeliveryError
from services.registry.formats.reading import Node
from services.registry.names import split_host
from services.registry.settings import ReceiverSettings


def placed(key: Node, name: Node, settings: ReceiverSettings) -> tuple[str, Node]:
    """Registry, and repository there. Raises `UnreadableDeliveryError` where the settings do not tell."""
    prefix = settings.repositories.get(key.text())
    if prefix is not None:
        registry, path = split_host(prefix)
        return registry, Node("/".join(filter(None, (path, name.text()))), name.path)
    if settings.registry:
        return settings.registry, name
    raise UnreadableDeliveryError(
        f"The receiver's settings do not say where the repository in {key.path} is pulled from. Add its key to "
        "repositories, with the registry (and path) that stands before its images' names.",
        field=key.path,
    )
