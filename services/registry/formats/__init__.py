"""One module for each provider: how its reports are authenticated, read and set up. Pure: bytes in, values out."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.words import Provider
from services.registry.formats import (
    acr,
    artifactory,
    ci,
    cloudevents,
    distribution,
    docker_hub,
    ecr,
    ecr_sns,
    ghcr,
    gitea,
    gitlab,
    google,
    harbor,
    nexus,
    quay,
)
from services.registry.formats.format import Format

__all__ = ["FORMATS", "Format"]

_MODULES = (
    ci,
    docker_hub,
    ghcr,
    quay,
    harbor,
    gitlab,
    gitea,
    acr,
    ecr,
    ecr_sns,
    google,
    artifactory,
    nexus,
    distribution,
    cloudevents,
)
FORMATS: Mapping[Provider, Format] = MappingProxyType({module.FORMAT.provider: module.FORMAT for module in _MODULES})
