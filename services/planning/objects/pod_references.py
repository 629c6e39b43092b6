"""Every reference that a pod can make, in Kubernetes 1.36: to Secrets, ConfigMaps, claims, accounts, classes. Pure.

The members are those of PodSpec in the API reference (kubernetes.io/docs/reference/kubernetes-api/workload-resources/);
volumes of drivers that the kubelet no longer has are still accepted, and read their Secrets through CSI.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.classes import BETA_STORAGE_CLASS
from services.planning.objects.reference_values import (
    CLAIM,
    CLUSTER_TRUST_BUNDLE,
    CONFIG_MAP,
    ENDPOINTS,
    POD_GROUP,
    PRIORITY_CLASS,
    RESOURCE_CLAIM,
    RESOURCE_CLAIM_TEMPLATE,
    RUNTIME_CLASS,
    SECRET,
    SECRET_PROVIDER_CLASS,
    SERVICE_ACCOUNT,
    STORAGE_CLASS,
    VOLUME_ATTRIBUTES_CLASS,
    Need,
    Reference,
    named,
    need_of,
)
from services.planning.objects.workloads import containers, pod_spec, template_path

NO_PULL = "images of a private registry cannot be pulled"
UNSCHEDULABLE = "pods stay Pending"
_NO_START = "containers wait with CreateContainerConfigError"
_NO_MOUNT = "pods stay ContainerCreating: the volume cannot be mounted"
_NO_PODS = "no pods can be created"

# Volume drivers with a Secret of their own: the member of the volume, and the path to the Secret's name.
_SECRETS_OF_DRIVERS: Mapping[str, str] = {
    "azureFile": "secretName",
    "cephfs": "secretRef.name",
    "cinder": "secretRef.name",
    "flexVolume": "secretRef.name",
    "iscsi": "secretRef.name",
    "rbd": "secretRef.name",
    "scaleIO": "secretRef.name",
    "storageos": "secretRef.name",
    "csi": "nodePublishSecretRef.name",
}


def references_of_pods(manifest: Manifest) -> Iterator[Reference]:
    """The references of a workload's pod template, or of a Pod."""
    spec = pod_spec(manifest) or {}
    root = ".".join((*(template_path(manifest.kind) or ()), "spec"))
    for container in containers(manifest):
        yield from _of_container(container.body, container.path)
    for volume in spec.get("volumes") or ():
        yield from _of_volume(volume, f"{root}.volumes[{volume.get('name')}]")
    for secret in spec.get("imagePullSecrets") or ():
        yield from named(SECRET, secret.get("name"), f"{root}.imagePullSecrets", Need.SOFT, NO_PULL)
    account = spec.get("serviceAccountName")
    if account != "default":  # every namespace has it
        yield from named(SERVICE_ACCOUNT, account, f"{root}.serviceAccountName", Need.REQUIRED, _NO_PODS)
    priority = spec.get("priorityClassName")
    if priority and not str(priority).startswith("system-"):  # every cluster has these
        yield from named(PRIORITY_CLASS, priority, f"{root}.priorityClassName", Need.REQUIRED, _NO_PODS)
    runtime = spec.get("runtimeClassName")
    yield from named(RUNTIME_CLASS, runtime, f"{root}.runtimeClassName", Need.REQUIRED, _NO_PODS)
    group = paths.value(spec, "schedulingGroup.podGroupName")
    yield from named(POD_GROUP, group, f"{root}.schedulingGroup", Need.REQUIRED, UNSCHEDULABLE)
    for claim in spec.get("resourceClaims") or ():
        field = f"{root}.resourceClaims[{claim.get('name')}]"
        yield from named(RESOURCE_CLAIM, claim.get("resourceClaimName"), field, Need.REQUIRED, UNSCHEDULABLE)
        template = claim.get("resourceClaimTemplateName")
        yield from named(RESOURCE_CLAIM_TEMPLATE, template, field, Need.REQUIRED, UNSCHEDULABLE)


