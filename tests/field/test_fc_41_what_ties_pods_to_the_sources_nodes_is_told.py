"""Before anything is written, the plan names what the pods ask for and no node of the target has."""

from typing import Any

import pytest

from domain.problems import Severity
from tests.support.copy_plans import only, planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import deployment, obj, workload_spec

_ALL = objects_of("fc-41-tied-to-the-origins-nodes")
_ROOT = "spec.template.spec"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def _node(name="worker-1", taints=(), **labels):
    spec = {"taints": list(taints)} if taints else {}
    all_labels = {"kubernetes.io/os": "linux", "kubernetes.io/hostname": name, **labels}
    return obj("v1", "Node", name, metadata={"labels": all_labels}, spec=spec, status={"allocatable": {"cpu": "4"}})


def _about_nodes(manifest, *nodes):
    plan = planned(manifest, nodes=nodes or (_node(),))
    return [problem for problem in plan.all_problems if problem.code == "no-node-fits"]


def _pod(**spec):
    return deployment(pod=spec)


def _affinity(*terms) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": list(terms)}}}}


def test_zone_node_pool_topology_and_device_are_each_named_with_their_field():
    found = {problem.field: problem.detail for problem in _about_nodes(named(_ALL, "Deployment render"))}
    assert "topology.kubernetes.io/zone=eu-central-1b" in found[f"{_ROOT}.nodeSelector"]
    assert "kubernetes.io/os" not in found[f"{_ROOT}.nodeSelector"]
    terms = f"{_ROOT}.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    assert "cloud.example.test/nodepool In gpu-prod" in found[terms]
    assert "topology.kubernetes.io/zone" in found[f"{_ROOT}.topologySpreadConstraints"]
    assert "nvidia.com/gpu" in found[f"{_ROOT}.containers[render].resources"]


def test_a_daemon_set_pinned_to_a_node_by_its_name_runs_nowhere():
    (problem,) = _about_nodes(named(_ALL, "DaemonSet probe"))
    assert "metadata.name In worker-3" in problem.detail
    assert "no pod of it runs" in problem.detail
    assert _about_nodes(named(_ALL, "DaemonSet probe"), _node("worker-3")) == []


def test_it_is_a_warning_and_nothing_is_dropped():
    render = named(_ALL, "Deployment render")
    plan = planned(render, nodes=(_node(),))
    assert not plan.blocked
    assert all(p.severity is Severity.WARNS for p in plan.all_problems)
    assert only(plan).desired.spec == render.spec


def test_the_sources_namespace_in_an_affinity_is_told():
    plan = planned(named(_ALL, "Deployment render"), source_facts={"namespace": "media"})
    assert [p.code for p in plan.all_problems] == ["names-source-namespace"]


def test_what_is_said_of_nodes_that_could_not_be_read_is_that_it_was_not_checked():
    unread = "Whether a node fits: the credential may not list nodes."
    plan = planned(named(_ALL, "Deployment render"), nodes=None, unread=(unread,))
    assert [p.code for p in plan.all_problems] == []
    assert plan.clusters[0].unchecked == (unread,)


@pytest.mark.parametrize(
    "spec",
    [
        {"nodeSelector": {"kubernetes.io/os": "linux"}},
        _affinity({"matchExpressions": [{"key": "gone", "operator": "DoesNotExist"}]}),
        _affinity({"matchFields": []}, {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "Exists"}]}),
        _affinity({"matchExpressions": [{"key": "disks", "operator": "Gt", "values": ["1"]}]}),
        {
            "affinity": {
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 1, "preference": {"matchExpressions": [{"key": "x", "operator": "Exists"}]}}
                    ]
                }
            }
        },
        {"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]},
        {
            "topologySpreadConstraints": [
                {"topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}
            ]
        },
    ],
)
def test_what_a_node_satisfies_or_is_only_preferred_is_not_told(spec):
    assert _about_nodes(_pod(**spec), _node(disks="2")) == []


def test_two_requirements_that_no_single_node_satisfies_are_told():
    spec = {
        "nodeSelector": {"pool": "a"},
        **_affinity({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["z1"]}]}),
    }
    (problem,) = _about_nodes(_pod(**spec), _node(pool="a", zone="z2"), _node("worker-2", pool="b", zone="z1"))
    assert "both" in problem.detail


def test_a_taint_on_every_node_that_fits_is_told_unless_it_is_tolerated():
    taint = {"key": "dedicated", "value": "media", "effect": "NoSchedule"}
    nodes = (_node(taints=[taint], pool="media"), _node("worker-2"))
    selector = {"nodeSelector": {"pool": "media"}}
    (problem,) = _about_nodes(_pod(**selector), *nodes)
    assert problem.field == f"{_ROOT}.tolerations"
    assert "dedicated=media:NoSchedule" in problem.detail
    for toleration in (
        {"key": "dedicated", "operator": "Exists"},
        {"key": "dedicated", "value": "media", "effect": "NoSchedule"},
        {"operator": "Exists"},
    ):
        assert _about_nodes(_pod(**selector, tolerations=[toleration]), *nodes) == []


def test_a_passing_condition_of_a_node_is_no_reason():
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    assert _about_nodes(_pod(nodeSelector={"pool": "a"}), _node(taints=[taint], pool="a")) == []


def test_a_stateful_set_says_the_same():
    pinned = obj("apps/v1", "StatefulSet", spec=workload_spec(pod={"nodeSelector": {"zone": "z1"}}))
    (problem,) = _about_nodes(pinned)
    assert "stay Pending" in problem.detail


@pytest.mark.parametrize(("operator", "fits"), [("Lt", False), ("Gt", True)])
def test_a_taint_may_be_tolerated_by_its_number(operator, fits):
    tolerations = [{"key": "sla", "operator": operator, "value": "950", "effect": "NoSchedule"}]
    one = _pod(tolerations=tolerations, nodeSelector={"a": "b"})
    fitting = _node(a="b", taints=[{"key": "sla", "value": "990", "effect": "NoSchedule"}])
    assert (_about_nodes(one, fitting) == []) is fits


def test_pods_of_another_operating_system_need_a_node_of_it():
    windows = _pod(os={"name": "windows"})
    (problem,) = _about_nodes(windows, _node(**{"kubernetes.io/os": "linux"}))
    assert "kubernetes.io/os=windows" in problem.detail
    assert _about_nodes(windows, _node(**{"kubernetes.io/os": "windows"})) == []


def test_what_another_scheduler_or_controller_has_to_do_is_told():
    waiting = _pod(
        schedulerName="volcano",
        schedulingGates=[{"name": "example.com/quota"}],
        readinessGates=[{"conditionType": "example.com/warm"}],
    )
    told = {problem.code: problem.detail for problem in planned(waiting).all_problems}
    assert told.keys() == {"other-scheduler", "scheduling-gates", "readiness-gates"}
    assert ["volcano" in told["other-scheduler"], "example.com/warm" in told["readiness-gates"]] == [True, True]
    assert planned(_pod(schedulerName="default-scheduler")).all_problems == ()
