"""The schema and rules of each served resource, updated as CustomResourceDefinitions change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import schema
from sandbox.clock import rfc3339
from sandbox.kinds import RULES
from sandbox.kinds.custom import rules_of
from sandbox.kinds.rules import Rules
from sandbox.resources import Catalogue, Resource
from sandbox.store import Key, Object, Store

DEFINITIONS = ("apiextensions.k8s.io", "customresourcedefinitions")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that a definition asks to be printed."""

    name: str
    type: str
    path: str
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class ScalePaths:
    """Where an object keeps what its Scale shows; `selector` is empty where it has none to show as text."""

    wanted: tuple[str, ...] = ("spec", "replicas")
    present: tuple[str, ...] = ("status", "replicas")
    selector: tuple[str, ...] = ()

    @classmethod
    def of(cls, scale: Mapping[str, str]) -> "ScalePaths":
        """As a definition gives them: `.spec.replicas`."""

        def path(name: str) -> tuple[str, ...]:
            return tuple(step for step in scale.get(name, "").split(".") if step)

        return cls(
            wanted=path("specReplicasPath"), present=path("statusReplicasPath"), selector=path("labelSelectorPath")
        )


WORKLOAD_SCALE = ScalePaths()


@dataclass(frozen=True, kw_only=True)
class Definition:
    """How objects of one served resource look and what holds for them."""

    resource: Resource
    schema: schema.Node
    rules: Rules
    columns: tuple[Column, ...] = ()
    openapi: Mapping[str, Any] = field(default_factory=dict)
    """Of a custom kind: the schema as it was given."""
    scale: ScalePaths = WORKLOAD_SCALE

    @property
    def has_status(self) -> bool:
        """The main endpoint leaves the status alone."""
        return "status" in self.resource.subresources

    @property
    def empty(self) -> Object:
        return {"metadata": {}} | self.rules.empty


class Definitions:
    """The definitions of one cluster's resources."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_address: dict[tuple[str, str, str], Definition] = {}
        for resource in catalogue:
            node = schema.built_in(resource.api_version, resource.kind)
            assert node is not None, resource
            self._add(
                Definition(
                    resource=resource,
                    schema=node,
                    rules=RULES.get((resource.group, resource.plural), Rules()),
                )
            )

    def of(self, resource: Resource) -> Definition:
        return self._by_address[resource.group, resource.version, resource.plural]

    def _add(self, definition: Definition) -> None:
        resource = definition.resource
        self._by_address[resource.group, resource.version, resource.plural] = definition

    def follow(self, before: Object | None, after: Object | None) -> None:
        """A CustomResourceDefinition came, changed or went."""
        for definition in _definitions_in(before) if before else ():
            self._catalogue.drop(definition.resource)
        for definition in _definitions_in(after) if after else ():
            self._catalogue.add(definition.resource)
            self._add(definition)


def _definitions_in(crd: Object) -> Iterator[Definition]:
    spec = crd["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        openapi = (version.get("schema") or {}).get("openAPIV3Schema") or {}
        resource = Resource(
            group=spec["group"],
            version=version["name"],
            plural=names["plural"],
            kind=names["kind"],
            namespaced=spec["scope"] == "Namespaced",
            singular=names.get("singular", ""),
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=tuple(version.get("subresources") or ()),
            custom=True,
        )
        columns = tuple(
            Column(name=c["name"], type=c["type"], path=c["jsonPath"], priority=c.get("priority", 0))
            for c in version.get("additionalPrinterColumns") or ()
        )
        yield Definition(
            resource=resource,
            schema=schema.custom(openapi),
            rules=rules_of(openapi),
            columns=columns,
            openapi=openapi,
            scale=ScalePaths.of((version.get("subresources") or {}).get("scale") or {}),
        )


def established(crd: Object, now: Any) -> Object:
    """The definition with the status that says it is served."""
    conditions = [
        {
            "type": kind,
            "status": "True",
            "lastTransitionTime": rfc3339(now),
            "reason": reason,
            "message": message,
        }
        for kind, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    status = crd["status"] | {"acceptedNames": crd["spec"]["names"], "conditions": conditions}
    return crd | {"metadata": dict(crd["metadata"]), "status": status}


def remove_instances(store: Store, crd: Object) -> None:
    """A definition takes the objects of its kind with it."""
    group, plural = crd["spec"]["group"], crd["spec"]["names"]["plural"]
    for entry in store.select(group, plural):
        store.remove(Key(group, plural, entry.key.namespace, entry.key.name))
