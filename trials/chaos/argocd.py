"""Argo CD on practice clusters, which delivers the application of a run from what stands for a Git repository.

Its stand-in runs in every namespace that has Argo CD's settings. Here that is the application's own, so that what is
written to the Application is held against an undisturbed run with all the rest.
"""

import asyncio
import json

from trials.chaos.applications import Manifest, create, settled
from trials.direct import DirectCluster

_URL, _PATH = "https://git.example/shop.git", "overlays/production"
_DELIVERING = 60.0  # seconds
_LOOK_EVERY = 0.1  # seconds


async def define(cluster: DirectCluster) -> None:
    """The kinds of Argo CD; before any run, because all clusters are asked for applications in the end."""
    for kind, plural in (("Application", "applications"), ("AppProject", "appprojects")):
        await cluster.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _definition(kind, plural))


def _definition(kind: str, plural: str) -> Manifest:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.argoproj.io"},
        "spec": {"group": "argoproj.io", "scope": "Namespaced", "names": names, "versions": [version]},
    }


async def deliver(cluster: DirectCluster, namespace: str, objects: list[Manifest], *, agreed: str) -> None:
    """Have Argo CD make them in a new namespace; returns when they have rolled out.

    `agreed` is the app environment whose images Stagecoach may give to the Application, as `shop/Production`.
    """
    await cluster.make_namespace(namespace)
    files = {f"{number}.yaml": json.dumps(each) for number, each in enumerate(objects)}
    folder = {"sandbox.example/repository-url": _URL, "sandbox.example/repository-path": _PATH}
    for each in (
        _config_map("argocd-cm", {}),
        _config_map("repository", {"kustomization.yaml": "images: []\n", **files}, **folder),
        _application(namespace, agreed),
    ):
        await create(cluster, namespace, each)
    await _delivered(cluster, namespace, deployments=sum(each["kind"] == "Deployment" for each in objects))


def _config_map(name: str, data: dict[str, str], **annotations: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "annotations": annotations},
        "data": data,
    }


def _application(namespace: str, agreed: str) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "annotations": {"stagecoach.dev/authorized-environment": agreed}},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "source": {"repoURL": _URL, "path": _PATH, "targetRevision": "main"},
            "syncPolicy": {"automated": {"selfHeal": True}},
        },
    }


async def _delivered(cluster: DirectCluster, namespace: str, *, deployments: int) -> None:
    """Wait until Argo CD has made them all, and they have rolled out. Raises `TimeoutError`."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    async with asyncio.timeout(_DELIVERING):
        while True:
            listed = await cluster.call("GET", path)
            if len(listed["items"]) == deployments:
                break
            await asyncio.sleep(_LOOK_EVERY)
    await settled(cluster, namespace)
