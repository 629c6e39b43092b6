"""Converts kinds that are served in an older version too; they are stored in the newer one.

Versions of custom kinds differ only in their name and are not converted here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sandbox import bodies, patching
from sandbox.bodies import WriteOptions
from sandbox.definitions import Definitions
from sandbox.kinds import autoscaling_v1
from sandbox.patching import Patch, PatchType
from sandbox.resources import Catalogue, Resource
from sandbox.store import Object
from sandbox.writing import Writer, Written


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """Between an older version and the one that is kept."""

    kept: str
    up: Callable[[Object], Object]
    down: Callable[[Object], Object]


_CONVERSIONS = {
    ("autoscaling/v1", "horizontalpodautoscalers"): Conversion(
        kept="v2", up=autoscaling_v1.to_v2, down=autoscaling_v1.to_v1
    )
}


def conversion_of(resource: Resource) -> Conversion | None:
    return _CONVERSIONS.get((resource.api_version, resource.plural))


def served(resource: Resource, obj: Object) -> Object:
    """A stored object in the version that was asked for."""
    if obj["apiVersion"] == resource.api_version:
        return obj
    conversion = conversion_of(resource)
    return conversion.down(obj) if conversion else obj | {"apiVersion": resource.api_version}


class Versions:
    """Writes to one cluster in whatever version a request is made in."""

    def __init__(self, writer: Writer, kinds: Definitions, catalogue: Catalogue) -> None:
        self._writer = writer
        self._kinds = kinds
        self._catalogue = catalogue

    def create(self, resource: Resource, namespace: str, body: Any, options: WriteOptions) -> Written:
        """As `Writer.create`."""
        conversion = conversion_of(resource)
        if conversion is None:
            return self._writer.create(resource, namespace, body, options)
        obj, warnings = bodies.read(self._kinds.of(resource), body, options)
        written = self._writer.create(self._kept(resource, conversion), namespace, conversion.up(obj), options)
        return _down(conversion, written, warnings)

    def replace(self, resource: Resource, namespace: str, name: str, body: Any, options: WriteOptions) -> Written:
        """As `Writer.replace`."""
        conversion = conversion_of(resource)
        if conversion is None:
            return self._writer.replace(resource, namespace, name, body, options)
        obj, warnings = bodies.read(self._kinds.of(resource), body, options)
        written = self._writer.replace(self._kept(resource, conversion), namespace, name, conversion.up(obj), options)
        return _down(conversion, written, warnings)

    def patch(self, resource: Resource, namespace: str, name: str, patch: Patch, options: WriteOptions) -> Written:
        """As `Writer.patch`; a patch is made to the object as the older version shows it."""
        conversion = conversion_of(resource)
        if conversion is None:
            return self._writer.patch(resource, namespace, name, patch, options)
        kept, kind = self._kept(resource, conversion), self._kinds.of(resource)
        if patch.type is PatchType.APPLY:
            config = conversion.up(bodies.applied_config(kind, namespace, name, patch.body))
            written = self._writer.patch(kept, namespace, name, replace(patch, body=config), options)
            return _down(conversion, written, ())
        current = conversion.down(self._writer.existing(kept, namespace, name).object)
        obj, warnings = patching.patched(kind, current, patch, options)
        written = self._writer.replace(kept, namespace, name, conversion.up(obj), options)
        return _down(conversion, written, warnings)

    def _kept(self, resource: Resource, conversion: Conversion) -> Resource:
        kept = self._catalogue.at(resource.group, conversion.kept, resource.plural)
        assert kept is not None, f"{resource.plural} is served in no newer version than {resource.version}"
        return kept


def _down(conversion: Conversion, written: Written, warnings: tuple[str, ...]) -> Written:
    return replace(written, object=conversion.down(written.object), entry=None, warnings=warnings)
