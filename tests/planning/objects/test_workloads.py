from typing import Any

import pytest

from domain.resources import Kind, Manifest
from services.planning.objects.workloads import containers, is_workload, pod_spec, pod_template

POD = {"initContainers": [{"name": "prepare", "image": "prepare:1"}], "containers": [{"name": "web", "image": "web:1"}]}


def workload(api_version: str, kind: str, spec: dict[str, Any]) -> Manifest:
    return Manifest({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("batch/v1", "Job"),
        ("v1", "ReplicationController"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("serving.knative.dev/v1", "Service"),
    ],
)
def test_most_workloads_keep_their_pods_in_spec_template(api_version, kind):
    assert pod_spec(workload(api_version, kind, {"template": {"spec": POD}})) is POD


def test_a_cron_job_keeps_its_pods_in_the_template_of_its_job():
    found = workload("batch/v1", "CronJob", {"jobTemplate": {"spec": {"template": {"spec": POD}}}})
    assert pod_spec(found) is POD
    assert containers(found)[1].pointer == "/spec/jobTemplate/spec/template/spec/containers/0"


def test_a_pod_is_its_own_template():
    found = workload("v1", "Pod", POD)
    assert pod_template(found) is found.body
    assert containers(found)[0].path == "spec.initContainers[prepare]"


def test_init_containers_come_first_and_say_so():
    found = containers(workload("apps/v1", "Deployment", {"template": {"spec": POD}}))
    assert [(c.name, c.init, c.image) for c in found] == [("prepare", True, "prepare:1"), ("web", False, "web:1")]


def test_a_kind_of_another_group_with_a_known_name_is_no_workload():
    assert not is_workload(Kind.of("serving.example.org/v1", "Deployment"))
    assert not is_workload(Kind.of("v1", "Service"))


def test_a_workload_without_a_template_has_no_containers():
    assert containers(workload("apps/v1", "Deployment", {})) == ()


def test_a_container_never_shows_its_environment_when_printed():
    body = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "TOKEN", "value": "canary"}]}]}
    assert "canary" not in repr(containers(workload("v1", "Pod", body)))
