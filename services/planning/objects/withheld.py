"""A stored request as it is shown to who only sees the app environment: without values that a person typed in. Pure.

Names, keys and everything else stay: what is asked for is seen, what was typed into it is not. Values of Secrets are in
no stored request at all.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.resources import Manifest
from domain.stored.requests import CopyRequest
from services.planning.objects.redact import is_secret

WITHHELD = "withheld"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # quotes the whole object


def without_values(request: CopyRequest) -> CopyRequest:
    """The request without literal environment values, values of ConfigMaps, and annotations of Secrets."""
    config_maps = {name: _marked(keys) for name, keys in request.overrides.config_maps.items()}
    return replace(
        request,
        overrides=replace(request.overrides, config_maps=config_maps),
        manifests=tuple(_without_values(manifest) for manifest in request.manifests),
    )


def _without_values(manifest: Manifest) -> Manifest:
    body = manifest.edited()
    if manifest.annotations:
        every = is_secret(manifest.kind)
        body["metadata"]["annotations"] = {
            key: WITHHELD if every or key == _LAST_APPLIED else value for key, value in manifest.annotations.items()
        }
    if manifest.id.group_kind == ("", "ConfigMap"):
        for field in ("data", "binaryData"):
            if isinstance(body.get(field), dict):
                body[field] = _marked(body[field])
    return Manifest(withhold_environments(body))


def _marked(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: None if value is None else WITHHELD for key, value in values.items()}


def withhold_environments(tree: Any) -> Any:
    """A copy in which the literal values of every `env` are marked, at any depth.

    Operators' resources hold containers, too.
    """
    copied = copy.deepcopy(tree)
    waiting: list[Any] = [copied]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for variable in node["env"] if isinstance(node.get("env"), list) else ():
                if isinstance(variable, dict) and "value" in variable:
                    variable["value"] = WITHHELD
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return copied
