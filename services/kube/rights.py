"""Which of some rights a credential has.

A rules review answers for a whole namespace in one request, but servers may leave out what a webhook or a cloud's
authorizer would allow ("incomplete"). So its yes counts, and its silence is checked right by right.
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
_FEW = 3  # from here on a rules review is worth its request


async def held_rights(caller: Caller, asked: Sequence[Right], *, deadline: Deadline) -> frozenset[Right]:
    """Those of `asked` that the credential has."""
    wanted = frozenset(asked)
    namespaces = sorted({right.namespace for right in wanted if right.namespace is not None})
    many = [n for n in namespaces if sum(right.namespace == n for right in wanted) > _FEW]
    rules = dict(zip(many, await gather_or_cancel(_rules(caller, n, deadline) for n in many), strict=True))
    granted = {right for right in wanted if _covered(right, rules.get(right.namespace or "", ()))}
    doubtful = sorted(wanted - granted, key=lambda r: (r.namespace or "", r.group, r.resource, r.verb, r.name or ""))
    answers = await gather_or_cancel(_may(caller, right, deadline) for right in doubtful)
    return frozenset(granted) | {right for right, yes in zip(doubtful, answers, strict=True) if yes}


async def _rules(caller: Caller, namespace: str, deadline: Deadline) -> list[dict[str, Any]]:
    """What the credential may do in a namespace, as far as the server says; nothing where it does not say."""
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    try:
        answer = await _review(caller, "selfsubjectrulesreviews", body, deadline)
    except (KindNotServedError, AccessDeniedError, InvalidObjectError):
        return []
    return list((answer.get("status") or {}).get("resourceRules") or ())


async def _may(caller: Caller, right: Right, deadline: Deadline) -> bool:
    attributes = {"verb": right.verb, "group": right.group, "resource": right.resource}
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
    """Whether some rule grants the right, by RBAC's reading of `*` and resourceNames."""
    return any(
        _among(right.verb, rule.get("verbs"))
        and _among(right.group, rule.get("apiGroups"))
        and _among(right.resource, rule.get("resources"))
        and (not rule.get("resourceNames") or right.name in rule["resourceNames"])
        for rule in rules
    )


def _among(wanted: str, listed: list[str] | None) -> bool:
    return listed is not None and (wanted in listed or "*" in listed)
