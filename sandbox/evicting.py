"""Evictions: deletions of pods that respect disruption budgets."""

from collections.abc import Mapping
from typing import Any

from sandbox import bodies
from sandbox.deleting import DeleteOptions, Deleter
from sandbox.errors import Cause, StatusError
from sandbox.kinds.meta import selects
from sandbox.paths import Target
from sandbox.resources import Resource
from sandbox.store import Object, Store

_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
_SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."


def evict(
    store: Store, deleter: Deleter, pods: Resource, target: Target, *, body: Any, query: Mapping[str, str]
) -> None:
    """Raises `StatusError`: 400, 404, 409, 422, 429 where a budget allows no disruption, 500 where several apply."""
    namespace, name = target.namespace, target.name
    eviction: Object = body if isinstance(body, dict) else {}
    bodies.check_name(eviction.get("metadata") or {}, name)
    options = DeleteOptions.read(eviction.get("deleteOptions"), query)
    pod = deleter.existing(pods, namespace, name)
    if (pod.get("status") or {}).get("phase") in {"Running", "Pending"}:
        _ask_budgets(store, namespace, pod)
    deleter.delete(pods, namespace, name, options)


def _ask_budgets(store: Store, namespace: str, pod: Object) -> None:
    labels = pod["metadata"].get("labels") or {}
    budgets = [
        e.object
        for e in store.select("policy", "poddisruptionbudgets", namespace)
        if (selector := e.object["spec"].get("selector")) is not None and selects(selector, labels)
    ]
    if len(budgets) > 1:
        raise StatusError(500, "InternalError", _SEVERAL)
    for budget in budgets:
        status = budget.get("status") or {}
        pending = (pod.get("status") or {}).get("phase") == "Pending"
        if not pending and status.get("disruptionsAllowed", 0) <= 0:
            name = budget["metadata"]["name"]
            message = (
                f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has "
                f"{status.get('currentHealthy', 0)} currently"
            )
            raise StatusError(
                429, "TooManyRequests", _REFUSED, causes=[Cause(reason="DisruptionBudget", message=message)]
            )
