"""The version that each stored document carries."""

from collections.abc import Mapping
from typing import Any


class UnknownVersionError(ValueError):
    """A document of a version that this release cannot read: a newer release wrote it."""

    def __init__(self, form: str, version: object) -> None:
        super().__init__(f"A stored {form} has the version {version}, which a newer release of Stagecoach wrote.")


def check_version(stored: Mapping[str, Any], *, form: str, newest: int) -> int:
    """The document's version; 1 where it has none, as the first releases wrote. Raises `UnknownVersionError`."""
    version = stored.get("version", 1)
    if not isinstance(version, int) or not 1 <= version <= newest:
        raise UnknownVersionError(form, version)
    return version
