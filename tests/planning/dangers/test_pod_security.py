"""Each control of the baseline level of the Pod Security Standards, wherever an object holds pods."""

from typing import Any

import pytest

from domain.dangers import Danger
from services.planning.dangers.dangers import dangers_of
from services.planning.dangers.pod_security import CAPABILITIES, SELINUX_TYPES, SYSCTLS
from tests.support.objects import config_map, deployment, obj, workload_spec


def _context(**context: Any) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": "web:1", "securityContext": context}]}


def _container(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": "web:1", **fields}]}


_FORBIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "host network": ({"hostNetwork": True}, "hostNetwork"),
    "host processes": ({"hostPID": True}, "hostPID"),
    "host memory": ({"hostIPC": True}, "hostIPC"),
    "host path": ({"volumes": [{"name": "run", "hostPath": {"path": "/run"}}]}, "volumes[run].hostPath"),
    "host port": (_container(ports=[{"name": "http", "hostPort": 80}]), "containers[web].ports[http].hostPort"),
    "privileged": (_context(privileged=True), "containers[web].securityContext.privileged"),
    "capabilities": (_context(capabilities={"add": ["NET_RAW"]}), "containers[web].securityContext.capabilities.add"),
    "all capabilities": (_context(capabilities={"add": ["ALL"]}), "containers[web].securityContext.capabilities.add"),
    "windows container": (
        _context(windowsOptions={"hostProcess": True}),
        "containers[web].securityContext.windowsOptions.hostProcess",
    ),
    "windows pod": (
        {"securityContext": {"windowsOptions": {"hostProcess": True}}},
        "securityContext.windowsOptions.hostProcess",
    ),
    "selinux type": ({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}, "securityContext.seLinuxOptions"),
    "selinux user": (_context(seLinuxOptions={"user": "root"}), "containers[web].securityContext.seLinuxOptions"),
    "selinux role": (_context(seLinuxOptions={"role": "sysadm_r"}), "containers[web].securityContext.seLinuxOptions"),
    "proc": (_context(procMount="Unmasked"), "containers[web].securityContext.procMount"),
    "seccomp pod": (
        {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        "securityContext.seccompProfile.type",
    ),
    "seccomp container": (
        _context(seccompProfile={"type": "Unconfined"}),
        "containers[web].securityContext.seccompProfile.type",
    ),
    "apparmor": (
        _context(appArmorProfile={"type": "Unconfined"}),
        "containers[web].securityContext.appArmorProfile.type",
    ),
    "sysctl": (
        {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
        "securityContext.sysctls",
    ),
    "probe": (
        _container(livenessProbe={"httpGet": {"host": "169.254.169.254", "port": 80}}),
        "containers[web].livenessProbe.httpGet.host",
    ),
    "hook": (
        _container(lifecycle={"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": 80}}}),
        "containers[web].lifecycle.preStop.tcpSocket.host",
    ),
    "init container": (
        {"initContainers": [{"name": "set", "securityContext": {"privileged": True}}]},
        "initContainers[set].securityContext.privileged",
    ),
}


def _paths(manifest: Any) -> list[tuple[Danger, str]]:
    return [(each.danger, each.path) for each in dangers_of(manifest, namespace="shop")]


@pytest.mark.parametrize("control", _FORBIDDEN)
def test_what_the_baseline_forbids_is_a_danger_and_says_where(control):
    pod, path = _FORBIDDEN[control]
    assert _paths(deployment(pod=pod)) == [(Danger.PRIVILEGED_PODS, f"spec.template.spec.{path}")]


_ALLOWED: tuple[dict[str, Any], ...] = (
    {},
    {"hostNetwork": False, "hostPID": False, "hostIPC": False, "hostUsers": True},
    {"volumes": [{"name": "data", "emptyDir": {}}, {"name": "keys", "secret": {"secretName": "keys"}}]},
    _container(ports=[{"containerPort": 80, "hostPort": 0}]),
    _container(livenessProbe={"httpGet": {"port": 80}}, lifecycle={"preStop": {"exec": {"command": ["true"]}}}),
    _context(privileged=False, procMount="Default", capabilities={"add": sorted(CAPABILITIES), "drop": ["ALL"]}),
    _context(seccompProfile={"type": "RuntimeDefault"}, appArmorProfile={"type": "Localhost"}),
    {"securityContext": {"sysctls": [{"name": name, "value": "1"} for name in sorted(SYSCTLS)]}},
    {"securityContext": {"runAsUser": 0, "windowsOptions": {"hostProcess": False}}},
    *({"securityContext": {"seLinuxOptions": {"type": each, "level": "s0:c1,c2"}}} for each in sorted(SELINUX_TYPES)),
)


