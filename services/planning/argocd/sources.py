"""The sources of an application of Argo CD, and the overrides that it keeps for them. Pure.

An override lies in the application itself, beside the address of the Git or chart repository, and wins over what that
says: `kustomize.images` and `helm.parameters` (argoproj/argo-cd pkg/apis/application/v1alpha1/types.go). The path of
one, as an `OwnerEdit` has it, names its source as well: after a change of the branch or the folder it is another one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.images.one_name import without_version
from services.planning.objects.owner_chains import without_user

KUSTOMIZE, HELM = "Kustomize", "Helm"
IDENTITY = ("repoURL", "path", "chart", "targetRevision")
"""The fields that say what a source is."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source: where it is in the application, and what renders it, as its status says (empty: it does not)."""

    label: str
    pointer: str
    tool: str
    body: Mapping[str, Any]

    @property
    def place(self) -> str:
        """For people: `https://git.example/shop.git, overlays/production at main`."""
        what = self.body.get("chart") or self.body.get("path") or "."
        address = without_user(str(self.body.get("repoURL", "")))
        return f"{address}, {what} at {self.body.get('targetRevision') or 'HEAD'}"

    @property
    def renders(self) -> bool:
        """Whether it has manifests: one that others refer to may only have files for these."""
        return bool(self.body.get("path") or self.body.get("chart")) or "ref" not in self.body


class Field(StrEnum):
    """Where a source keeps its overrides."""

    IMAGES = "kustomize.images"
    PARAMETERS = "helm.parameters"

    @property
    def keys(self) -> tuple[str, str]:
        tool, _, name = self.value.partition(".")
        return tool, name


@dataclass(frozen=True, kw_only=True)
class Override:
    """An entry among a source's overrides: of an image by its name, or a parameter. It need not be there."""

    source: Source
    field: Field
    name: str

    @property
    def where(self) -> str:
        return f"{self.source.label}.{self.field}[{self.name}] of {self.source.place}"

    @property
    def value(self) -> str | None:
        """The last entry counts; None where there is none."""
        found = [each for each in entries_of(self.source, self.field) if name_of(each) == self.name]
        if not found:
            return None
        return found[-1] if isinstance(found[-1], str) else str(found[-1].get("value", ""))


_WHERE = re.compile(
    r"(?P<label>spec\.source(?:s\[\d+\])?)\.(?P<field>kustomize\.images|helm\.parameters)\[(?P<rest>.*)"
)


def sources_of(application: Manifest) -> tuple[Source, ...]:
    """`spec.sources` takes precedence over `spec.source` (types.go, `ApplicationSpec.GetSources`)."""
    several = application.spec.get("sources")
    if several:
        tools = application.status.get("sourceTypes") or []
        return tuple(
            Source(
                label=f"spec.sources[{index}]",
                pointer=f"/spec/sources/{index}",
                tool=tools[index] if index < len(tools) else "",
                body=body,
            )
            for index, body in enumerate(several)
        )
    single = application.spec.get("source")
    if not isinstance(single, dict):
        return ()
    tool = str(application.status.get("sourceType", ""))
    return (Source(label="spec.source", pointer="/spec/source", tool=tool, body=single),)


def override_at(application: Manifest, where: str) -> Override | None:
    """The override with this path; None where its source is not there any more."""
    parsed = _WHERE.fullmatch(where)
    source = next((each for each in sources_of(application) if parsed and each.label == parsed["label"]), None)
    if parsed is None or source is None:
        return None
    name, end, place = parsed["rest"].rpartition("] of ")
    return Override(source=source, field=Field(parsed["field"]), name=name) if end and place == source.place else None


def pointer_of(application: Manifest, where: str) -> str | None:
    """The JSON pointer of the list that has the override with this path; None where its source is not there."""
    override = override_at(application, where)
    if override is None:
        return None
    tool, name = override.field.keys
    return f"{override.source.pointer}/{tool}/{name}"


def entries_of(source: Source, field: Field) -> Sequence[Any]:
    tool, name = field.keys
    return (source.body.get(tool) or {}).get(name) or []


def name_of(entry: Any) -> str:
    """What an entry overrides: the name of a parameter, or an image's name as the source has it.

    Of an image it is what stands before `=`; without one, all but tag and digest (kubernetes-sigs/kustomize
    kustomize/commands/edit/set/setimage.go).
    """
    if not isinstance(entry, str):
        return str(entry.get("name", ""))
    name, equals, _ = entry.partition("=")
    return name if equals else without_version(entry)


def given_by(entry: str) -> str:
    """The image that an entry of `kustomize.images` gives: what follows its `NAME=`."""
    return entry.partition("=")[2] or entry


def edited(entries: Sequence[Any], override: Override, value: str | None) -> list[Any]:
    """The entries with this value for an override; without a value, it is taken away."""
    positions = [index for index, each in enumerate(entries) if name_of(each) == override.name]
    entry: list[Any] = [] if value is None else [_entry(override, value)]
    if not positions:
        return [*entries, *entry]
    last = positions[-1]
    return [*entries[:last], *entry, *entries[last + 1 :]]


def _entry(override: Override, value: str) -> Any:
    """A parameter is a text in any case: `20260101` would become a number otherwise."""
    if override.field is Field.IMAGES:
        return value
    return {"name": override.name, "value": value, "forceString": True}
