"""The objects that a measurement copies and promotes: ConfigMaps, Secrets, a Deployment. Values are random."""

import secrets
from base64 import b64encode
from typing import Any

PARTS = 100  # ConfigMaps, and as many Secrets


def config_maps() -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"settings-{number:03}", "labels": {"app.kubernetes.io/part-of": "bench"}},
            "data": {"LOG_LEVEL": "info", "app.yaml": secrets.token_hex(400)},
        }
        for number in range(PARTS)
    ]


def secret_objects() -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"credentials-{number:03}", "labels": {"app.kubernetes.io/part-of": "bench"}},
            "type": "Opaque",
            "data": {key: b64encode(secrets.token_hex(24).encode()).decode() for key in ("user", "password")},
        }
        for number in range(PARTS)
    ]


def deployment(image: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    }


def path(namespace: str, manifest: dict[str, Any]) -> str:
    """The API path of an object of these kinds."""
    root = "/apis/apps/v1" if manifest["kind"] == "Deployment" else "/api/v1"
    return f"{root}/namespaces/{namespace}/{manifest['kind'].lower()}s/{manifest['metadata']['name']}"
