"""Rights in the whole cluster that a ServiceAccount has in the source, and which its copy will lack. Pure.

A copy writes namespaced objects; ClusterRoleBindings stay with the cluster's administrators. Most operators need some,
and fail long after a green import (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.objects.identity import ObjectKey
from services.planning.objects.workloads import is_workload, pod_spec

SERVICE_ACCOUNT = ("", "ServiceAccount")


def has_accounts(manifests: Iterable[Manifest]) -> bool:
    """Whether there is a ServiceAccount among these objects, or a workload, which runs under one."""
    return any(manifest.id.group_kind == SERVICE_ACCOUNT or is_workload(manifest.kind) for manifest in manifests)


def rights_problems(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """A warning that names the bindings whose roles the account will not have: a copied one, or one that is not."""
    source, account = target.source, account_of(target, manifest)
    if account is None or source is None or source.namespace is None:
        return
    held = _roles_of(source.cluster_bindings or (), source.namespace, account)
    granted = _roles_of(target.facts.cluster_bindings or (), target.namespace, account)
    lacking = {role: binding for role, binding in held.items() if role not in granted}
    if not lacking:
        return
    bindings = ", ".join(f"ClusterRole {role} by ClusterRoleBinding {binding}" for role, binding in lacking.items())
    itself = manifest.id.group_kind == SERVICE_ACCOUNT
    subject = manifest.id.label if itself else f"ServiceAccount {account}, under which {manifest.id.label} runs,"
    known = target.facts.cluster_bindings is not None
    unless = "" if known else f", unless cluster {target.facts.cluster} grants it already, which could not be read"
    yield problem(
        target,
        manifest,
        "cluster-rights-lacking",
        Severity.WARNS,
        f"{subject} has rights in the whole source cluster ({bindings}), which no copy brings{unless}. "
        f"An administrator of cluster {target.facts.cluster} has to bind them for namespace {target.namespace}.",
        "metadata.name" if itself else "serviceAccountName",
    )


def account_of(target: CopyTarget, manifest: Manifest) -> str | None:
    """The account itself, or that of a workload whose account is not copied with it; None for other objects."""
    if manifest.id.group_kind == SERVICE_ACCOUNT:
        return manifest.name
    spec = pod_spec(manifest)
    if spec is None:
        return None
    name = str(spec.get("serviceAccountName") or "default")
    copied = ObjectKey(group="", kind="ServiceAccount", name=name) in target.copied
    return None if copied else name


def _roles_of(bindings: Iterable[Manifest], namespace: str, account: str) -> dict[str, str]:
    """The ClusterRoles that are bound to the account itself, each with the binding that does it."""
    roles: dict[str, str] = {}
    for binding in bindings:
        subjects = binding.body.get("subjects") or ()
        if any(is_account(subject, namespace, account) for subject in subjects):
            roles.setdefault(str((binding.body.get("roleRef") or {}).get("name")), binding.name)
    return roles


def is_account(subject: Any, namespace: str, account: str) -> bool:
    """Whether a subject of a binding is this account, or all accounts of its namespace."""
    match subject.get("kind"):
        case "ServiceAccount":
            return bool(subject.get("namespace") == namespace and subject.get("name") == account)
        case "User":
            return bool(subject.get("name") == f"system:serviceaccount:{namespace}:{account}")
        case "Group":  # of this namespace; the group of all accounts holds in every cluster that grants it
            return bool(subject.get("name") == f"system:serviceaccounts:{namespace}")
        case _:
            return False
