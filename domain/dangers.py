"""What only an administrator may allow, by the name of its consent. Stored in an environment's policy."""

from enum import StrEnum


class Danger(StrEnum):
    """A kind of danger. An administrator allows it for one request, or for good in an environment's policy."""

    PRIVILEGED_PODS = "privileged-pods"  # beyond the baseline level of Kubernetes' Pod Security Standards
    SYSTEM_PRIORITY = "system-priority"  # pods that evict others as parts of the cluster do
    EXTERNAL_IPS = "external-ips"  # a Service that takes traffic to any address
    SYSTEM_SUBJECTS = "system-subjects"  # rights for everybody, or for the cluster's own accounts
    ESCALATING_ROLES = "escalating-roles"  # rights by which the holder gets further ones
    SYSTEM_NAMESPACES = "system-namespaces"
    REGISTRY_CREDENTIALS = "registry-credentials"
    CERTIFICATE_KEYS = "certificate-keys"
