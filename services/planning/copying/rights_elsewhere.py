"""Rights of a ServiceAccount in the source that lie beside what is copied, and which its copy will lack. Pure.

A RoleBinding of another namespace may name the account (an operator that watches a few namespaces), and so may one of
its own namespace that is not copied (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects).
On OpenShift, `oc adm policy add-scc-to-user` writes the account into `users` of a SecurityContextConstraints
(https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies).
"""

from collections.abc import Iterable, Iterator

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.copying.cluster_rights import SERVICE_ACCOUNT, account_of, is_account
from services.planning.objects.identity import ObjectKey
from services.planning.objects.workloads import pod_spec

_MOST_NAMED = 4
_Right = tuple[str, str, str]  # the namespace, the kind of the role and its name


def runs_as_somebody(manifests: Iterable[Manifest]) -> bool:
    """Whether there is a ServiceAccount among these, or a workload under one that somebody made for it."""
    return any(
        manifest.id.group_kind == SERVICE_ACCOUNT
        or str((pod_spec(manifest) or {}).get("serviceAccountName") or "default") != "default"
        for manifest in manifests
    )


def elsewhere_problems(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """Warnings that name the bindings and constraints by which the account has rights that its copy will not have."""
    source, account = target.source, account_of(target, manifest)
    if account is None or source is None or source.namespace is None:
        return
    held = _bound(source.role_bindings or (), source.namespace, account)
    granted = _bound(target.facts.role_bindings or (), target.namespace, account)
    lacking = [
        binding
        for right, binding in held.items()
        if _there(right, source.namespace, target.namespace) not in granted and not _is_copied(target, binding)
    ]
    if lacking:
        yield _problem(target, manifest, account, "role-bindings-lacking", [_named(each) for each in lacking])
    admitted = {each.name for each in target.facts.constraints or () if _admits(each, target.namespace, account)}
    constraints = [
        f"SecurityContextConstraints {each.name}"
        for each in source.constraints or ()
        if _admits(each, source.namespace, account) and each.name not in admitted
    ]
    if constraints:
        yield _problem(target, manifest, account, "constraints-lacking", constraints)


def _bound(bindings: Iterable[Manifest], namespace: str, account: str) -> dict[_Right, Manifest]:
    """The roles that are bound to the account itself, each with the binding that does it."""
    found: dict[_Right, Manifest] = {}
    for binding in bindings:
        role = binding.body.get("roleRef") or {}
        if any(is_account(subject, namespace, account) for subject in binding.body.get("subjects") or ()):
            found.setdefault((binding.namespace or "", str(role.get("kind")), str(role.get("name"))), binding)
    return found


def _there(right: _Right, source: str, target: str) -> _Right:
    """The same right in the target: one in the source's namespace is one in the target's."""
    namespace, kind, name = right
    return (target if namespace == source else namespace, kind, name)


def _is_copied(target: CopyTarget, binding: Manifest) -> bool:
    assert target.source is not None
    return binding.namespace == target.source.namespace and ObjectKey.of(binding) in target.copied


def _named(binding: Manifest) -> str:
    role = binding.body.get("roleRef") or {}
    return f"{role.get('kind')} {role.get('name')} by RoleBinding {binding.name} of namespace {binding.namespace}"


def _admits(constraints: Manifest, namespace: str, account: str) -> bool:
    users, groups = constraints.body.get("users") or (), constraints.body.get("groups") or ()
    return f"system:serviceaccount:{namespace}:{account}" in users or f"system:serviceaccounts:{namespace}" in groups


def _problem(target: CopyTarget, manifest: Manifest, account: str, code: str, rights: list[str]) -> Problem:
    itself = manifest.id.group_kind == SERVICE_ACCOUNT
    subject = manifest.id.label if itself else f"ServiceAccount {account}, under which {manifest.id.label} runs,"
    more = f" and {len(rights) - _MOST_NAMED} more" if len(rights) > _MOST_NAMED else ""
    known = target.facts.role_bindings if code == "role-bindings-lacking" else target.facts.constraints
    unless = "" if known is not None else f", unless cluster {target.facts.cluster} grants them, which was not read"
    return problem(
        target,
        manifest,
        code,
        Severity.WARNS,
        f"{subject} has rights in the source that no copied object brings ({', '.join(rights[:_MOST_NAMED])}{more})"
        f"{unless}. Whoever administers cluster {target.facts.cluster} has to grant them to the account of namespace "
        f"{target.namespace}.",
        "metadata.name" if itself else "serviceAccountName",
    )
