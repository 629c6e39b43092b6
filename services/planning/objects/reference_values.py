"""What a reference of one object to another is: what it names, where, and what happens without it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.planning.objects.identity import GroupKind

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
ENDPOINTS: GroupKind = ("", "Endpoints")
GATEWAY: GroupKind = ("gateway.networking.k8s.io", "Gateway")
GATEWAY_CLASS: GroupKind = ("gateway.networking.k8s.io", "GatewayClass")
VOLUME_ATTRIBUTES_CLASS: GroupKind = ("storage.k8s.io", "VolumeAttributesClass")
CLUSTER_TRUST_BUNDLE: GroupKind = ("certificates.k8s.io", "ClusterTrustBundle")
DEVICE_CLASS: GroupKind = ("resource.k8s.io", "DeviceClass")
POD_GROUP: GroupKind = ("scheduling.k8s.io", "PodGroup")
ISSUER: GroupKind = ("cert-manager.io", "Issuer")
CLUSTER_ISSUER: GroupKind = ("cert-manager.io", "ClusterIssuer")
SECRET_STORE: GroupKind = ("external-secrets.io", "SecretStore")
CLUSTER_SECRET_STORE: GroupKind = ("external-secrets.io", "ClusterSecretStore")
TRIGGER_AUTHENTICATION: GroupKind = ("keda.sh", "TriggerAuthentication")
CLUSTER_TRIGGER_AUTHENTICATION: GroupKind = ("keda.sh", "ClusterTriggerAuthentication")
SECRET_PROVIDER_CLASS: GroupKind = ("secrets-store.csi.x-k8s.io", "SecretProviderClass")

CLUSTER_WIDE = frozenset(
    {STORAGE_CLASS, INGRESS_CLASS, PRIORITY_CLASS, RUNTIME_CLASS, CLUSTER_ROLE, GATEWAY_CLASS}
    | {VOLUME_ATTRIBUTES_CLASS, CLUSTER_TRUST_BUNDLE, DEVICE_CLASS}
    | {CLUSTER_ISSUER, CLUSTER_SECRET_STORE, CLUSTER_TRIGGER_AUTHENTICATION}
)


class Need(StrEnum):
    """What happens to the referring object where the referenced one is missing."""

    REQUIRED = "required"  # it does not start
    SOFT = "soft"  # it may work, or work in part
    OPTIONAL = "optional"  # the object marks the reference as optional


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A name in an object's `field`. `key` is set where the field refers to one key of a ConfigMap or Secret.

    `verb` says how the object depends on it.
    """

    group_kind: GroupKind
    name: str
    field: str
    need: Need
    consequence: str
    key: str | None = None
    verb: str = "needs"

    @property
    def label(self) -> str:
        """The referenced object as texts name it: `Secret tls`."""
        return f"{self.group_kind[1]} {self.name}"


def named(  # noqa: PLR0917 - one line for each field that names something
    group_kind: GroupKind, name: Any, field: str, need: Need, consequence: str, key: str | None = None
) -> Iterator[Reference]:
    """The reference, where `name` names something."""
    if isinstance(name, str) and name:
        yield Reference(group_kind=group_kind, name=name, field=field, need=need, consequence=consequence, key=key)


def is_published(reference: Reference) -> bool:
    """Whether a controller publishes what is referred to in every namespace."""
    return reference.group_kind == CONFIG_MAP and reference.name in {"kube-root-ca.crt", "openshift-service-ca.crt"}


def need_of(source: Any) -> Need:
    """Whether the member marks its reference as optional."""
    return Need.OPTIONAL if isinstance(source, dict) and source.get("optional") else Need.REQUIRED
