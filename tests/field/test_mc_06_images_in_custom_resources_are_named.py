"""mc-06: where an image in a custom resource differs, a promotion leaves it, and its plan says so."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.cluster_api import ClusterFailure
from domain.resources import Kind, Manifest, ResourceId
from domain.stored.requests import PromotionRequest
from sandbox.server import Sandbox
from services.planning.images.custom_resources import CustomFacts, custom_image_problems, in_both
from services.planning.objects.custom_images import images_named, may_name_images, only_images
from tests.support.actors import ANN
from tests.support.image_plans import codes, promote
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload
from tests.support.running import seen
from tests.support.running import workload as workload_of

GAUGE = "registry.example.test/gauge/prometheus"


def resource(
    spec: dict[str, Any], *, name: str = "gauge", kind: str = "Prometheus", group: str = "monitoring.coreos.com"
):
    return Manifest({"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})


def facts(cluster: str, *found: Manifest) -> CustomFacts:
    return CustomFacts(cluster=cluster, found=found)


def said(source: dict[str, Any], *targets: dict[str, Any]) -> list[str]:
    listed = [facts(f"prod-{number}", resource(each)) for number, each in enumerate(targets)]
    return [problem.detail for problem in custom_image_problems([facts("dev", resource(source))], listed)]


def test_the_image_and_the_version_are_named_with_both_values():
    [detail] = said({"image": f"{GAUGE}:3.1.0", "version": "3.1.0"}, {"image": f"{GAUGE}:3.0.0", "version": "3.0.0"})
    for text in ("Prometheus gauge", "spec.image", f"{GAUGE}:3.1.0", f"{GAUGE}:3.0.0", "spec.version"):
        assert text in detail


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"baseImage": "a:1"}, "spec.baseImage"),
        ({"imageName": "ghcr.io/pg:16"}, "spec.imageName"),
        ({"kafka": {"image": "kafka:3"}}, "spec.kafka.image"),
        ({"containers": [{"name": "proxy", "image": "proxy:1"}]}, "spec.containers[proxy].image"),
        ({"template": {"spec": {"containers": [{"image": "a:1"}]}}}, "spec.template.spec.containers[0].image"),
        ({"image": {"repository": "a", "tag": 7}}, "spec.image.tag"),
        ({"thanosImage": {"name": "a", "version": "1"}}, "spec.thanosImage.version"),
        ({"version": "8.1.0"}, "spec.version"),
        ({"images": ["a:1", "b:2"]}, "spec.images[1]"),
        ({"images": {"web": "shop/web"}}, "spec.images.web"),
        ({"runner": {"imageUrl": "a/b:1"}}, "spec.runner.imageUrl"),
        ({"images": [{"name": "web", "newTag": "2"}, {"image": "a:1"}]}, "spec.images[1].image"),
    ],
)
def test_images_are_found_under_the_names_that_operators_use(spec, path):
    assert path in images_named(resource(spec))


def test_what_is_kept_of_a_specification_names_the_same_images():
    spec = {
        "images": {"web": "shop/web"},
        "sidecarImages": ["a:1", "b:2"],
        "other": [{"x": 1}, {"image": {"repository": "a", "tag": 7, "pullPolicy": "Always"}}],
        "replicas": 3,
    }
    assert images_named(resource(only_images(spec))) == images_named(resource(spec))
    assert "replicas" not in only_images(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"imagePullPolicy": "Always", "imagePullSecrets": [{"name": "pull"}]},
        {"replicas": 3, "host": "a:1"},
        {"image": "not an image"},
        {"imageTagMutability": "IMMUTABLE"},
        {"paused": True, "version": True},
        {"images": {"enabled": "true", "policy": "always"}},
        {"images": []},
    ],
)
def test_other_fields_are_no_images(spec):
    assert images_named(resource(spec)) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"image": "gauge:1", "replicas": 1}, {"image": "gauge:1", "replicas": 3}),
        ({"image": "nginx"}, {"image": "docker.io/library/nginx:latest"}),
        ({"replicas": 1}, {"replicas": 2}),
    ],
)
def test_nothing_is_said_where_no_image_differs(one, other):
    assert said(one, other) == []


def test_what_differs_alike_on_all_clusters_is_said_once():
    [problem] = custom_image_problems(
        [facts("dev", resource({"image": "a:2"}))],
        [facts("prod-eu", resource({"image": "a:1"})), facts("prod-us", resource({"image": "a:1"}))],
    )
    assert problem.cluster is None
    assert "prod-eu" not in problem.detail


def test_where_it_differs_on_some_clusters_they_are_named():
    [detail] = said({"image": "a:2"}, {"image": "a:1"}, {"image": "a:2"})
    assert "on prod-0:" in detail


def test_custom_resources_that_may_not_be_read_are_said_to_be_uncompared():
    denied = CustomFacts(cluster="prod", failure=ClusterFailure(code="access-denied", detail="It may not get them."))
    [problem] = custom_image_problems([facts("dev", resource({"image": "a:2"}))], [denied])
    assert (problem.code, problem.cluster, problem.blocks) == ("custom-resources-unread", "prod", False)


def test_only_custom_resources_that_both_sides_have_are_compared():
    prometheus = resource({}).id
    newer = replace(prometheus, kind=replace(prometheus.kind, version="v2"))
    deployment = ResourceId.of("apps/v1", "Deployment", "web")
    assert in_both([prometheus, deployment], [newer, deployment]) == (prometheus,)
    assert in_both([prometheus], [resource({}, name="other").id]) == ()
    assert not may_name_images(Kind(group="gateway.networking.k8s.io", version="v1", name="Gateway"))
    assert may_name_images(Kind(group="sparkoperator.k8s.io", version="v1beta2", name="SparkApplication"))


def with_volume(reference: str) -> Manifest:
    body = workload_of("web", {"web": "shop/web:1"}).edited()
    body["spec"]["template"]["spec"]["volumes"] = [
        {"name": "models", "image": {"reference": reference}},
        {"name": "scratch", "emptyDir": {}},
    ]
    return Manifest(body)


@pytest.mark.parametrize(("there", "said"), [("shop/models:1", ["image-volume-differs"]), ("shop/models:2", [])])
def test_an_image_volume_that_differs_is_named_too(there, said):
    targets = [seen(name, [with_volume(there)]) for name in ("prod-eu", "prod-us")]
    plan = promote(seen("dev", [with_volume("shop/models:2")]), targets, pin=False)
    assert plan.nothing_to_do
    assert codes(plan) == said


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox, staged(database, database_url, sandbox) as stage:
        yield stage


async def test_a_preview_with_nothing_else_to_do_says_so_too(stage):
    for cluster in ("staging-1", "prod-eu"):
        stage.sandbox.cluster(cluster).create(DEFINITION)
    for name, cluster, tag in (("Staging", "staging-1", "3.1.0"), ("Production", "prod-eu", "3.0.0")):
        gauge = dict(resource({"image": f"{GAUGE}:{tag}"}).body)
        await stage.environment(name, {cluster: (workload("web", {"web": image("web:1")}), gauge)})
    request = PromotionRequest(source_environment="Staging", target_environment="Production")
    plan = await stage.promoting.preview("shop", request, actor=ANN)
    assert plan.nothing_to_do
    assert [(problem.code, str(problem.resource)) for problem in plan.all_problems] == [
        ("image-in-custom-resource", "monitoring.coreos.com/v1/Prometheus/gauge")
    ]


DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "prometheuses.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com",
        "scope": "Namespaced",
        "names": {"kind": "Prometheus", "plural": "prometheuses", "singular": "prometheus"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            }
        ],
    },
}
