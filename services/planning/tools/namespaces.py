"""What stands on namespaces, and which of it the namespace gets that a copy creates. Data, pure.

Labels that are not here are carried over where the request names them. The order counts: the first row about a label
and its value decides.
"""

from services.planning.tools.rows import Place, Row, Tell, Tool, Treatment

_KUBERNETES = Tool(
    name="Kubernetes",
    source="https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name",
)
_POD_SECURITY = Tool(
    name="Pod Security admission", source="https://kubernetes.io/docs/concepts/security/pod-security-admission/"
)
_ISTIO = Tool(name="Istio", source="https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/")
_KUMA = Tool(name="Kuma", source="https://kuma.io/docs/latest/reference/kubernetes-annotations/")
_LINKERD = Tool(name="Linkerd", source="https://linkerd.io/2/features/proxy-injection/")
_AWS = Tool(
    name="AWS Load Balancer Controller",
    source="https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/",
)
_GATEKEEPER = Tool(
    name="Gatekeeper",
    source="https://open-policy-agent.github.io/gatekeeper/website/docs/exempt-namespaces/",
)
_OPENSHIFT = Tool(
    name="OpenShift",
    source="https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies",
)
_AKS = Tool(
    name="Azure Kubernetes Service",
    source="https://learn.microsoft.com/azure/aks/faq#can-admission-controller-webhooks-impact-kube-system-and-internal-aks-namespaces",
)
_RANCHER = Tool(
    name="Rancher",
    source="https://ranchermanager.docs.rancher.com/how-to-guides/new-user-guides/manage-clusters/projects-and-namespaces",
)
_CAPSULE = Tool(name="Capsule", source="https://projectcapsule.dev/docs/tenants/quickstart/")
_ARGO = Tool(
    name="Argo CD",
    source="https://argocd-operator.readthedocs.io/en/latest/usage/deploy-to-different-namespaces/",
)
_KUBESPHERE = Tool(name="KubeSphere", source="https://kubesphere.io/docs/")
_ADMISSION = Tool(
    name="Kubernetes",
    source="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podnodeselector",
)
_KUBE2IAM = Tool(name="kube2iam, kiam", source="https://github.com/jtblin/kube2iam#namespace-restrictions")
_TELEMETRY = Tool(
    name="OpenTelemetry operator",
    source="https://github.com/open-telemetry/opentelemetry-operator#opentelemetry-auto-instrumentation-injection",
)
_CALICO = Tool(name="Calico", source="https://docs.tigera.io/calico/latest/networking/ipam/legacy-firewalls")

_INJECTION = "the copy's pods get the sidecars that the source's have"
_EXEMPT = "exempts the namespace from what checks its pods"
_PROJECT = "would make the namespace part of the source's project or tenant, with its members' rights and its quota"

_PLACED = "chooses the nodes of its pods"


def _annotations(tool: Tool, why: str, *names: str) -> tuple[Row, ...]:
    return tool.rows(Place.NAMESPACE_ANNOTATION, why, *names, tell=Tell.NAMESPACE)


ROWS: tuple[Row, ...] = (
    # A copy carries no annotations of a namespace over, and says so of those that change what its pods are.
    *_annotations(_LINKERD, "gives its pods sidecars", "linkerd.io/inject", "config.linkerd.io/*"),
    *_annotations(
        _ADMISSION,
        _PLACED,
        "scheduler.alpha.kubernetes.io/node-selector",
        "scheduler.alpha.kubernetes.io/defaultTolerations",
    ),
    *_annotations(_OPENSHIFT, _PLACED, "openshift.io/node-selector"),
    *_annotations(
        _KUBE2IAM,
        "allows its pods roles of the cloud",
        "iam.amazonaws.com/permitted",
        "iam.amazonaws.com/allowed-roles",
    ),
    *_annotations(
        _TELEMETRY,
        "instruments its pods",
        "instrumentation.opentelemetry.io/inject-*",
        "sidecar.opentelemetry.io/inject",
    ),
    *_annotations(
        _CALICO,
        "chooses the addresses of its pods",
        "cni.projectcalico.org/ipv4pools",
        "cni.projectcalico.org/ipv6pools",
    ),
    *_KUBERNETES.of_namespaces(
        Treatment.DROP, "the API server gives each namespace its own", "kubernetes.io/metadata.name"
    ),
    *_POD_SECURITY.of_namespaces(
        Treatment.KEEP,
        "lets its pods be privileged",
        "pod-security.kubernetes.io/enforce",
        value="privileged",
        tell=Tell.PRIVILEGED,
    ),
    *_POD_SECURITY.of_namespaces(
        Treatment.KEEP, "the copy's pods are held to what the source's are", "pod-security.kubernetes.io/*"
    ),
    *_ISTIO.of_namespaces(Treatment.KEEP, _INJECTION, "istio-injection", "istio.io/rev", "istio.io/dataplane-mode"),
    *_KUMA.of_namespaces(Treatment.KEEP, _INJECTION, "kuma.io/sidecar-injection"),
    *_AWS.of_namespaces(
        Treatment.KEEP, "the copy's pods wait for their load balancer", "elbv2.k8s.aws/pod-readiness-gate-inject"
    ),
    *_LINKERD.of_namespaces(
        Treatment.ASKED,
        _EXEMPT,
        "config.linkerd.io/admission-webhooks",
        value="disabled",
        tell=Tell.PRIVILEGED,
    ),
    *_GATEKEEPER.of_namespaces(Treatment.ASKED, _EXEMPT, "admission.gatekeeper.sh/ignore", tell=Tell.PRIVILEGED),
    *_OPENSHIFT.of_namespaces(Treatment.ASKED, _EXEMPT, "openshift.io/run-level", tell=Tell.PRIVILEGED),
    *_AKS.of_namespaces(
        Treatment.ASKED,
        _EXEMPT,
        "control-plane",
        tell=Tell.PRIVILEGED,
    ),
    *_RANCHER.of_namespaces(Treatment.DROP, _PROJECT, "field.cattle.io/*"),
    *_CAPSULE.of_namespaces(Treatment.DROP, _PROJECT, "capsule.clastix.io/*"),
    *_KUBESPHERE.of_namespaces(Treatment.DROP, _PROJECT, "kubesphere.io/workspace", "kubesphere.io/namespace"),
    *_ARGO.of_namespaces(
        Treatment.DROP, "gives the source's Argo CD rights in the namespace", "argocd.argoproj.io/managed-by"
    ),
)
