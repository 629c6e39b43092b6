"""The user of practice clusters that has no rights but those that a test grants."""

from typing import Any

from sandbox.access import LIMITED

__all__ = ["LIMITED", "granted"]


def granted(namespace: str, *, verbs: list[str]) -> list[dict[str, Any]]:
    """These verbs on everything there, for the user of few rights."""
    meta = {"name": "some", "namespace": namespace}
    api = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{api}/v1",
            "kind": "Role",
            "metadata": meta,
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": verbs}],
        },
        {
            "apiVersion": f"{api}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": "some"},
            "subjects": [{"apiGroup": api, "kind": "User", "name": LIMITED}],
        },
    ]
