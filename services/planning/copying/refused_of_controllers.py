"""Objects that the controllers of autoscalers, clouds and databases make or keep: a copy refuses them. Data, pure.

They are known by kind, label or annotation, because a restored backup has no owner references.
"""

from domain.resources import Manifest
from services.planning.copying.refusal_rule import RefusalRule


def _is_state_of_patroni(manifest: Manifest) -> bool:
    """Whether Patroni keeps its leader or its cluster's identity in the annotations (patroni/dcs/kubernetes.py)."""
    names = {*manifest.annotations}
    return {"initialize", "config"} <= names or {"leader", "acquireTime"} <= names or {"initialize", "history"} <= names


RULES_ON_OBJECTS_OF_CONTROLLERS: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="autoscaler-of-keda-label",
        tool="KEDA",
        source="https://keda.sh/docs/latest/reference/scaledobject-spec/",
        kinds=("HorizontalPodAutoscaler.autoscaling",),
        labels={"scaledobject.keda.sh/name": "*"},
        reason="KEDA creates it: copy the ScaledObject instead.",
    ),
    RefusalRule(
        id="target-group-binding",
        tool="AWS Load Balancer Controller",
        source="https://github.com/velero-io/velero/issues/9576",
        kinds=("TargetGroupBinding.elbv2.k8s.aws",),
        labels={"ingress.k8s.aws/stack": "*", "service.k8s.aws/stack-name": "*", "gateway.k8s.aws*": "*"},
        reason="The load balancer controller makes it for an Ingress, Service or Gateway. A copy would take the "
        "source's pods off their load balancer: copy the Ingress, Service or Gateway instead.",
    ),
    RefusalRule(
        id="network-endpoint-group",
        tool="Google Kubernetes Engine",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/standalone-neg",
        kinds=("ServiceNetworkEndpointGroup.networking.gke.io",),
        reason="A controller makes it for a Service: copy that instead.",
    ),
    RefusalRule(
        id="patroni-state",
        tool="Patroni",
        source="https://github.com/patroni/patroni/issues/1507",
        kinds=("ConfigMap", "Endpoints"),
        when=_is_state_of_patroni,
        condition="annotations in which Patroni keeps its cluster's leader, or its database's identity",
        reason="It is the state of a database cluster: new databases in the target would refuse to start beside it "
        "(system ID mismatch).",
    ),
    RefusalRule(
        id="trust-bundle",
        tool="trust-manager",
        source="https://cert-manager.io/docs/trust/trust-manager/",
        kinds=("ConfigMap", "Secret"),
        labels={"trust.cert-manager.io/bundle": "*"},
        reason="A Bundle of the source fills it with the authorities that the source trusts: the target has its own.",
    ),
    RefusalRule(
        id="knative-part",
        tool="Knative",
        source="https://github.com/knative/serving/issues/10926",
        kinds=(
            "Configuration.serving.knative.dev",
            "Revision.serving.knative.dev",
            "Route.serving.knative.dev",
            "Deployment.apps",
            "Service",
        ),
        labels={"serving.knative.dev/service": "*"},
        reason="A Service of Knative makes it: copy that instead.",
    ),
    RefusalRule(
        id="autoscaler-of-keda",
        tool="KEDA",
        source="https://keda.sh/docs/latest/reference/scaledobject-spec/",
        kinds=("HorizontalPodAutoscaler.autoscaling",),
        names=("keda-hpa-*",),
        reason="KEDA creates it: copy the ScaledObject instead.",
    ),
)