def test_what_the_baseline_allows_is_no_danger():
    for pod in _ALLOWED:
        assert _paths(deployment(pod=pod)) == [], pod


_PRIVILEGED = {"spec": {**_context(privileged=True), "hostPID": True}}
_KINDS = (
    obj("apps/v1", "StatefulSet", spec={"template": _PRIVILEGED}),
    obj("apps/v1", "DaemonSet", spec={"template": _PRIVILEGED}),
    obj("apps/v1", "ReplicaSet", spec={"template": _PRIVILEGED}),
    obj("v1", "ReplicationController", spec={"template": _PRIVILEGED}),
    obj("batch/v1", "Job", spec={"template": _PRIVILEGED}),
    obj("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": _PRIVILEGED}}}),
    obj("v1", "Pod", spec=_PRIVILEGED["spec"]),
    obj("argoproj.io/v1alpha1", "Rollout", spec={"template": _PRIVILEGED}),
    obj("jobset.x-k8s.io/v1alpha2", "JobSet", spec={"replicatedJobs": [{"name": "a", "template": _PRIVILEGED}]}),
    obj("shop.example/v1", "Fleet", spec=[{"pods": [_PRIVILEGED]}]),
)


def test_every_kind_that_holds_a_pod_template_is_looked_into_custom_ones_too():
    for manifest in _KINDS:
        found = dangers_of(manifest, namespace="shop")
        assert sorted(each.path.rpartition(".")[2] for each in found) == ["hostPID", "privileged"], manifest


def test_ephemeral_containers_of_a_pod_count():
    pod = obj("v1", "Pod", spec={"ephemeralContainers": [{"name": "d", "securityContext": {"privileged": True}}]})
    assert [each.what for each in dangers_of(pod, namespace="shop")] == ["runs as privileged"]


def test_an_unconfined_profile_in_an_annotation_counts_on_pods_and_their_templates():
    key = "container.apparmor.security.beta.kubernetes.io/web"
    for profile, dangers in (("unconfined", 1), ("runtime/default", 0), ("localhost/mine", 0)):
        template = {"metadata": {"annotations": {key: profile}}, "spec": {"containers": []}}
        assert len(_paths(obj("apps/v1", "Deployment", spec={"template": template}))) == dangers
        assert len(_paths(obj("v1", "Pod", metadata={"annotations": {key: profile}}, spec={}))) == dangers


def test_a_priority_of_the_cluster_is_a_danger_of_its_own():
    pod = {"priorityClassName": "system-node-critical"}
    assert [danger for danger, _ in _paths(deployment(pod=pod))] == [Danger.SYSTEM_PRIORITY]
    assert _paths(deployment(pod={"priorityClassName": "shop-first"})) == []


def test_the_text_of_a_config_map_is_no_pod():
    assert _paths(config_map(data={"pod.yaml": "hostPID: true"})) == []


def test_an_object_may_nest_deeper_than_python_recurses():
    spec: dict[str, Any] = {"hostPID": True}
    for _ in range(3000):
        spec = {"deeper": spec}
    assert len(dangers_of(obj("shop.example/v1", "Deep", spec=spec), namespace="shop")) == 1


def test_members_of_a_wrong_type_are_no_error():
    for wrong in (None, "text", 7, ["text"], {"add": "ALL"}, {"type": 7}):
        pod = {"securityContext": wrong, "volumes": wrong, **_container(ports=wrong, livenessProbe=wrong)}
        dangers_of(deployment(pod=pod), namespace="shop")
        dangers_of(deployment(pod=_context(capabilities=wrong, seLinuxOptions=wrong, sysctls=wrong)), namespace="shop")
    dangers_of(obj("apps/v1", "Deployment", spec=workload_spec(template=None)), namespace="shop")
