"""Locates images that a report names by the key of a repository, by the receiver's settings."""

from domain.stored.receivers import ReceiverSettings
from services.registry.deliveries import IgnoredEvent
from services.registry.formats.reading import Node
from services.registry.names import split_host


def placed(key: Node, name: Node, settings: ReceiverSettings) -> tuple[str, Node] | IgnoredEvent:
    """Registry and repository of an image; where the settings lack the key, the event is of no concern here.

    Senders report all their repositories, those of charts and packages among them: that is no fault of the report.
    """
    prefix = settings.repositories.get(key.text())
    if prefix is not None:
        registry, path = split_host(prefix)
        return registry, Node("/".join(filter(None, (path, name.text()))), name.path)
    if settings.registry:
        return settings.registry, name
    return IgnoredEvent(
        code="other-repository",
        reason=f"The receiver's settings do not say where the repository in {key.path} is pulled from. To have its "
        "images, add its key to repositories, with the registry (and path) that its image names begin with.",
    )
