"""Finds out which of some rights a credential has.

A SelfSubjectRulesReview covers a whole namespace in one request, but may leave out what a webhook or a cloud's
authorizer allows (`incomplete`). So what it grants counts, and the rest is checked right by right:
https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
"""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.cluster_api import Right
from services.concurrency import gather_or_cancel
from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, InvalidObjectError, KindNotServedError
from services.kube.requests import Repeat, Request

_REVIEWS = "/apis/authorization.k8s.io/v1"
_FEW = 3  # up to this many rights of a namespace are checked one by one


async def held_rights(caller: Caller, asked: Sequence[Right], *, deadline: Deadline) -> frozenset[Right]:
    """The subset of `asked` that the credential has. Raises `ClusterError`s."""
    requested = frozenset(asked)
    namespaces = sorted({right.namespace for right in requested if right.namespace is not None})
    reviewed = [n for n in namespaces if sum(right.namespace == n for right in requested) > _FEW]
    rules = dict(zip(reviewed, await gather_or_cancel(_rules(caller, n, deadline) for n in reviewed), strict=True))
    granted = {right for right in requested if _covered(right, rules.get(right.namespace or "", ()))}
    unsure = sorted(requested - granted, key=lambda r: (r.namespace or "", r.group, r.resource, r.verb, r.name or ""))
    allowed = await gather_or_cancel(_may(caller, right, deadline) for right in unsure)
    return frozenset(granted) | {right for right, yes in zip(unsure, allowed, strict=True) if yes}


async def _rules(caller: Caller, namespace: str, deadline: Deadline) -> list[dict[str, Any]]:
    """The rules that the credential has in a namespace; empty where the server does not report them."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    try:
        answer = await _review(caller, "selfsubjectrulesreviews", body, deadline)
    except (KindNotServedError, AccessDeniedError, InvalidObjectError):
        return []
    return list((answer.get("status") or {}).get("resourceRules") or ())


async def _may(caller: Caller, right: Right, deadline: Deadline) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {"verb": right.verb, "group": right.group, "resource": resource}
    if subresource:
        attributes["subresource"] = subresource
    if right.namespace is not None:
        attributes["namespace"] = right.namespace
    if right.name is not None:
        attributes["name"] = right.name
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await _review(caller, "selfsubjectaccessreviews", body, deadline)
    return (answer.get("status") or {}).get("allowed") is True


async def _review(caller: Caller, resource: str, body: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
    request = Request(
        verb="review", method="POST", path=f"{_REVIEWS}/{resource}", body=body, repeat=Repeat.READ
    )  # a POST that writes nothing
    return await caller.send(request, deadline=deadline)


def _covered(right: Right, rules: Iterable[dict[str, Any]]) -> bool:
    """Whether a rule grants the right, with `*` and resourceNames as in RBAC."""
    return any(
        _among(right.verb, rule.get("verbs"))
        and _among(right.group, rule.get("apiGroups"))
        and _among(right.resource, rule.get("resources"))
        and (not rule.get("resourceNames") or right.name in rule["resourceNames"])
        for rule in rules
    )


def _among(name: str, listed: list[str] | None) -> bool:
    return listed is not None and (name in listed or "*" in listed)
