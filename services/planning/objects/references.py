"""Which other objects an object refers to by name, and what happens where the target lacks one of them. Pure.

References are to objects of the same namespace, or to cluster-scoped classes and roles. The references of custom
resources are not known. Fields and consequences follow the API reference of each kind (kubernetes.io/docs/reference).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import GroupKind, kind_name
from services.planning.objects.workloads import containers, is_workload, pod_spec, template_path

CONFIG_MAP: GroupKind = ("", "ConfigMap")
SECRET: GroupKind = ("", "Secret")
SERVICE: GroupKind = ("", "Service")
SERVICE_ACCOUNT: GroupKind = ("", "ServiceAccount")
CLAIM: GroupKind = ("", "PersistentVolumeClaim")
STORAGE_CLASS: GroupKind = ("storage.k8s.io", "StorageClass")
INGRESS_CLASS: GroupKind = ("networking.k8s.io", "IngressClass")
PRIORITY_CLASS: GroupKind = ("scheduling.k8s.io", "PriorityClass")
RUNTIME_CLASS: GroupKind = ("node.k8s.io", "RuntimeClass")
RESOURCE_CLAIM: GroupKind = ("resource.k8s.io", "ResourceClaim")
RESOURCE_CLAIM_TEMPLATE: GroupKind = ("resource.k8s.io", "ResourceClaimTemplate")
ROLE: GroupKind = ("rbac.authorization.k8s.io", "Role")
CLUSTER_ROLE: GroupKind = ("rbac.authorization.k8s.io", "ClusterRole")
SECRET_PROVIDER_CLASS: GroupKind = ("secrets-store.csi.x-k8s.io", "SecretProviderClass")

CLUSTER_WIDE = frozenset({STORAGE_CLASS, INGRESS_CLASS, PRIORITY_CLASS, RUNTIME_CLASS, CLUSTER_ROLE})


class Need(StrEnum):
    """What happens to the referring object where the referenced one is missing."""

    REQUIRED = "required"  # it does not start
    SOFT = "soft"  # it may work, or work in part
    OPTIONAL = "optional"  # the object marks the reference as optional


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A name in an object's `field`. `key` is set where the field refers to one key of a ConfigMap or Secret."""

    group_kind: GroupKind
    name: str
    field: str
    need: Need
    consequence: str
    key: str | None = None

    @property
    def label(self) -> str:
        """The referenced object as texts name it: `Secret tls`."""
        return f"{self.group_kind[1]} {self.name}"


_NO_START = "containers wait with CreateContainerConfigError"
_NO_MOUNT = "pods stay ContainerCreating: the volume cannot be mounted"
_NO_PODS = "no pods can be created"
_NO_PULL = "images of a private registry cannot be pulled"
_NO_LOGIN = "what runs under the account finds no such login"
_NO_CLASS = "no controller serves the Ingress"
_UNSCHEDULABLE = "pods stay Pending"


def references_of(manifest: Manifest) -> tuple[Reference, ...]:
    """Every reference of the object, without repetitions, in the order of its fields."""
    references = [*_of_pods(manifest)] if is_workload(manifest.kind) else []
    match kind_name(manifest.kind):
        case "StatefulSet.apps":
            references += _of_claims(manifest.spec.get("volumeClaimTemplates") or (), "spec.volumeClaimTemplates")
            references += _named(
                SERVICE, manifest.spec.get("serviceName"), "spec.serviceName", Need.SOFT, "no DNS names"
            )
        case "PersistentVolumeClaim":
            references += _of_claims((manifest.body,), "spec")
        case "Ingress.networking.k8s.io":
            references += _of_ingress(manifest)
        case "RoleBinding.rbac.authorization.k8s.io":
            references += _of_binding(manifest)
        case "ServiceAccount":
            for secret in manifest.body.get("imagePullSecrets") or ():
                references += _named(SECRET, secret.get("name"), "imagePullSecrets", Need.SOFT, _NO_PULL)
            for secret in manifest.body.get("secrets") or ():
                references += _named(SECRET, secret.get("name"), "secrets", Need.SOFT, _NO_LOGIN)
        case "HorizontalPodAutoscaler.autoscaling":
            references += _of_autoscaler(manifest)
        case _:
            pass
    return tuple(dict.fromkeys(references))


def _named(  # noqa: PLR0917 - one line for each field that names something
    group_kind: GroupKind, name: Any, field: str, need: Need, consequence: str, key: str | None = None
) -> Iterator[Reference]:
    if isinstance(name, str) and name:
        yield Reference(group_kind=group_kind, name=name, field=field, need=need, consequence=consequence, key=key)


def _need(source: Any) -> Need:
    return Need.OPTIONAL if isinstance(source, dict) and source.get("optional") else Need.REQUIRED


