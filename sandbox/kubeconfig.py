"""The kubeconfig of a user of a practice cluster."""

import base64
import os
from pathlib import Path
from typing import Any

import yaml


def kubeconfig(*, cluster: str, server: str, authority: str, user: str, token: str) -> dict[str, Any]:
    """Its contents: one cluster, one user, one context."""
    trusted = base64.b64encode(authority.encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority-data": trusted}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user, "namespace": "default"}}],
        "current-context": cluster,
    }


def write_private(path: Path, content: str) -> None:
    """Only its owner may read what holds a token, from the first byte on; readers never see half of it."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
    fresh.replace(path)


def as_text(config: dict[str, Any]) -> str:
    return yaml.safe_dump(config, sort_keys=False)
