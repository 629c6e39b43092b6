import base64
import gzip
import json

import pytest

from domain.resources import Manifest
from services.planning.objects.helm_records import HelmRelease, ReleaseName, newest_release
from services.planning.objects.workload_owners import Tool, needs_release_record, workload_owner
from tests.support.objects import obj

SHOP = ReleaseName(namespace="shop", name="shop")
OF_SHOP = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop"}
TEMPLATED = {
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/instance": "shop",
    "helm.sh/chart": "shop-1.0.0",
}


def web(*, managers=(), **metadata) -> Manifest:
    entries = [
        {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {}}}
        for manager, operation in managers
    ]
    return obj("apps/v1", "Deployment", "web", metadata={"namespace": "shop", "managedFields": entries, **metadata})


def record(revision: int, manifest: str, *, kind="Secret") -> Manifest:
    text = base64.b64encode(gzip.compress(json.dumps({"manifest": manifest, "config": {"password": "x"}}).encode()))
    data = base64.b64encode(text) if kind == "Secret" else text
    labels = {"owner": "helm", "name": "shop", "version": str(revision)}
    name = f"sh.helm.release.v1.shop.v{revision}"
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": "shop", "labels": labels},
            "data": {"release": data.decode()},
        }
    )


RENDERED = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"


def test_what_helm_template_writes_makes_no_release():
    assert workload_owner(web(labels=TEMPLATED, managers=[("kubectl", "Apply")])) is None


@pytest.mark.parametrize(
    "manager",
    [("helm", "Apply"), ("helm", "Update"), ("terraform-provider-helm_v2.17.0_x5", "Update"), ("Helm", "Update")],
)
def test_an_object_that_helm_wrote_belongs_to_the_release_that_it_names(manager):
    manifest = web(annotations=OF_SHOP, managers=[("kube-controller-manager", "Update"), manager])
    owner = workload_owner(manifest)
    assert owner is not None
    assert (owner.tool, owner.name) == (Tool.HELM, "the Helm release shop in namespace shop")
    assert owner.manager == manager[0]
    assert not needs_release_record(manifest)


def test_the_record_decides_where_helm_is_no_field_manager():
    manifest = web(annotations=OF_SHOP, managers=[("velero", "Update")])
    assert needs_release_record(manifest)
    assert workload_owner(manifest, {SHOP: newest_release(SHOP, [record(1, RENDERED)])}) is not None
    assert workload_owner(manifest, {SHOP: newest_release(SHOP, [])}) is None


def test_a_copy_of_a_releases_object_under_another_name_is_not_the_releases():
    copied = Manifest(
        {**web(annotations=OF_SHOP).body, "metadata": {**web(annotations=OF_SHOP).metadata, "name": "web-b"}}
    )
    assert workload_owner(copied, {SHOP: newest_release(SHOP, [record(1, RENDERED)])}) is None


def test_a_release_whose_record_may_not_be_read_is_taken_at_its_word():
    assert workload_owner(web(annotations=OF_SHOP, managers=[("kubectl", "Update")]), {}) is not None


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_the_newest_revision_says_what_a_release_holds(kind):
    old, new = record(9, RENDERED, kind=kind), record(10, RENDERED.replace("web", "api"), kind=kind)
    found = newest_release(SHOP, [new, old])
    assert found is not None
    assert not found.holds(web().id, "shop")


def test_objects_without_a_namespace_are_in_the_releases_and_others_where_they_say():
    elsewhere = RENDERED.replace("name: web", "name: web\n  namespace: other")
    assert newest_release(SHOP, [record(1, RENDERED)]).holds(web().id, "shop")  # type: ignore[union-attr]
    assert not newest_release(SHOP, [record(1, elsewhere)]).holds(web().id, "shop")  # type: ignore[union-attr]


def test_a_record_is_read_however_its_documents_are_written():
    text = """---
# Source: shop/templates/web.yaml
apiVersion: v1
kind: Service
metadata: {name: web, labels: {name: other}}
spec: {ports: [{name: http}]}
---
kind: Deployment
metadata:
  labels: &labels {app: web}
  name: "web"
spec: {template: {metadata: {labels: *labels, name: pod}}}
apiVersion: apps/v1
---
"""
    found = newest_release(SHOP, [record(1, text)])
    assert found is not None
    assert found.objects == frozenset({("", "Service", "shop", "web"), ("apps", "Deployment", "shop", "web")})


def test_a_record_that_is_nested_too_deeply_is_unreadable():
    nested = "spec: " + "[" * 100_000 + "]" * 100_000
    assert newest_release(SHOP, [record(1, RENDERED + nested)]) == HelmRelease(objects=None)


@pytest.mark.parametrize("data", ["", "no base64!", "bm90IGd6aXA=", base64.b64encode(b"bm90IGd6aXA=").decode()])
def test_an_unreadable_record_is_taken_to_hold_the_object(data):
    broken = Manifest({**record(1, "").body, "data": {"release": data}})
    assert newest_release(SHOP, [broken]) == HelmRelease(objects=None)
    assert HelmRelease(objects=None).holds(web().id, "shop")


def test_a_tracking_id_that_names_the_object_makes_it_argo_cds():
    owner = workload_owner(web(annotations={"argocd.argoproj.io/tracking-id": "team_shop:apps/Deployment:shop/web"}))
    assert owner is not None
    assert (owner.tool, owner.name) == (Tool.ARGO_CD, "the application team_shop of Argo CD")


@pytest.mark.parametrize(
    "tracked",
    ["shop:apps/Deployment:shop/api", "shop:apps/Deployment:other/web", "shop:apps/StatefulSet:shop/web", "shop", ""],
)
def test_a_tracking_id_that_names_another_object_was_copied_along(tracked):
    annotations = {"argocd.argoproj.io/tracking-id": tracked}
    assert workload_owner(web(annotations=annotations, labels={"argocd.argoproj.io/instance": "shop"})) is None


def test_the_common_instance_label_is_argo_cds_only_beside_its_field_manager():
    labels = {"app.kubernetes.io/instance": "shop"}
    assert workload_owner(web(labels=labels, managers=[("kubectl", "Apply")])) is None
    owner = workload_owner(web(labels=labels, managers=[("argocd-controller", "Apply")]))
    assert owner is not None
    assert owner.name == "the application shop of Argo CD"


def test_argo_cds_own_label_is_enough():
    assert workload_owner(web(labels={"argocd.argoproj.io/instance": "shop"})) is not None


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("helm.toolkit.fluxcd.io", "the HelmRelease flux-system/shop of Flux"),
        ("kustomize.toolkit.fluxcd.io", "the Kustomization flux-system/shop of Flux"),
    ],
)
def test_fluxs_labels_name_the_owner_before_helms_annotations(prefix, name):
    labels = {f"{prefix}/name": "shop", f"{prefix}/namespace": "flux-system"}
    owner = workload_owner(web(labels=labels, annotations=OF_SHOP, managers=[("helm-controller", "Apply")]))
    assert owner is not None
    assert (owner.tool, owner.name) == (Tool.FLUX, name)


def test_what_nobody_marked_belongs_to_nobody():
    assert workload_owner(web(managers=[("kubectl-client-side-apply", "Update")])) is None
