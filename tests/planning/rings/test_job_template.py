"""Jobs from templates: which image they get, their names, and what a template may not hold."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from domain.hook_runs import RunKey, RunPart
from domain.images import ContainerImage, Image
from domain.resources import Manifest, ResourceId
from services.planning.rings.job_template import (
    OPERATION_LABEL,
    JobTemplateError,
    faults_of,
    is_job_of,
    job_name,
    make_job,
    refused_dangers,
)

_KEY = RunKey(operation_id="op-1", ring=2, part=RunPart.BEFORE, name="migrate", cluster="prod-eu")


def _template(image: str = "$(image)", *, container: str = "web", spec: Any = None, **metadata: Any) -> Manifest:
    pods = {"restartPolicy": "Never", "containers": [{"name": container, "image": image}]}
    body = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pods}, **(spec or {})}}
    return Manifest(body | ({"metadata": metadata} if metadata else {}))


def _image(workload: str, container: str, reference: str) -> ContainerImage:
    resource = ResourceId.of("apps/v1", "Deployment", workload)
    return ContainerImage(workload=resource, container=container, image=Image.of(reference))


_WEB, _API = _image("shop", "web", "shop/web:2"), _image("shop", "api", "shop/api:5")
_OTHER_WEB = _image("admin", "web", "shop/admin:3")


def _made(template: Manifest, *images: ContainerImage, key: RunKey = _KEY) -> Manifest:
    return make_job(template, key, images=images, namespace="shop", seconds=600)


def _image_of(job: Manifest) -> str:
    return str(job.spec["template"]["spec"]["containers"][0]["image"])


def test_a_placeholder_gets_the_image_that_it_means() -> None:
    expected = {
        ("$(image)", "web", (_WEB, _API)): "shop/web:2",  # the container of the same name
        ("$(image)", "migrate", (_WEB,)): "shop/web:2",  # the only image
        ("$(image:api)", "migrate", (_WEB, _API)): "shop/api:5",
        ("$(image:admin/web)", "migrate", (_WEB, _OTHER_WEB)): "shop/admin:3",
        ("busybox:1.36", "web", (_WEB,)): "busybox:1.36",
    }
    for (image, container, images), reference in expected.items():
        assert _image_of(_made(_template(image, container=container), *images)) == reference


def test_a_placeholder_that_means_no_image_or_several_is_refused_with_the_ones_there_are() -> None:
    for image, images in (
        ("$(image)", (_WEB, _API)),
        ("$(image)", ()),
        ("$(image:worker)", (_WEB,)),
        ("$(image:web)", (_WEB, _OTHER_WEB)),
    ):
        with pytest.raises(JobTemplateError) as refused:
            _made(_template(image, container="migrate"), *images)
        for each in images:
            assert f"{each.workload.name}/{each.container}" in refused.value.detail


def test_the_same_run_has_the_same_job_and_every_other_run_another() -> None:
    keys = [
        _KEY,
        replace(_KEY, cluster="prod-us"),
        replace(_KEY, ring=1),
        replace(_KEY, part=RunPart.AFTER),
        replace(_KEY, name="seed"),
        replace(_KEY, number=1),
        replace(_KEY, operation_id="op-2"),
    ]
    names = [job_name(key) for key in keys]
    assert len(set(names)) == len(names)
    assert job_name(_KEY) == names[0]
    longest = RunKey(operation_id="o" * 36, ring=99, part=RunPart.CHECK, name="n" * 30, cluster="c" * 63)
    assert len(job_name(longest)) <= 63


def test_a_job_is_known_as_the_runs_own_by_its_marks() -> None:
    job = _made(_template(), _WEB)
    assert is_job_of(job, _KEY)
    assert job.labels[OPERATION_LABEL] == job.spec["template"]["metadata"]["labels"][OPERATION_LABEL] == "op-1"
    body = copy.deepcopy(job.body)
    del body["metadata"]["annotations"]
    assert not is_job_of(Manifest(body), _KEY)


def test_a_job_is_ended_in_time_and_kept_for_long_enough() -> None:
    limits = {
        (): (600, 86400),
        (("activeDeadlineSeconds", 60), ("ttlSecondsAfterFinished", 0)): (60, 3600),
        (("activeDeadlineSeconds", 6000), ("ttlSecondsAfterFinished", 9999)): (600, 9999),
    }
    for given, (deadline, kept) in limits.items():
        job = _made(_template(spec=dict(given)), _WEB)
        assert (job.spec["activeDeadlineSeconds"], job.spec["ttlSecondsAfterFinished"]) == (deadline, kept)


def test_a_template_stays_as_it_is() -> None:
    template = _template(labels={"team": "shop"}, name="mine")
    before = copy.deepcopy(template.body)
    job = _made(template, _WEB)
    assert template.body == before
    assert job.labels["team"] == "shop"
    assert (job.name, job.namespace) == (job_name(_KEY), "shop")


def test_a_good_template_has_no_fault() -> None:
    named = [{"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"}, {"name": "LOG", "value": "debug"}]
    good = _template()
    good.body["spec"]["template"]["spec"]["containers"][0]["env"] = named
    assert not list(faults_of(good, namespace="shop"))


def test_what_cannot_become_a_job_is_said() -> None:
    secret = _template()
    secret.body["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "DB_PASSWORD", "value": "canary"}]
    serving = _template()
    serving.body["spec"]["template"]["spec"]["restartPolicy"] = "Always"
    empty = _template()
    empty.body["spec"]["template"]["spec"]["containers"] = []
    faults = {
        "is a Job": Manifest({"apiVersion": "v1", "kind": "Pod"}),
        "runs in shop": _template(namespace="kube-system"),
        "no spec.template": Manifest({"apiVersion": "batch/v1", "kind": "Job", "spec": {}}),
        "spec.selector": _template(spec={"selector": {"matchLabels": {"app": "web"}}}),
        "never ends": _template(spec={"suspend": True}),
        "ownerReferences": _template(ownerReferences=[{"name": "x"}]),
        "restartPolicy": serving,
        "no containers": empty,
        "no placeholder": _template("$(images)"),
        "needs a name": _template(""),
        "looks like a secret": secret,
    }
    for said, template in faults.items():
        found = list(faults_of(template, namespace="shop"))
        assert any(said in each for each in found), said
        assert "canary" not in str(found)
        with pytest.raises(JobTemplateError):
            _made(template, _WEB)


def test_privileged_pods_need_the_environments_consent() -> None:
    job = _template(spec={})
    job.body["spec"]["template"]["spec"]["hostNetwork"] = True
    assert refused_dangers(job, namespace="shop", allowed=())
    assert not refused_dangers(job, namespace="shop", allowed=("privileged-pods",))
    assert not refused_dangers(_template(), namespace="shop", allowed=())
