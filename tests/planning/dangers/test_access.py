"""Roles that let their holder get further rights, and bindings for everybody or for the cluster's own accounts."""

from domain.dangers import Danger
from services.planning.dangers.access import ESCALATIONS
from services.planning.dangers.dangers import dangers_of
from tests.support.objects import obj

_RBAC = "rbac.authorization.k8s.io/v1"


def _rule(groups, resources, verbs):
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


def _role(*rules, kind="Role"):
    return [each.what for each in dangers_of(obj(_RBAC, kind, rules=list(rules)), namespace="shop")]


def _binding(role="shop", role_kind="Role", **subject):
    subjects = [subject] if subject else []
    manifest = obj(_RBAC, "RoleBinding", subjects=subjects, roleRef={"kind": role_kind, "name": role})
    return [each.danger for each in dangers_of(manifest, namespace="shop")]


def test_every_row_of_the_table_is_found_by_its_own_names_and_by_wildcards():
    for row in ESCALATIONS:
        kind = "ClusterRole" if row.cluster_wide else "Role"
        for resource in row.resources:
            for verb in row.verbs:
                assert row.gives in _role(_rule([row.group], [resource], [verb]), kind=kind)
        assert row.gives in _role(_rule(["*"], ["*"], ["*"]), kind=kind)
        assert row.gives not in _role(_rule(["shop.example"], ["*"], ["*"]), kind=kind)


def test_a_wildcard_of_subresources_covers_them():
    assert _role(_rule([""], ["*/exec"], ["create"])) == ["may run commands in any pod, with its rights and Secrets"]


def test_ordinary_rights_of_an_application_are_no_danger():
    rules = (
        _rule([""], ["pods", "configmaps", "secrets", "pods/log"], ["get", "list", "watch"]),
        _rule(["apps"], ["*"], ["*"]),
        _rule(["coordination.k8s.io"], ["leases"], ["create", "update"]),
        _rule([""], ["pods"], ["create", "delete"]),
    )
    assert _role(*rules) == []


def test_a_binding_to_everybody_or_to_the_clusters_accounts_is_a_danger():
    for kind, name in (
        ("Group", "system:unauthenticated"),
        ("Group", "system:authenticated"),
        ("Group", "system:masters"),
        ("Group", "system:serviceaccounts"),
        ("Group", "system:serviceaccounts:other"),
        ("User", "system:anonymous"),
        ("User", "system:kube-scheduler"),
    ):
        assert _binding(kind=kind, name=name) == [Danger.SYSTEM_SUBJECTS], name


def test_a_binding_to_accounts_and_groups_of_people_is_none():
    for kind, name in (
        ("ServiceAccount", "web"),
        ("Group", "shop-developers"),
        ("Group", "system:serviceaccounts:shop"),
        ("User", "system:serviceaccount:shop:web"),
        ("User", "ada"),
    ):
        assert _binding(kind=kind, name=name) == [], name


def test_a_binding_of_all_rights_is_escalating():
    for role in ("cluster-admin", "system:node"):
        assert _binding(role, "ClusterRole", kind="ServiceAccount", name="web") == [Danger.ESCALATING_ROLES]
    assert _binding("view", "ClusterRole", kind="ServiceAccount", name="web") == []
    assert _binding("cluster-admin", "Role", kind="ServiceAccount", name="web") == []


def test_members_of_a_wrong_type_are_no_error():
    for wrong in (None, "text", 7, [7], {"a": 1}):
        dangers_of(obj(_RBAC, "Role", rules=wrong), namespace="shop")
        dangers_of(obj(_RBAC, "Role", rules=[_rule(wrong, wrong, wrong)]), namespace="shop")
        dangers_of(obj(_RBAC, "RoleBinding", subjects=wrong, roleRef=wrong), namespace="shop")
