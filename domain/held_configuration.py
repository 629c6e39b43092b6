"""The ConfigMaps and Secrets that a release holds, so that one can go back to them. Pure values.

`db/held_configuration.py` keeps them: what holds values is sealed there, whatever its kind.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from domain.configuration import CONFIG_MAP, SECRET, ConfigurationName
from domain.resources import Kind, Manifest, ResourceId
from domain.secret_text import SecretText

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (CONFIG_MAP, SECRET)}


class Held(StrEnum):
    """How much of an object a release holds."""

    VALUES = "values"
    FINGERPRINTS = "fingerprints"  # of a Secret whose values the environment does not keep
    TOO_LARGE = "too-large"  # fingerprints as well, because the values are larger than a release may hold


@dataclass(frozen=True, kw_only=True)
class HeldContent:
    """What is written to put an object back. Its `repr` shows nothing, for it may be a Secret's."""

    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    binary_data: Mapping[str, str] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    type: str | None = None
    immutable: bool | None = None

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        body = manifest.body
        return cls(
            data=dict(body.get("data") or {}),
            binary_data=dict(body.get("binaryData") or {}),
            labels=dict(manifest.labels),
            annotations={key: value for key, value in manifest.annotations.items() if not _is_a_note(key)},
            type=body.get("type"),
            immutable=body.get("immutable"),
        )

    def to_text(self) -> SecretText:
        return SecretText(
            json.dumps(
                {
                    "data": dict(self.data),
                    "binary_data": dict(self.binary_data),
                    "labels": dict(self.labels),
                    "annotations": dict(self.annotations),
                    "type": self.type,
                    "immutable": self.immutable,
                },
                sort_keys=True,
            )
        )

    @classmethod
    def from_text(cls, text: SecretText) -> Self:
        return cls(**json.loads(text.value))

    def body(self, resource: ResourceId) -> dict[str, Any]:
        """The object as a manifest."""
        metadata: dict[str, Any] = {"name": resource.name}
        for name, values in (("labels", self.labels), ("annotations", self.annotations)):
            if values:
                metadata[name] = dict(values)
        members = {
            "data": dict(self.data),
            "binaryData": dict(self.binary_data),
            "type": self.type,
            "immutable": self.immutable,
        }
        identity = {"apiVersion": resource.kind.api_version, "kind": resource.kind.name, "metadata": metadata}
        return {**identity, **{name: value for name, value in members.items() if value}}


def _is_a_note(annotation: str) -> bool:
    """Kubectl's copy of what it applied quotes the whole object, values of Secrets too."""
    return annotation.startswith("kubectl.kubernetes.io/")


@dataclass(frozen=True, kw_only=True)
class HeldObject:
    """A ConfigMap or Secret as it was on one cluster when the release was recorded.

    `prints` are its keys with keyed fingerprints of their values, `print` is that of all of it. `content` is None
    unless `held` is `values` and they were asked for.
    """

    kind: str
    name: str
    prints: Mapping[str, str]
    print: str
    held: Held
    content: HeldContent | None = None

    @property
    def key(self) -> ConfigurationName:
        return self.kind, self.name

    @property
    def resource(self) -> ResourceId:
        return ResourceId(kind=KINDS[self.kind], name=self.name)


@dataclass(frozen=True, kw_only=True)
class HeldConfiguration:
    """What a release holds of one cluster. Of kinds in `unread` nothing is known: the credential might not read them.

    What the app environment had then and is not among `objects` was not there.
    """

    objects: tuple[HeldObject, ...] = ()
    unread: tuple[str, ...] = ()

    def find(self, name: ConfigurationName) -> HeldObject | None:
        return next((each for each in self.objects if each.key == name), None)
