"""Argo CD on a practice cluster: its settings, what stands in for a Git repository, and applications."""

from collections.abc import Sequence
from typing import Any

from sandbox.argocd.applications import REFRESH, SETTINGS
from sandbox.argocd.definitions import API_VERSION, DEFINITIONS
from sandbox.cluster import Cluster
from sandbox.git_folders import repository
from sandbox.store import Object, thaw

CONTROL = "argocd"
URL, PATH = "https://git.example/shop.git", "overlays/production"
IN_CLUSTER = "https://kubernetes.default.svc"
SELF_HEALING = {"automated": {"selfHeal": True}}
ALWAYS_DENIED = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}

WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 1
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      initContainers: [{name: prepare, image: "registry.example/shop/web:1"}]
      containers: [{name: web, image: "IMAGE"}, {name: proxy, image: "registry.example/shop/proxy:1"}]
"""


def install(cluster: Cluster, *, namespace: str = CONTROL) -> None:
    """The definitions, and the settings without which no controller looks at an application."""
    for definition in DEFINITIONS:
        if cluster.get("customresourcedefinitions", definition["metadata"]["name"]) is None:
            cluster.create(definition)
    if cluster.get("namespaces", namespace) is None:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    if cluster.get("configmaps", SETTINGS, namespace) is None:
        metadata = {"name": SETTINGS, "namespace": namespace}
        cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})


def workload(name: str = "web", image: str = "registry.example/shop/web:1") -> str:
    return WORKLOAD.replace("NAME", name).replace("IMAGE", image)


def kustomization(*workloads: str, images: str = "[]") -> dict[str, str]:
    """The files of a folder that kustomize renders."""
    files = {f"{number}.yaml": text for number, text in enumerate(workloads or (workload(),))}
    return {"kustomization.yaml": f"images: {images}\n", **files}


def chart(image: str = "{{ .Values.image.repository }}:{{ .Values.image.tag }}", **values: str) -> dict[str, str]:
    """The files of a chart whose template takes the image from its values."""
    given = {"repository": "registry.example/shop/web", "tag": "1", **values}
    lines = "".join(f"  {name}: '{value}'\n" for name, value in given.items())
    return {"Chart.yaml": "name: shop\n", "values.yaml": f"image:\n{lines}", "web.yaml": workload(image=image)}


def folder(files: dict[str, str], *, name: str = "repository", path: str = PATH, namespace: str = CONTROL) -> Object:
    return repository(name, namespace, url=URL, path=path, files=files)


def source(path: str = PATH, **more: Any) -> dict[str, Any]:
    return {"repoURL": URL, "path": path, "targetRevision": "main", **more}


def application(
    name: str = "shop",
    *,
    destination: str = "n",
    namespace: str = CONTROL,
    annotations: dict[str, str] | None = None,
    sources: Sequence[dict[str, Any]] = (),
    **spec: Any,
) -> Object:
    """One with a single source unless several are given."""
    own = {"sources": [*sources]} if sources else {"source": source()}
    return {
        "apiVersion": API_VERSION,
        "kind": "Application",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations or {}},
        "spec": {
            "project": "default",
            "destination": {"server": IN_CLUSTER, "namespace": destination},
            **own,
            **spec,
        },
    }


def project(*windows: dict[str, Any], namespace: str = CONTROL) -> Object:
    """The project of all applications, with its sync windows."""
    metadata = {"name": "default", "namespace": namespace}
    return {"apiVersion": API_VERSION, "kind": "AppProject", "metadata": metadata, "spec": {"syncWindows": [*windows]}}


def application_set(template: Object, *, name: str = "shops", namespace: str = CONTROL, **spec: Any) -> Object:
    """One that writes the application once for the element `production`."""
    metadata = {key: value for key, value in template["metadata"].items() if key != "namespace"}
    return {
        "apiVersion": API_VERSION,
        "kind": "ApplicationSet",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "generators": [{"list": {"elements": [{"environment": "production"}]}}],
            "template": {"metadata": metadata, "spec": template["spec"]},
            **spec,
        },
    }


def live(cluster: Cluster, name: str = "shop", *, namespace: str = CONTROL) -> Object:
    """The application as it is, to be changed."""
    found = cluster.get("applications.argoproj.io", name, namespace)
    assert found is not None, f"application {name} is not there"
    return thaw(found)


def change(cluster: Cluster, body: Object) -> Object:
    """Write it as a person would."""
    return cluster.update(body, manager="kubectl-edit")


def request_sync(cluster: Cluster, name: str = "shop", **operation: Any) -> None:
    """As the CLI does: an operation, started by a person."""
    request = {"initiatedBy": {"username": "ann"}, "sync": {}, **operation}
    change(cluster, {**live(cluster, name), "operation": request})


def request_refresh(cluster: Cluster, name: str = "shop") -> None:
    body = live(cluster, name)
    body["metadata"].setdefault("annotations", {})[REFRESH] = "hard"
    change(cluster, body)
