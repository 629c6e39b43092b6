"""RoleBindings that are not copied, and OpenShift's constraints, name the source's account: its copy lacks them."""

import pytest

from tests.support.copy_plans import codes, planned
from tests.support.objects import deployment, obj

_ACCOUNT = obj("v1", "ServiceAccount", "watcher")
_BINDINGS, _CONSTRAINTS = "role-bindings-lacking", "constraints-lacking"


def _binding(namespace, *, of="shop-dev", role="readers", name="watch"):
    return obj(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        name,
        metadata={"namespace": namespace},
        roleRef={"kind": "Role", "name": role},
        subjects=[{"kind": "ServiceAccount", "name": "watcher", "namespace": of}],
    )


def _constraints(*users, name="anyuid", groups=()):
    return obj("security.openshift.io/v1", "SecurityContextConstraints", name, users=list(users), groups=list(groups))


def _planned(*manifests, bindings=(), constraints=(), there=(), admits=()):
    source = {"role_bindings": tuple(bindings), "constraints": tuple(constraints)}
    return planned(*manifests, source_facts=source, role_bindings=there, constraints=admits)


def test_a_binding_of_another_namespace_is_named_with_its_role():
    (problem,) = _planned(_ACCOUNT, bindings=[_binding("billing")]).all_problems
    assert problem.code == _BINDINGS
    assert not problem.blocks
    assert "Role readers by RoleBinding watch of namespace billing" in problem.detail
    assert "of namespace shop." in problem.detail


def test_a_target_that_grants_the_same_is_not_warned_of():
    assert codes(_planned(_ACCOUNT, bindings=[_binding("billing")], there=(_binding("billing", of="shop"),))) == []
    own = _planned(_ACCOUNT, bindings=[_binding("shop-dev")], there=(_binding("shop", of="shop", name="other"),))
    assert codes(own) == []


def test_a_binding_of_the_sources_namespace_counts_unless_it_is_copied():
    own = _binding("shop-dev")
    assert codes(_planned(_ACCOUNT, bindings=[own])) == [_BINDINGS]
    assert _BINDINGS not in codes(_planned(_ACCOUNT, own, bindings=[own]))


@pytest.mark.parametrize("named", ["users", "groups"])
def test_constraints_of_openshift_that_admit_the_account_are_named(named):
    text = "system:serviceaccount:shop-dev:watcher" if named == "users" else "system:serviceaccounts:shop-dev"
    some = _constraints(text) if named == "users" else _constraints(groups=[text])
    (problem,) = _planned(_ACCOUNT, constraints=[some]).all_problems
    assert problem.code == _CONSTRAINTS
    assert "SecurityContextConstraints anyuid" in problem.detail
    admits = (_constraints("system:serviceaccount:shop:watcher"),)
    assert codes(_planned(_ACCOUNT, constraints=[some], admits=admits)) == []


def test_a_workload_whose_account_is_not_copied_is_told_of_with_it():
    web = deployment(pod={"serviceAccountName": "watcher"})
    detail = next(p.detail for p in _planned(web, bindings=[_binding("billing")]).all_problems if p.code == _BINDINGS)
    assert detail.startswith("ServiceAccount watcher, under which Deployment web runs, has rights")


def test_rights_of_the_target_that_were_not_read_are_not_denied():
    (problem,) = _planned(_ACCOUNT, bindings=[_binding("billing")], there=None).all_problems
    assert "which was not read" in problem.detail


def test_bindings_of_other_accounts_are_not_told():
    assert codes(_planned(_ACCOUNT, bindings=[_binding("billing", of="elsewhere")])) == []
