"""A ServiceAccount that a ClusterRoleBinding of the source names is copied without those rights: it is told."""

import pytest

from tests.support.copy_plans import codes, planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import deployment, obj

_ALL = objects_of("mc-05-cluster-wide-rights-unsaid")
_ACCOUNT, _WATCHER = named(_ALL, "ServiceAccount watcher"), named(_ALL, "Deployment watcher")
_BINDING = named(_ALL, "ClusterRoleBinding mass-watcher")
_CODE = "cluster-rights-lacking"


def _binding(*subjects):
    return obj(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "other",
        roleRef={"kind": "ClusterRole", "name": "mass-watcher"},
        subjects=list(subjects),
    )


def _planned(*bindings, target=(), **facts):
    source = {"namespace": "mass-c05", "cluster_bindings": bindings}
    return planned(_ACCOUNT, _WATCHER, source_facts=source, cluster_bindings=target, **facts)


def test_the_binding_and_its_role_are_named():
    plan = _planned(_BINDING)
    assert codes(plan) == [_CODE]
    assert not plan.blocked
    (problem,) = plan.all_problems
    assert problem.resource == _ACCOUNT.id
    assert "ClusterRoleBinding mass-watcher" in problem.detail
    assert "namespace shop" in problem.detail


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": "User", "name": "system:serviceaccount:mass-c05:watcher"},
        {"kind": "Group", "name": "system:serviceaccounts:mass-c05"},
    ],
)
def test_other_ways_to_name_the_account_count(subject):
    assert codes(_planned(_binding(subject))) == [_CODE]


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": "ServiceAccount", "name": "watcher", "namespace": "elsewhere"},
        {"kind": "ServiceAccount", "name": "other", "namespace": "mass-c05"},
        {"kind": "Group", "name": "system:serviceaccounts"},
        {"kind": "User", "name": "watcher"},
    ],
)
def test_bindings_of_others_are_not_told(subject):
    assert codes(_planned(_binding(subject))) == []


def test_a_target_that_grants_the_role_already_is_not_warned_of():
    granted = _binding({"kind": "ServiceAccount", "name": "watcher", "namespace": "shop"})
    assert codes(_planned(_BINDING, target=(granted,))) == []


def test_rights_that_could_not_be_read_are_said_to_be_unknown():
    unread = "Rights in the whole cluster dev-1: the credential may not list ClusterRoleBindings."
    plan = planned(_ACCOUNT, source_facts={"cluster_bindings": None, "unread": (unread,)})
    assert codes(plan) == []
    assert plan.clusters[0].unchecked == (unread,)


def test_a_target_whose_bindings_could_not_be_read_may_grant_them():
    (problem,) = _planned(_BINDING, target=None).all_problems
    assert "could not be read" in problem.detail


def test_an_account_that_is_not_copied_is_told_once_with_the_workloads_that_run_under_it():
    bound = _binding({"kind": "ServiceAccount", "name": "default", "namespace": "mass-c05"})
    source = {"namespace": "mass-c05", "cluster_bindings": (bound,)}
    plan = planned(deployment("web"), deployment("api"), source_facts=source, cluster_bindings=())
    (problem,) = plan.all_problems
    assert "ServiceAccount default, under which Deployment web runs," in problem.detail
    assert "Deployment api" in problem.detail
