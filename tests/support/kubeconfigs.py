"""Kubeconfigs as people submit them."""

import base64
from typing import Any

import yaml

TOKEN = "canary-token-4711"


def encoded(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


def kubeconfig(
    *,
    server: str = "https://203.0.114.7:6443",
    cluster: dict[str, Any] | None = None,
    user: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    current: str = "x",
    **top: Any,
) -> str:
    """A kubeconfig with one context; `cluster`, `user`, `context` add members, `top` too."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
            "users": [{"name": "u", "user": {"token": TOKEN} if user is None else user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **(context or {})}}],
            "current-context": current,
            **top,
        },
        sort_keys=False,
    )
