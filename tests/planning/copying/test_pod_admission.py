import pytest

from services.planning.copying.facts import NamespaceState
from tests.support.copy_plans import planned
from tests.support.objects import config_map, deployment, obj

_ENFORCE = "pod-security.kubernetes.io/enforce"
_SAFE = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _told(manifest, level, **facts):
    plan = planned(manifest, **{"namespace_labels": {_ENFORCE: level} if level else {}, **facts})
    return [problem.detail for problem in plan.all_problems if problem.code == "pods-refused"]


def _web(context=None, **pod):
    return deployment(pod={"containers": [{"name": "web", "image": "web:1", "securityContext": context or {}}], **pod})


def test_pods_that_the_level_of_the_namespace_forbids_are_told_before_a_controller_fails_to_create_them():
    privileged = _web({"privileged": True}, hostNetwork=True)
    (detail,) = _told(privileged, "baseline")
    assert "runs as privileged" in detail
    assert "uses the node's network" in detail
    assert _told(privileged, "privileged") == _told(privileged, None) == []
    assert _told(_web(), "baseline") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"allowPrivilegeEscalation": None}, "allowPrivilegeEscalation"),
        ({"runAsNonRoot": None}, "runAsNonRoot"),
        ({"runAsUser": 0}, "runAsUser"),
        ({"capabilities": {"drop": ["KILL"]}}, "capabilities.drop"),
        ({"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}, "capabilities.add"),
        ({"seccompProfile": None}, "seccompProfile"),
    ],
)
def test_what_the_restricted_level_asks_of_each_container(change, said):
    assert _told(_web(_SAFE), "restricted") == []
    (detail,) = _told(_web({**_SAFE, **change}), "restricted")
    assert f"{said} " in detail
    assert "(container web)" in detail
    assert _told(_web({**_SAFE, **change}), "baseline") == []


def test_what_a_pod_says_holds_for_its_containers():
    own = {name: value for name, value in _SAFE.items() if name not in {"runAsNonRoot", "seccompProfile"}}
    pod = {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}}
    assert _told(_web(own, **pod), "restricted") == []


def test_windows_has_no_capabilities_and_other_volumes_than_those_of_the_level_are_named():
    assert _told(_web({"runAsNonRoot": True}, os={"name": "windows"}), "restricted") == []
    (detail,) = _told(_web(_SAFE, volumes=[{"name": "v", "nfs": {}}, {"name": "w", "emptyDir": {}}]), "restricted")
    assert "volumes of type nfs" in detail


def test_a_namespace_that_the_copy_creates_has_the_level_that_it_carries_over():
    source = {"namespace_object": obj("v1", "Namespace", metadata={"labels": {_ENFORCE: "restricted"}})}
    assert len(_told(_web(), None, namespace_state=NamespaceState.MISSING, source_facts=source)) == 1


def test_what_runs_no_pods_is_not_asked():
    assert _told(config_map(), "restricted") == []
