"""How an object is identified whatever version it is read in: group and kind, as one name or with the object's name.

Pure. Namespaces are left out: one plan is about one namespace.
"""

from dataclasses import dataclass

from domain.resources import Kind, Manifest, ResourceId

GroupKind = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ObjectKey:
    """Group, kind and name of an object. `group` is the empty string for the core group."""

    group: str
    kind: str
    name: str

    @classmethod
    def of(cls, manifest: Manifest) -> "ObjectKey":
        return cls(group=manifest.kind.group, kind=manifest.kind.name, name=manifest.name)

    @classmethod
    def of_resource(cls, resource: ResourceId) -> "ObjectKey":
        return cls(group=resource.kind.group, kind=resource.kind.name, name=resource.name)

    @classmethod
    def of_kind(cls, group_kind: GroupKind, name: str) -> "ObjectKey":
        return cls(group=group_kind[0], kind=group_kind[1], name=name)


def kind_name(kind: Kind) -> str:
    """A kind as kubectl and Go's `schema.GroupKind` write it: `Service`, `Deployment.apps`."""
    return f"{kind.name}.{kind.group}" if kind.group else kind.name
