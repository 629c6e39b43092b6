"""The spec of a configure or an import, and how it is split into what a row may hold and the values of Secrets.

Values of Secrets never enter the row of an operation: they are taken out of the spec and passed on beside it, by
Secret and key, to be sealed when the operation is queued and erased when it ends.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from domain.images import ContainerKey
from domain.overrides import Overrides
from domain.resources import Manifest
from domain.secret_text import SecretText, SecretValues
from domain.stored.levels import StoredLevel
from domain.stored.requests import CopyRequest, ImportSource, StoredOverrides
from domain.words import CopyDelivery
from services.planning.copying.node_ports import LAST_APPLIED
from services.planning.copying.plan import CopyChoices
from services.planning.objects.redact import is_secret
from services.reading.copy_facts import CopyInput, SourceNamespace

# What stands in a stored request for a withheld value: the text that a person typed, or base64 where it is no text.
_TEXT, _BINARY = "withheld", "withheld-base64"


class ValuesMissingError(Exception):
    """A value that was typed in has been erased; the text is the `name/key` of the first such value."""


@dataclass(frozen=True, kw_only=True)
class CopySpec:
    """What to copy, to which namespace, and how: from `source` for an import, from `manifests` for a configure.

    `restart`: workloads that read what is changed are restarted after it. With `level`, one cluster is brought level
    with the others of its environment. With `delivery` to Git, files are written instead of the clusters.
    """

    namespace: str
    choices: CopyChoices
    source: ImportSource | None = None
    manifests: tuple[Manifest, ...] = ()
    restart: bool = False
    level: StoredLevel | None = None
    delivery: CopyDelivery = CopyDelivery.CLUSTER

    def input_from(self, source: SourceNamespace | None) -> CopyInput:
        """What the planner has to read; `source` is this spec's source with the gateway to its cluster."""
        return CopyInput(
            namespace=self.namespace,
            overrides=self.choices.overrides,
            source=source,
            resources=self.source.resources if self.source is not None else (),
            manifests=self.manifests,
        )

    def to_stored(self) -> tuple[CopyRequest, SecretValues]:
        """The request without any Secret's value, and these values apart."""
        values: dict[str, dict[str, SecretText]] = {}
        overrides = _withhold_overrides(self.choices.overrides, values)
        manifests = tuple(_withhold(manifest, values) for manifest in self.manifests)
        request = CopyRequest(
            namespace=self.namespace,
            on_conflict=self.choices.on_conflict,
            overrides=overrides,
            source=self.source,
            manifests=manifests,
            restart=self.restart,
            level=self.level,
            delivery=self.delivery,
            image_mappings=self.choices.mappings,
        )
        return request, values

    @classmethod
    def from_stored(cls, request: CopyRequest, values: SecretValues) -> Self:
        """Raises `ValuesMissingError` where a value that the request needs has been erased."""
        return cls(
            namespace=request.namespace,
            choices=CopyChoices(
                overrides=_restore_overrides(request.overrides, values),
                on_conflict=request.on_conflict,
                images=images_of(request.level),
                mappings=request.image_mappings,
            ),
            source=request.source,
            manifests=tuple(_restore(manifest, values) for manifest in request.manifests),
            restart=request.restart,
            level=request.level,
            delivery=request.delivery,
        )


def images_of(level: StoredLevel | None) -> dict[ContainerKey, str]:
    """What containers get instead of the source's images, as the planner takes it."""
    return {each.key: each.image.reference for each in level.images} if level is not None else {}


def _withhold_overrides(overrides: Overrides, values: dict[str, dict[str, SecretText]]) -> StoredOverrides:
    marks: dict[str, Mapping[str, str | None]] = {}
    for name, keys in overrides.secrets.items():
        marks[name] = {key: None if text is None else _TEXT for key, text in keys.items()}
        for key, text in keys.items():
            if text is not None:
                values.setdefault(name, {})[key] = text
    return StoredOverrides(**{**vars(overrides), "secrets": marks})


def _restore_overrides(stored: StoredOverrides, values: SecretValues) -> Overrides:
    secrets = {
        name: {key: None if mark is None else _value(values, name, key) for key, mark in keys.items()}
        for name, keys in stored.secrets.items()
    }
    return Overrides(**{**vars(stored), "secrets": secrets})


def _value(values: SecretValues, name: str, key: str) -> SecretText:
    try:
        return values[name][key]
    except KeyError:
        raise ValuesMissingError(f"{name}/{key}") from None


def _withhold(manifest: Manifest, values: dict[str, dict[str, SecretText]]) -> Manifest:
    if not is_secret(manifest.kind):
        return manifest
    manifest = _without_last_applied(manifest)
    if not manifest.body.get("data"):
        return manifest
    marks: dict[str, str] = {}
    for key, encoded in manifest.body["data"].items():
        try:
            text = base64.b64decode(str(encoded), validate=True).decode()
            marks[key] = _TEXT
        except ValueError:  # not UTF-8, or not even base64, which the API server will refuse
            text, marks[key] = str(encoded), _BINARY
        values.setdefault(manifest.name, {})[key] = SecretText(text)
    return Manifest({**manifest.body, "data": marks})


def _without_last_applied(manifest: Manifest) -> Manifest:
    """The annotation quotes the whole Secret; no copy of it would carry it anyway."""
    if LAST_APPLIED not in manifest.annotations:
        return manifest
    body = manifest.edited()
    del body["metadata"]["annotations"][LAST_APPLIED]
    return Manifest(body)


def _restore(stored: Manifest, values: SecretValues) -> Manifest:
    if not is_secret(stored.kind) or not stored.body.get("data"):
        return stored
    data = {}
    for key, mark in stored.body["data"].items():
        text = _value(values, stored.name, key).value
        data[key] = text if mark == _BINARY else base64.b64encode(text.encode()).decode()
    return Manifest({**stored.body, "data": data})
