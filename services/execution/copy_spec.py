"""What was asked of a configure or an import, as an operation's row keeps it and as a worker reads it back.

Values of Secrets never enter the row: they are taken out of what was asked and handed over beside it, by Secret and
key, to be stored encrypted and erased at the end.
"""

import base64
from dataclasses import dataclass
from typing import Any, Self

from domain.resources import Manifest, ResourceId
from domain.secret_text import SecretText
from domain.words import OnConflict
from services.planning.copying.normalize import LAST_APPLIED
from services.planning.copying.plan import CopyChoices
from services.planning.copying.rewrite import Overrides
from services.planning.objects.redact import is_secret

Secrets = dict[str, dict[str, str]]  # Secret → key → text

# How a withheld value travels: as the text that a person types, or in base64 where it is no text.
_TEXT, _BINARY = "withheld", "withheld-base64"


class ValuesMissingError(Exception):
    """The values that were typed in are not there any more; carries `name/key` of the first one."""


@dataclass(frozen=True, kw_only=True)
class CopySourceSpec:
    """Copy these resources from an environment's cluster and namespace."""

    environment: str
    cluster: str
    namespace: str
    resources: tuple[ResourceId, ...]


@dataclass(frozen=True, kw_only=True)
class CopySpec:
    """`source` for an import; `manifests` for a configure."""

    namespace: str
    choices: CopyChoices
    source: CopySourceSpec | None = None
    manifests: tuple[Manifest, ...] = ()

    def to_json(self) -> tuple[dict[str, Any], Secrets]:
        """Plain JSON without any Secret's value, and these values apart."""
        secrets: Secrets = {}
        request: dict[str, Any] = {
            "namespace": self.namespace,
            "on_conflict": self.choices.on_conflict.value,
            "overrides": _overrides_to_json(self.choices.overrides, secrets),
        }
        if self.source is not None:
            request["source"] = {
                "environment": self.source.environment,
                "cluster": self.source.cluster,
                "namespace": self.source.namespace,
                "resources": [
                    {"api_version": r.kind.api_version, "kind": r.kind.name, "name": r.name}
                    for r in self.source.resources
                ],
            }
        else:
            request["manifests"] = [_withheld(manifest, secrets) for manifest in self.manifests]
        return request, secrets

    @classmethod
    def from_json(cls, request: dict[str, Any], secrets: Secrets) -> Self:
        """Raises `ValuesMissingError` where a value that the order needs has been erased."""
        source = request.get("source")
        return cls(
            namespace=request["namespace"],
            choices=CopyChoices(
                overrides=_overrides_from_json(request["overrides"], secrets),
                on_conflict=OnConflict(request["on_conflict"]),
            ),
            source=None
            if source is None
            else CopySourceSpec(
                environment=source["environment"],
                cluster=source["cluster"],
                namespace=source["namespace"],
                resources=tuple(ResourceId.of(r["api_version"], r["kind"], r["name"]) for r in source["resources"]),
            ),
            manifests=tuple(_restored(body, secrets) for body in request.get("manifests") or ()),
        )


def _overrides_to_json(overrides: Overrides, secrets: Secrets) -> dict[str, Any]:
    withheld: dict[str, dict[str, str | None]] = {}
    for name, keys in overrides.secrets.items():
        withheld[name] = {key: None if text is None else _TEXT for key, text in keys.items()}
        for key, text in keys.items():
            if text is not None:
                secrets.setdefault(name, {})[key] = text.value
    return {
        "config_maps": {name: dict(keys) for name, keys in overrides.config_maps.items()},
        "secrets": withheld,
        "replicas": dict(overrides.replicas),
        "ingress_hosts": dict(overrides.ingress_hosts),
        "storage_classes": dict(overrides.storage_classes),
        "ingress_classes": dict(overrides.ingress_classes),
        "suspend_cron_jobs": overrides.suspend_cron_jobs,
        "allow": list(overrides.allow),
    }


def _overrides_from_json(stored: dict[str, Any], secrets: Secrets) -> Overrides:
    typed_in = {
        name: {key: None if mark is None else SecretText(_value(secrets, name, key)) for key, mark in keys.items()}
        for name, keys in stored["secrets"].items()
    }
    return Overrides(**{**stored, "secrets": typed_in, "allow": tuple(stored["allow"])})


def _value(secrets: Secrets, name: str, key: str) -> str:
    try:
        return secrets[name][key]
    except KeyError:
        raise ValuesMissingError(f"{name}/{key}") from None


def _withheld(manifest: Manifest, secrets: Secrets) -> dict[str, Any]:
    if not is_secret(manifest.kind):
        return manifest.body
    manifest = _without_last_applied(manifest)
    if not manifest.body.get("data"):
        return manifest.body
    marks: dict[str, str] = {}
    for key, encoded in manifest.body["data"].items():
        try:
            text = base64.b64decode(str(encoded), validate=True).decode()
            marks[key] = _TEXT
        except ValueError:  # not UTF-8, or not even base64, which the server will refuse
            text, marks[key] = str(encoded), _BINARY
        secrets.setdefault(manifest.name, {})[key] = text
    return {**manifest.body, "data": marks}


def _without_last_applied(manifest: Manifest) -> Manifest:
    """The annotation quotes the whole Secret; no copy of it would carry it anyway."""
    if LAST_APPLIED not in manifest.annotations:
        return manifest
    body = manifest.edited()
    del body["metadata"]["annotations"][LAST_APPLIED]
    return Manifest(body)


def _restored(body: dict[str, Any], secrets: Secrets) -> Manifest:
    stored = Manifest(body)
    if not is_secret(stored.kind) or not body.get("data"):
        return stored
    data = {}
    for key, mark in body["data"].items():
        value = _value(secrets, stored.name, key)
        data[key] = value if mark == _BINARY else base64.b64encode(value.encode()).decode()
    return Manifest({**body, "data": data})
