"""The example application as it is planted: complete, healthy, and with no value that could be a real secret."""

import base64
import json
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import sandbox
from sandbox.clock import ManualClock
from sandbox.cluster import Cluster
from sandbox.controllers.conditions import is_true
from sandbox.rollout import Controllers
from sandbox.seed import STANDARD_CLUSTERS, equip, seed_example


def plant(name="dev-1"):
    clock = ManualClock()
    cluster = Cluster(name, clock=clock)
    equip(cluster)
    seed_example(cluster)
    return cluster, clock


@pytest.fixture(scope="module")
def shop():
    """`dev-1` some seconds after it was planted."""
    cluster, clock = plant()
    Controllers(cluster).start()
    clock.advance(10)
    return cluster


def names(cluster, plural):
    return {obj["metadata"]["name"] for obj in cluster.list(plural, "shop")}


def secret(cluster, name):
    data = cluster.get("secrets", name, "shop")["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("deployments", {"web", "checkout"}),
        ("statefulsets", {"db"}),
        ("cronjobs", {"report"}),
        ("configmaps", {"shop-settings", "proxy-config", "kube-root-ca.crt"}),
        ("secrets", {"shop-database", "registry-login", "shop-certificate"}),
        ("services", {"web", "checkout", "db"}),
        ("ingresses", {"shop"}),
        ("horizontalpodautoscalers", {"web"}),
        ("poddisruptionbudgets", {"web"}),
        ("serviceaccounts", {"shop", "default"}),
        ("roles", {"shop-settings-reader"}),
        ("rolebindings", {"shop-settings-reader"}),
        ("persistentvolumeclaims", {"data-db-0"}),
        ("storefronts", {"shop"}),
    ],
)
def test_the_shop_has_its(shop, plural, expected):
    assert names(shop, plural) == expected


def test_every_pod_of_the_shop_becomes_ready(shop):
    pods = shop.list("pods", "shop")
    assert len(pods) == 4
    assert all(is_true(pod, "Ready") for pod in pods)


def test_nothing_about_the_shop_is_to_be_warned_of(shop):
    assert [e["message"] for e in shop.list("events", "shop") if e["type"] == "Warning"] == []


def test_web_has_two_containers_and_an_init_container(shop):
    spec = shop.get("deployments", "web", "shop")["spec"]["template"]["spec"]
    assert [c["name"] for c in spec["containers"]] == ["web", "proxy"]
    assert len(spec["initContainers"]) == 1


def test_one_service_is_headless(shop):
    assert shop.get("services", "db", "shop")["spec"]["clusterIP"] == "None"
    assert shop.get("services", "web", "shop")["spec"]["clusterIP"] != "None"


def test_images_are_named_by_tag_alone(shop):
    templates = [w["spec"]["template"] for plural in ("deployments", "statefulsets") for w in shop.list(plural, "shop")]
    images = [c["image"] for template in templates for c in template["spec"]["containers"]]
    assert images
    assert all(":" in image and "@" not in image for image in images)


def test_everything_of_the_shop_says_that_it_is_part_of_it(shop):
    written = [
        entry.object
        for entry in shop.store.everything()
        if entry.key.namespace == "shop" and "ownerReferences" not in entry.object["metadata"]
    ]
    made_by_controllers = {"Event", "PersistentVolumeClaim"}
    unlabelled = {
        (o["kind"], o["metadata"]["name"])
        for o in written
        if o["kind"] not in made_by_controllers
        and (o["metadata"].get("labels") or {}).get("app.kubernetes.io/part-of") != "shop"
    }
    assert unlabelled == {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}


def test_secrets_are_of_three_types_each_in_its_form(shop):
    assert {o["type"] for o in shop.list("secrets", "shop")} == {
        "Opaque",
        "kubernetes.io/dockerconfigjson",
        "kubernetes.io/tls",
    }
    assert "registry.example" in json.loads(secret(shop, "registry-login")[".dockerconfigjson"])["auths"]


def test_the_certificate_belongs_to_its_key_and_to_the_host_of_the_ingress(shop):
    pair = secret(shop, "shop-certificate")
    certificate = x509.load_pem_x509_certificate(pair["tls.crt"].encode())
    key = load_pem_private_key(pair["tls.key"].encode(), password=None)
    assert certificate.public_key() == key.public_key()
    hosts = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert hosts.get_values_for_type(x509.DNSName) == [
        rule["host"] for rule in shop.get("ingresses", "shop", "shop")["spec"]["rules"]
    ]


def test_no_secret_stands_in_the_repository():
    folder = Path(sandbox.__file__).parent / "example"
    kinds = [obj["kind"] for file in folder.glob("*.yaml") for obj in yaml.safe_load_all(file.read_text())]
    assert kinds
    assert "Secret" not in kinds


def test_secrets_are_drawn_anew_for_every_cluster():
    first, second = plant()[0], plant()[0]
    assert secret(first, "shop-database")["password"] != secret(second, "shop-database")["password"]


@pytest.mark.parametrize("name", STANDARD_CLUSTERS)
def test_every_standard_cluster_can_run_what_is_copied_to_it(name):
    cluster, _ = plant(name)
    assert cluster.get("nodes", "node-0")
    assert cluster.get("storageclasses", "standard")
    assert cluster.get("ingressclasses", "nginx")
    assert cluster.get("customresourcedefinitions", "storefronts.practice.example")


@pytest.mark.parametrize("name", [name for name in STANDARD_CLUSTERS if name != "dev-1"])
def test_only_the_first_cluster_has_the_shop(name):
    assert plant(name)[0].get("namespaces", "shop") is None


def test_a_cluster_of_another_name_is_equipped_and_left_empty():
    cluster, _ = plant("my-own")
    assert cluster.get("nodes", "node-0")
    assert not cluster.list("customresourcedefinitions")


def test_planting_a_second_time_changes_nothing():
    cluster, _ = plant()
    version = cluster.store.version
    equip(cluster)
    seed_example(cluster)
    assert cluster.store.version == version