def _of_pods(manifest: Manifest) -> Iterator[Reference]:
    spec = pod_spec(manifest) or {}
    root = ".".join((*(template_path(manifest.kind) or ()), "spec"))
    for container in containers(manifest):
        yield from _of_container(container.body, container.path)
    for volume in spec.get("volumes") or ():
        yield from _of_volume(volume, f"{root}.volumes[{volume.get('name')}]")
    for secret in spec.get("imagePullSecrets") or ():
        yield from _named(SECRET, secret.get("name"), f"{root}.imagePullSecrets", Need.SOFT, _NO_PULL)
    account = spec.get("serviceAccountName")
    if account != "default":  # every namespace has it
        yield from _named(SERVICE_ACCOUNT, account, f"{root}.serviceAccountName", Need.REQUIRED, _NO_PODS)
    priority = spec.get("priorityClassName")
    if priority and not str(priority).startswith("system-"):  # every cluster has these
        yield from _named(PRIORITY_CLASS, priority, f"{root}.priorityClassName", Need.REQUIRED, _NO_PODS)
    runtime = spec.get("runtimeClassName")
    yield from _named(RUNTIME_CLASS, runtime, f"{root}.runtimeClassName", Need.REQUIRED, _NO_PODS)
    for claim in spec.get("resourceClaims") or ():
        field = f"{root}.resourceClaims[{claim.get('name')}]"
        yield from _named(RESOURCE_CLAIM, claim.get("resourceClaimName"), field, Need.REQUIRED, _UNSCHEDULABLE)
        template = claim.get("resourceClaimTemplateName")
        yield from _named(RESOURCE_CLAIM_TEMPLATE, template, field, Need.REQUIRED, _UNSCHEDULABLE)


def _of_container(body: Any, path: str) -> Iterator[Reference]:
    for variable in body.get("env") or ():
        source = variable.get("valueFrom") or {}
        field = f"{path}.env[{variable.get('name')}]"
        for group_kind, name in ((CONFIG_MAP, "configMapKeyRef"), (SECRET, "secretKeyRef")):
            ref = source.get(name) or {}
            yield from _named(group_kind, ref.get("name"), field, _need(ref), _NO_START, ref.get("key"))
    for index, source in enumerate(body.get("envFrom") or ()):
        for group_kind, name in ((CONFIG_MAP, "configMapRef"), (SECRET, "secretRef")):
            ref = source.get(name) or {}
            yield from _named(group_kind, ref.get("name"), f"{path}.envFrom[{index}]", _need(ref), _NO_START)


def _of_volume(volume: Any, path: str) -> Iterator[Reference]:
    for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        config_map, secret = source.get("configMap") or {}, source.get("secret") or {}
        yield from _named(CONFIG_MAP, config_map.get("name"), path, _need(config_map), _NO_MOUNT)
        # A volume has `secretName`, a projected source has `name`.
        name = secret.get("secretName") or secret.get("name")
        yield from _named(SECRET, name, path, _need(secret), _NO_MOUNT)
    claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    yield from _named(CLAIM, claim, path, Need.REQUIRED, _UNSCHEDULABLE)
    csi = volume.get("csi") or {}
    published = (csi.get("nodePublishSecretRef") or {}).get("name")
    yield from _named(SECRET, published, f"{path}.csi", Need.REQUIRED, _NO_MOUNT)
    provider = (csi.get("volumeAttributes") or {}).get("secretProviderClass")
    yield from _named(SECRET_PROVIDER_CLASS, provider, f"{path}.csi", Need.REQUIRED, _NO_MOUNT)
    template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
    if template:
        yield from _of_claims((template,), f"{path}.ephemeral.volumeClaimTemplate.spec")


def _of_claims(claims: Any, path: str) -> Iterator[Reference]:
    for claim in claims:
        name = paths.value(claim, "spec.storageClassName")
        yield from _named(STORAGE_CLASS, name, f"{path}.storageClassName", Need.REQUIRED, _UNSCHEDULABLE)


def _of_ingress(manifest: Manifest) -> Iterator[Reference]:
    legacy = manifest.annotations.get("kubernetes.io/ingress.class")
    class_name = manifest.spec.get("ingressClassName") or legacy
    yield from _named(INGRESS_CLASS, class_name, "spec.ingressClassName", Need.SOFT, _NO_CLASS)
    for secret in paths.values(manifest.body, "spec.tls[].secretName"):
        yield from _named(SECRET, secret, "spec.tls", Need.SOFT, "the host is served without its certificate")
    backends = [*paths.values(manifest.body, "spec.rules[].http.paths[].backend.service.name")]
    backends += paths.values(manifest.body, "spec.defaultBackend.service.name")
    for service in backends:
        yield from _named(SERVICE, service, "spec.rules", Need.SOFT, "the path answers with an error")


def _of_binding(manifest: Manifest) -> Iterator[Reference]:
    role = manifest.body.get("roleRef") or {}
    group_kind = CLUSTER_ROLE if role.get("kind") == "ClusterRole" else ROLE
    yield from _named(group_kind, role.get("name"), "roleRef", Need.SOFT, "the binding has no effect")
    for subject in manifest.body.get("subjects") or ():
        if subject.get("kind") == "ServiceAccount" and subject.get("namespace") in {None, manifest.namespace}:
            name = subject.get("name")
            if name != "default":
                yield from _named(SERVICE_ACCOUNT, name, "subjects", Need.SOFT, "the binding has no effect")


def _of_autoscaler(manifest: Manifest) -> Iterator[Reference]:
    scaled = manifest.spec.get("scaleTargetRef") or {}
    group = str(scaled.get("apiVersion", "")).rpartition("/")[0]
    group_kind = (group, str(scaled.get("kind", "")))
    yield from _named(group_kind, scaled.get("name"), "spec.scaleTargetRef", Need.SOFT, "there is nothing to scale")
