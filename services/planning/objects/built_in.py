"""Which kinds are Kubernetes' own or otherwise known by Go types, in contrast to custom resources. Pure.

A field of a Go type has one empty value: null, an empty list and no field at all are the same to it, and the server
stores none of them. A custom resource is stored as the JSON that was sent, as far as its definition declares it
(Kubernetes docs, "Custom Resources", "Defaulting and Nullable"): there, null and the empty list are values. A chart's
values, for one, use null to remove a default.
"""

from domain.resources import Kind

# The groups of k8s.io/api, of definitions and of the registration of aggregated servers
# (https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/), and `extensions`, where some of their kinds
# began. The API server itself answers for them. Other groups below `k8s.io`, such as `gateway.networking.k8s.io`, are
# those of custom resources.
_KUBERNETES = frozenset(
    {
        "",
        "apps",
        "autoscaling",
        "batch",
        "extensions",
        "policy",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
# Groups whose objects an aggregated server of OpenShift stores, also by Go types
# (https://github.com/openshift/openshift-apiserver). It may be down while the API server is well.
_OPENSHIFT = frozenset(
    {
        "apps.openshift.io",
        "authorization.openshift.io",
        "build.openshift.io",
        "image.openshift.io",
        "route.openshift.io",
        "template.openshift.io",
    }
)


def is_built_in(kind: Kind) -> bool:
    """Whether the kind is one of Kubernetes' own: its fields are known, and the API server itself answers for it."""
    return kind.group in _KUBERNETES


def has_go_type(kind: Kind) -> bool:
    """Whether a Go type decides what is stored of the kind's objects: of Kubernetes' own and of OpenShift's."""
    return is_built_in(kind) or kind.group in _OPENSHIFT
