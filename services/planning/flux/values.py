"""The values of a HelmRelease: where each is kept, as edits of what is kept there. Pure.

Values come from ConfigMaps and Secrets (`valuesFrom`), under the inline ones (`values`); one with a `targetPath` beats
all others (fluxcd/helm-controller docs/spec/v2/helmreleases.md). So a value that a ConfigMap gives by its path is
changed there, and any other inline. A HelmRelease that is itself written from Git keeps only the former: the
ConfigMap's key is what Git has left to others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.hand_overs import OwnerEdit
from domain.resources import Manifest
from services.planning.helm.value_search import Edits
from services.planning.helm.values import edited, is_settable, path_of, value_at

_INLINE = "spec.values."
_CONFIG_MAP = "ConfigMap "


@dataclass(frozen=True, order=True, kw_only=True)
class ConfigMapKey:
    """A key of a ConfigMap in the namespace of the HelmRelease."""

    name: str
    key: str

    @property
    def where(self) -> str:
        """As an edit names it: `ConfigMap images: web`."""
        return f"{_CONFIG_MAP}{self.name}: {self.key}"

    @classmethod
    def of(cls, where: str) -> "ConfigMapKey | None":
        """None where the edit is not one of a ConfigMap."""
        if not where.startswith(_CONFIG_MAP):
            return None
        name, _, key = where.removeprefix(_CONFIG_MAP).partition(": ")
        return cls(name=name, key=key)


def config_map_keys(release: Manifest) -> Mapping[str, ConfigMapKey]:
    """By the path of the value: the keys of ConfigMaps that give one, and beat whatever else does."""
    return {
        str(each["targetPath"]): ConfigMapKey(
            name=str(each.get("name", "")), key=str(each.get("valuesKey") or "values.yaml")
        )
        for each in _references(release)
        if each.get("targetPath") and each.get("kind") == "ConfigMap"
    }


def _from_secrets(release: Manifest) -> frozenset[str]:
    """The paths of values that Secrets give: an image in one of these is left alone."""
    return frozenset(
        str(each["targetPath"])
        for each in _references(release)
        if each.get("targetPath") and each.get("kind") != "ConfigMap"
    )


def can_make(release: Manifest, edits: Edits, *, from_git: bool) -> bool:
    """Whether the values can be set where they are kept. `from_git`: the HelmRelease itself is written from Git."""
    keys, secret, inline = config_map_keys(release), _from_secrets(release), _values(release)
    return all(
        edit.where in keys or (edit.where not in secret and not from_git and is_settable(inline, path_of(edit.where)))
        for edit in edits
    )


def owner_edits(release: Manifest, given: Mapping[ConfigMapKey, str], edits: Edits) -> tuple[OwnerEdit, ...]:
    """The edits of values as edits of what keeps them; `given` are the keys of ConfigMaps that there are."""
    keys, inline = config_map_keys(release), _values(release)
    return tuple(
        OwnerEdit(where=keys[edit.where].where, before=given.get(keys[edit.where]), after=edit.after)
        if edit.where in keys
        else OwnerEdit(where=f"{_INLINE}{edit.where}", before=value_at(inline, path_of(edit.where)), after=edit.after)
        for edit in edits
    )


def inline_value(release: Manifest, where: str) -> str | None:
    """What the HelmRelease has inline where an edit is made."""
    return value_at(_values(release), path_of(where.removeprefix(_INLINE)))


def with_inline(release: Manifest, edits: Iterable[OwnerEdit]) -> dict[str, Any]:
    """`spec.values` with these edits, of which all are inline ones."""
    return edited(
        _values(release),
        [OwnerEdit(where=edit.where.removeprefix(_INLINE), before=edit.before, after=edit.after) for edit in edits],
    )


def _values(release: Manifest) -> Mapping[str, Any]:
    values = release.spec.get("values")
    return values if isinstance(values, Mapping) else {}


def _references(release: Manifest) -> list[Mapping[str, Any]]:
    return [each for each in release.spec.get("valuesFrom") or () if isinstance(each, Mapping)]
