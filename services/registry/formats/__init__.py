"""One provider a file: how its reports are proved, read and set up. Pure: bytes in, values out."""

from collections.abc import Mapping
from types import MappingProxyType

from db.words import Provider
from services.registry.formats import ci, distribution, docker_hub
from services.registry.formats.format import Format

__all__ = ["FORMATS", "Format"]

FORMATS: Mapping[Provider, Format] = MappingProxyType(
    {module.FORMAT.provider: module.FORMAT for module in (docker_hub, distribution, ci)}
)
