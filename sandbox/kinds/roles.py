"""Roles and their bindings."""

from collections.abc import Iterator

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import invalid, required, unsupported
from sandbox.kinds.rules import Rules
from sandbox.store import Object

GROUP = "rbac.authorization.k8s.io"


def _validate_role(obj: Object) -> Iterator[Cause]:
    namespaced = obj["kind"] == "Role"
    if "aggregationRule" in obj and not obj["aggregationRule"].get("clusterRoleSelectors"):
        detail = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        yield required("aggregationRule.clusterRoleSelectors", detail)
    for index, rule in enumerate(obj.get("rules") or ()):
        at = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{at}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if namespaced:
                yield invalid(
                    f"{at}.nonResourceURLs",
                    rule["nonResourceURLs"],
                    "namespaced rules cannot apply to non-resource URLs",
                )
            if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
                detail = "rules cannot apply to both regular resources and non-resource URLs"
                yield invalid(f"{at}.nonResourceURLs", rule["nonResourceURLs"], detail)
            continue
        if not rule.get("apiGroups"):
            yield required(f"{at}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{at}.resources", "resource rules must supply at least one resource")


def _default_binding(obj: Object) -> None:
    role = obj.setdefault("roleRef", {})
    if not role.get("apiGroup"):
        role["apiGroup"] = GROUP
    for subject in obj.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in {"User", "Group"}:
            subject["apiGroup"] = GROUP


def _validate_binding(obj: Object) -> Iterator[Cause]:
    role = obj["roleRef"]
    kinds = ("Role", "ClusterRole") if obj["kind"] == "RoleBinding" else ("ClusterRole",)
    if role["apiGroup"] != GROUP:
        yield unsupported("roleRef.apiGroup", role["apiGroup"], (GROUP,))
    if role.get("kind") not in kinds:
        yield unsupported("roleRef.kind", role.get("kind", ""), kinds)
    if not role.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        at = f"subjects[{index}]"
        if not subject.get("name"):
            yield required(f"{at}.name")
        match subject.get("kind"):
            case "ServiceAccount":
                if subject.get("name") and (problem := formats.subdomain(subject["name"])):
                    yield invalid(f"{at}.name", subject["name"], problem)
                if subject.get("apiGroup"):
                    yield unsupported(f"{at}.apiGroup", subject["apiGroup"], ("",))
                if not subject.get("namespace"):
                    yield required(f"{at}.namespace")
            case "User" | "Group":
                if subject.get("apiGroup") != GROUP:
                    yield unsupported(f"{at}.apiGroup", subject.get("apiGroup"), (GROUP,))
            case other:
                yield unsupported(f"{at}.kind", other or "", ("ServiceAccount", "User", "Group"))


def _forbid_binding(new: Object, old: Object) -> Iterator[Cause]:
    if new["roleRef"] != old["roleRef"]:
        yield invalid("roleRef", new["roleRef"], "cannot change roleRef")


_ROLE = Rules(validate=_validate_role, empty={"rules": None}, created_by_replacing=True, name=formats.path_segment)
_BINDING = Rules(
    default=_default_binding,
    validate=_validate_binding,
    forbid=_forbid_binding,
    empty={"roleRef": {}},
    created_by_replacing=True,
    name=formats.path_segment,
)
ROLES = {
    (GROUP, "roles"): _ROLE,
    (GROUP, "clusterroles"): _ROLE,
    (GROUP, "rolebindings"): _BINDING,
    (GROUP, "clusterrolebindings"): _BINDING,
}