def _of_container(body: Any, path: str) -> Iterator[Reference]:
    for variable in body.get("env") or ():
        # `fileKeyRef` names a file in a volume of the same pod, so it leads to no other object.
        source = variable.get("valueFrom") or {}
        field = f"{path}.env[{variable.get('name')}]"
        for group_kind, name in ((CONFIG_MAP, "configMapKeyRef"), (SECRET, "secretKeyRef")):
            ref = source.get(name) or {}
            yield from named(group_kind, ref.get("name"), field, need_of(ref), _NO_START, ref.get("key"))
    for index, source in enumerate(body.get("envFrom") or ()):
        for group_kind, name in ((CONFIG_MAP, "configMapRef"), (SECRET, "secretRef")):
            ref = source.get(name) or {}
            yield from named(group_kind, ref.get("name"), f"{path}.envFrom[{index}]", need_of(ref), _NO_START)


def _of_volume(volume: Any, path: str) -> Iterator[Reference]:
    sources = [(volume, path)]
    for index, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
        sources.append((source, f"{path}.projected.sources[{index}]"))
    for source, field in sources:
        config_map, secret = source.get("configMap") or {}, source.get("secret") or {}
        yield from _with_keys(CONFIG_MAP, config_map.get("name"), config_map, field)
        # A volume has `secretName`, a projected source has `name`.
        yield from _with_keys(SECRET, secret.get("secretName") or secret.get("name"), secret, field)
        bundle = source.get("clusterTrustBundle") or {}
        yield from named(CLUSTER_TRUST_BUNDLE, bundle.get("name"), field, need_of(bundle), _NO_MOUNT)
    claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    yield from named(CLAIM, claim, path, Need.REQUIRED, UNSCHEDULABLE)
    for driver, where in _SECRETS_OF_DRIVERS.items():
        yield from named(SECRET, paths.value(volume, f"{driver}.{where}"), f"{path}.{driver}", Need.REQUIRED, _NO_MOUNT)
    endpoints = paths.value(volume, "glusterfs.endpoints")
    yield from named(ENDPOINTS, endpoints, f"{path}.glusterfs", Need.REQUIRED, _NO_MOUNT)
    provider = paths.value(volume, "csi.volumeAttributes.secretProviderClass")
    yield from named(SECRET_PROVIDER_CLASS, provider, f"{path}.csi", Need.REQUIRED, _NO_MOUNT)
    template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
    if template:
        yield from references_of_claims((template,), f"{path}.ephemeral.volumeClaimTemplate.spec")


def _with_keys(group_kind: tuple[str, str], name: Any, source: Mapping[str, Any], field: str) -> Iterator[Reference]:
    """The object, and each key that `items` mounts: without one of them the volume cannot be mounted."""
    yield from named(group_kind, name, field, need_of(source), _NO_MOUNT)
    for item in source.get("items") or ():
        yield from named(group_kind, name, f"{field}.items", need_of(source), _NO_MOUNT, item.get("key"))


def references_of_claims(claims: Iterable[Any], path: str) -> Iterator[Reference]:
    """The classes and the data source of claims, or of templates of claims; `path` leads to their `spec`."""
    for claim in claims:
        spec = claim.get("spec") or {}
        legacy = ((claim.get("metadata") or {}).get("annotations") or {}).get(BETA_STORAGE_CLASS)
        # Where both are given, the annotation decides (pkg/apis/core/v1/helper, GetPersistentVolumeClaimClass).
        name, field = (legacy, "annotations") if legacy else (spec.get("storageClassName"), "storageClassName")
        yield from named(STORAGE_CLASS, name, f"{path}.{field}", Need.REQUIRED, UNSCHEDULABLE)
        attributes = spec.get("volumeAttributesClassName")
        field = f"{path}.volumeAttributesClassName"
        yield from named(VOLUME_ATTRIBUTES_CLASS, attributes, field, Need.REQUIRED, UNSCHEDULABLE)
        source = spec.get("dataSourceRef") or spec.get("dataSource") or {}
        if not source.get("namespace"):
            group_kind = (str(source.get("apiGroup") or ""), str(source.get("kind") or ""))
            yield from named(group_kind, source.get("name"), f"{path}.dataSource", Need.REQUIRED, UNSCHEDULABLE)
