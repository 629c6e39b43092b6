"""What is known of custom resources: whether they are there, how they are, and which images they name."""

from typing import Any

from domain.resources import Manifest, ResourceId
from services.planning.health.values import HealthState
from services.planning.images.custom_facts import CustomResourceFacts, custom_facts
from tests.support.health import POLICY
from tests.support.live import record_of
from tests.support.rollouts import START

DATABASE = ResourceId.of("shop.example/v1", "Database", "db")


def database(spec: dict[str, Any], *, version: str = "v1") -> Manifest:
    metadata = {"name": "db", "namespace": "shop"}
    return Manifest({"apiVersion": f"shop.example/{version}", "kind": "Database", "metadata": metadata, "spec": spec})


def facts(*found: Manifest) -> CustomResourceFacts:
    (one,) = custom_facts([DATABASE], found, now=START, policy=POLICY)
    return one


def test_what_is_not_there_is_missing():
    assert facts().health.state is HealthState.MISSING


def test_it_is_found_in_whichever_version_the_cluster_serves():
    assert facts(database({}, version="v1beta1")).health.state is HealthState.READY


def test_the_images_are_those_of_its_fields_and_its_parts_put_together():
    spec = {
        "image": {"registry": "registry.example", "repository": "shop/db", "tag": "16.2"},
        "proxyImage": {"tag": "3"},
        "backup": {"imageName": "registry.example/shop/backup:1"},
        "version": "16",
        "template": {"spec": {"containers": [{"name": "exporter", "image": "exporter:2"}]}},
    }
    named = {each.path: each.image.reference for each in facts(database(spec)).images}
    assert named == {
        "spec.image": "registry.example/shop/db:16.2",
        "spec.backup.imageName": "registry.example/shop/backup:1",
        "spec.template.spec.containers[exporter].image": "exporter:2",
    }
    assert facts(record_of(database(spec).body).as_manifest()) == facts(database(spec))


def test_a_kind_that_runs_nothing_names_no_image():
    route = ResourceId.of("gateway.networking.k8s.io/v1", "HTTPRoute", "web")
    body = {"apiVersion": route.kind.api_version, "kind": "HTTPRoute", "metadata": {"name": "web"}}
    (one,) = custom_facts([route], [Manifest({**body, "spec": {"image": "a/b:1"}})], now=START, policy=POLICY)
    assert one.images == ()
