"""Roles that let their holder get further rights, and bindings of rights to everybody or to the cluster. Pure.

The table follows https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks.
Kubernetes lets nobody grant rights that he lacks (https://kubernetes.io/docs/reference/access-authn-authz/rbac/), but
Stagecoach's credential often has more than the person who asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.dangers import Danger
from domain.resources import Manifest
from services.planning.dangers.found import FoundDanger

_RBAC = "rbac.authorization.k8s.io"
_EVERYTHING = "cluster-admin"
_SYSTEM = "system:"
_ACCOUNT, _ACCOUNTS_OF = "system:serviceaccount:", "system:serviceaccounts:"


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Verbs on resources of a group that give more than they say, and what they give.

    `cluster_wide`: only where a ClusterRole gives it; in one namespace it is an application's ordinary right.
    """

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    gives: str
    cluster_wide: bool = False


_WRITE = ("create", "update", "patch")
ESCALATIONS: tuple[Escalation, ...] = (
    Escalation(
        group=_RBAC, resources=("roles", "clusterroles"), verbs=("escalate",), gives="may write Roles with any rights"
    ),
    Escalation(group=_RBAC, resources=("roles", "clusterroles"), verbs=("bind",), gives="may bind any Role"),
    Escalation(
        group="",
        resources=("users", "groups", "serviceaccounts"),
        verbs=("impersonate",),
        gives="may act as somebody else",
    ),
    Escalation(
        group="",
        resources=("pods/exec", "pods/attach", "pods/ephemeralcontainers"),
        verbs=("create", "get", "update", "patch"),
        gives="may run commands in any pod, with its rights and Secrets",
    ),
    Escalation(
        group="", resources=("serviceaccounts/token",), verbs=("create",), gives="may issue tokens of any account"
    ),
    # Also with `get`: the kubelet's API upgrades a GET to a stream that runs commands.
    Escalation(
        group="",
        resources=("nodes/proxy",),
        verbs=("get", *_WRITE),
        gives="may run commands in every pod of a node through its kubelet",
    ),
    Escalation(
        group="",
        resources=("persistentvolumes",),
        verbs=_WRITE,
        gives="may mount any path of a node by a PersistentVolume",
    ),
    Escalation(
        group="", resources=("namespaces",), verbs=("update", "patch"), gives="may lift the pod security of a namespace"
    ),
    Escalation(
        group="certificates.k8s.io",
        resources=("certificatesigningrequests/approval",),
        verbs=("update", "patch"),
        gives="may approve certificates in any name",
    ),
    Escalation(
        group="certificates.k8s.io",
        resources=("signers",),
        verbs=("approve", "sign"),
        gives="may approve certificates in any name",
    ),
    Escalation(
        group="admissionregistration.k8s.io",
        resources=("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        verbs=_WRITE,
        gives="may read and change every object by a webhook",
    ),
    Escalation(
        group="apiregistration.k8s.io",
        resources=("apiservices",),
        verbs=_WRITE,
        gives="may answer in place of the API server",
    ),
    Escalation(
        group="",
        resources=("secrets",),
        verbs=("get", "list", "watch"),
        gives="may read every Secret of the cluster",
        cluster_wide=True,
    ),
)


def dangers_of_access(manifest: Manifest, namespace: str) -> Iterator[FoundDanger]:
    """The dangers of a Role or a RoleBinding (also of their kinds for the whole cluster) in this namespace."""
    if manifest.kind.group != _RBAC:
        return
    match manifest.kind.name:
        case "Role" | "ClusterRole":
            yield from _of_role(manifest)
        case "RoleBinding" | "ClusterRoleBinding":
            yield from _of_binding(manifest, namespace)
        case _:
            return


def _of_role(manifest: Manifest) -> Iterator[FoundDanger]:
    in_cluster = manifest.kind.name == "ClusterRole"
    for index, rule in enumerate(_mappings(manifest.body.get("rules"))):
        for escalation in ESCALATIONS:
            if escalation.cluster_wide and not in_cluster:
                continue
            if _covers(rule, escalation):
                yield FoundDanger(danger=Danger.ESCALATING_ROLES, path=f"rules[{index}]", what=escalation.gives)


def _covers(rule: Mapping[str, Any], escalation: Escalation) -> bool:
    """Whether the rule grants one of the verbs on one of the resources, read as Kubernetes reads rules.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    """
    resources = _texts(rule, "resources")
    return (
        bool({escalation.group, "*"} & _texts(rule, "apiGroups"))
        and any(_names(resources, resource) for resource in escalation.resources)
        and bool({*escalation.verbs, "*"} & _texts(rule, "verbs"))
    )


def _names(resources: frozenset[str], resource: str) -> bool:
    _, slash, subresource = resource.partition("/")
    return bool({resource, "*"} & resources) or (bool(slash) and f"*/{subresource}" in resources)


def _of_binding(manifest: Manifest, namespace: str) -> Iterator[FoundDanger]:
    role = manifest.body.get("roleRef")
    name = str(role.get("name")) if isinstance(role, dict) and role.get("kind") == "ClusterRole" else ""
    if name == _EVERYTHING or name.startswith(_SYSTEM):
        what = f"grants the rights of ClusterRole {name}"
        yield FoundDanger(danger=Danger.ESCALATING_ROLES, path="roleRef", what=what)
    for index, subject in enumerate(_mappings(manifest.body.get("subjects"))):
        who, kind = str(subject.get("name") or ""), str(subject.get("kind"))
        if kind in {"Group", "User"} and who.startswith(_SYSTEM) and not _is_application(who, kind, namespace):
            what = f"grants rights to {kind.lower()} {who}"
            yield FoundDanger(danger=Danger.SYSTEM_SUBJECTS, path=f"subjects[{index}]", what=what)


def _is_application(subject: str, kind: str, namespace: str) -> bool:
    """Whether these are service accounts that could be named one by one: one account, or those of this namespace."""
    if kind == "User":
        return subject.startswith(_ACCOUNT)
    return subject == f"{_ACCOUNTS_OF}{namespace}"


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(rule: Mapping[str, Any], field: str) -> frozenset[str]:
    value = rule.get(field)
    return frozenset(str(each) for each in value) if isinstance(value, list) else frozenset()
