"""Access reviews: report a user's rights; they are not stored."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.access import Access, Action, User
from sandbox.decode import DecodeError, decode
from sandbox.errors import StatusError, bad_request
from sandbox.kinds.findings import invalid
from sandbox.schema import built_in
from sandbox.store import Object

AUTHORIZATION = "authorization.k8s.io"
AUTHENTICATION = "authentication.k8s.io"


def answer(access: Access, user: User, plural: str, body: Any) -> Object | None:
    """The review with its status, or None for a review that is not served."""
    known: dict[str, tuple[str, str, Callable[[Access, User, Object], Any]]] = {
        "selfsubjectaccessreviews": (AUTHORIZATION, "SelfSubjectAccessReview", _self_access),
        "selfsubjectrulesreviews": (AUTHORIZATION, "SelfSubjectRulesReview", _self_rules),
        "subjectaccessreviews": (AUTHORIZATION, "SubjectAccessReview", _subject_access),
        "localsubjectaccessreviews": (AUTHORIZATION, "LocalSubjectAccessReview", _subject_access),
        "selfsubjectreviews": (AUTHENTICATION, "SelfSubjectReview", _self),
    }
    if plural not in known:
        return None
    group, kind, review = known[plural]
    obj: Object = body if isinstance(body, dict) else {}
    node = built_in(f"{group}/v1", kind)
    if node is not None:
        try:
            obj, _ = decode(node, obj, kind)
        except DecodeError as error:
            raise bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: {error}') from None
    if kind.endswith("AccessReview"):
        _check(kind, obj.get("spec") or {})
    status = review(access, user, obj)
    spec = {} if kind == "SelfSubjectRulesReview" else obj.get("spec") or {}
    head: Object = {"kind": kind, "apiVersion": f"{group}/v1", "metadata": {}}
    return head | ({"spec": spec} if kind != "SelfSubjectReview" else {}) | {"status": status}


def _check(kind: str, spec: Mapping[str, Any]) -> None:
    """Raises `StatusError` 422 for a review without attributes, with two kinds of attributes, or without a user."""
    causes = []
    both = ("resourceAttributes", "nonResourceAttributes")
    asked = [name for name in both if spec.get(name) is not None]
    if len(asked) == 2:
        detail = "cannot be specified in combination with resourceAttributes"
        causes.append(invalid("spec.nonResourceAttributes", spec[both[1]], detail))
    elif not asked:
        detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        causes.append(invalid("spec.resourceAttributes", None, detail))
    if kind != "SelfSubjectAccessReview" and not spec.get("user") and not spec.get("groups"):
        causes.append(invalid("spec.user", "", "at least one of user or group must be specified"))
    if causes:
        detail = ", ".join(f"{c.field}: {c.message}" for c in causes)
        detail = detail if len(causes) == 1 else f"[{detail}]"
        # A real server does not know any more what it was sent at this point.
        message = f'.{AUTHORIZATION} "" is invalid: {detail}'
        raise StatusError(422, "Invalid", message, group=AUTHORIZATION, causes=causes)


def _action(spec: Mapping[str, Any]) -> Action:
    if path := (spec.get("nonResourceAttributes") or {}).get("path"):
        return Action(verb=spec["nonResourceAttributes"].get("verb", ""), path=path)
    asked = spec.get("resourceAttributes") or {}
    return Action(
        verb=asked.get("verb", ""),
        group=asked.get("group", ""),
        resource=asked.get("resource", ""),
        subresource=asked.get("subresource", ""),
        namespace=asked.get("namespace", ""),
        name=asked.get("name", ""),
    )


def _self_access(access: Access, user: User, review: Object) -> dict[str, Any]:
    return {"allowed": access.allows(user, _action(review.get("spec") or {}))}


def _subject_access(access: Access, _user: User, review: Object) -> dict[str, Any]:
    spec = review.get("spec") or {}
    subject = User(name=spec.get("user") or "", groups=tuple(spec.get("groups") or ()))
    return {"allowed": access.allows(subject, _action(spec))}


def _self(_access: Access, user: User, _review: Object) -> dict[str, Any]:
    return {"userInfo": {"username": user.name, "groups": list(user.groups)}}


def _self_rules(access: Access, user: User, review: Object) -> dict[str, Any]:
    namespace = (review.get("spec") or {}).get("namespace") or ""
    if not namespace:
        raise bad_request("no namespace on request")
    rules = [*access.rules_for(user, ""), *access.rules_for(user, namespace)]
    if user.is_master:
        rules = [
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
            {"verbs": ["*"], "nonResourceURLs": ["*"]},
            *rules,
        ]
    resource_parts = ("verbs", "apiGroups", "resources", "resourceNames")
    return {
        "resourceRules": [
            {k: rule[k] for k in resource_parts if rule.get(k)} for rule in rules if rule.get("resources")
        ],
        "nonResourceRules": [
            {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
            for rule in rules
            if rule.get("nonResourceURLs")
        ],
        "incomplete": False,
    }
