"""The basic objects of a practice cluster, and the example application `shop`.

`equip` creates what pods need to run: a node, a storage class, an ingress class. `seed_example` creates the application
on the cluster `dev-1`, and on the others only what an import requires: the definition of its custom resource.
"""

import base64
import json
import secrets
from datetime import timedelta
from importlib import resources

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.cluster import Cluster
from sandbox.controllers.namespaces import root_certificate_map
from sandbox.errors import StatusError
from sandbox.store import Object

STANDARD_CLUSTERS = ("dev-1", "staging-1", "prod-eu", "prod-us")
EXAMPLE_CLUSTER = "dev-1"
EXAMPLE_NAMESPACE = "shop"
MANAGER = "shop-team"
"""Who planted the example: people of the shop, not a controller and not Stagecoach."""

_HOST = "shop.dev.example"
_NODE = "node-0"
_LABELS = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/part-of": "shop"}


def equip(cluster: Cluster) -> None:
    """A node, the storage class `standard` and the ingress class `nginx`; what is there already stays as it is."""
    if cluster.get("nodes", _NODE) is None:
        cluster.create(_node(cluster.name))
        cluster.update_status({**_node(cluster.name), "status": _node_status(cluster)})
    if cluster.get("storageclasses", "standard") is None:
        cluster.create(_storage_class())
    if cluster.get("ingressclasses", "nginx") is None:
        cluster.create(_ingress_class())


def seed_example(cluster: Cluster) -> None:
    """The example on its cluster, its definition on the other standard ones; a second call adds nothing."""
    if cluster.name not in STANDARD_CLUSTERS:
        return
    _plant(cluster, _read("storefronts.yaml"))
    if cluster.name != EXAMPLE_CLUSTER or cluster.get("namespaces", EXAMPLE_NAMESPACE) is not None:
        return
    cluster.create(_namespace(), manager=MANAGER)
    _plant(cluster, [root_certificate_map(), *_secrets(cluster), *_read("shop.yaml")])


def _read(name: str) -> list[Object]:
    text = resources.files("sandbox").joinpath("example", name).read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text))


def _plant(cluster: Cluster, objects: list[Object]) -> None:
    for obj in objects:
        if obj["kind"] != "CustomResourceDefinition":
            obj["metadata"]["namespace"] = EXAMPLE_NAMESPACE
        try:
            cluster.create(obj, manager=MANAGER)
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise


def _namespace() -> Object:
    labels = {"app.kubernetes.io/part-of": "shop"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": EXAMPLE_NAMESPACE, "labels": labels}}


def _secrets(cluster: Cluster) -> list[Object]:
    """One Secret of each type that applications commonly hold; every value is drawn anew for every cluster."""
    user, word = "practice-robot", secrets.token_urlsafe(12)
    login = {"username": user, "password": word, "auth": _text(f"{user}:{word}")}
    certificate, key = _certificate(cluster)
    return [
        _secret("shop-database", "Opaque", {"username": "shop", "password": secrets.token_urlsafe(12)}),
        _secret(
            "registry-login",
            "kubernetes.io/dockerconfigjson",
            {".dockerconfigjson": json.dumps({"auths": {"registry.example": login}})},
        ),
        _secret("shop-certificate", "kubernetes.io/tls", {"tls.crt": certificate, "tls.key": key}),
    ]


def _secret(name: str, type_: str, values: dict[str, str]) -> Object:
    data = {key: _text(value) for key, value in values.items()}
    metadata = {"name": name, "labels": dict(_LABELS)}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": type_, "data": data}


def _text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _certificate(cluster: Cluster) -> tuple[str, str]:
    """A certificate that vouches for itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _HOST)])
    now = cluster.clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _node(cluster_name: str) -> Object:
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": _NODE,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": cluster_name,
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": _NODE, "labels": labels}, "spec": {}}


def _node_status(cluster: Cluster) -> Object:
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "500", "ephemeral-storage": "100Gi"}
    now = cluster.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "a practice node is always ready",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }
    info = {
        "architecture": "amd64",
        "bootID": "",
        "containerRuntimeVersion": "practice://1.0",
        "kernelVersion": "",
        "kubeProxyVersion": "",
        "kubeletVersion": "v1.36.2",
        "machineID": "",
        "operatingSystem": "linux",
        "osImage": "practice",
        "systemUUID": "",
    }
    addresses = [{"type": "InternalIP", "address": "192.0.2.1"}, {"type": "Hostname", "address": _NODE}]
    return {
        "capacity": amounts,
        "allocatable": amounts,
        "conditions": [ready],
        "addresses": addresses,
        "nodeInfo": info,
    }


def _storage_class() -> Object:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": annotations},
        "provisioner": "practice.example/disk",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def _ingress_class() -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "practice.example/ingress"},
    }
