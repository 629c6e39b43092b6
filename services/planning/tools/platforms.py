"""What platforms, networks and backup tools write. Data, pure."""

from services.planning.tools.rows import Place, Row, Tell, Tool

_CLOUD_ROLES = Tool(
    name="cloud identities",
    source="https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html",
)
_GOOGLE = Tool(name="Google Cloud", source="https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity")
_AZURE = Tool(
    name="Azure",
    source="https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html",
)
_KUBE2IAM = Tool(name="kube2iam, kiam", source="https://github.com/jtblin/kube2iam#kubernetes-annotation")
_DNS = Tool(
    name="ExternalDNS", source="https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/"
)
_LOAD_BALANCERS = Tool(
    name="load balancer controllers",
    source="https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer",
)
_NETWORKS = Tool(
    name="Calico, Multus, OVN-Kubernetes", source="https://docs.tigera.io/calico/latest/reference/configure-cni-plugins"
)
_RANCHER = Tool(name="Rancher", source="https://ranchermanager.docs.rancher.com/")
_OPENSHIFT = Tool(name="OpenShift", source="https://docs.redhat.com/en/documentation/openshift_container_platform")
_VELERO = Tool(name="Velero", source="https://velero.io/docs/main/restore-reference/")
_ISTIO = Tool(name="Istio", source="https://istio.io/latest/docs/reference/config/annotations/")
_LINKERD = Tool(name="Linkerd", source="https://linkerd.io/2/reference/proxy-configuration/")
_DAPR = Tool(name="Dapr", source="https://docs.dapr.io/reference/arguments-annotations-overview/")
_VAULT = Tool(
    name="Vault Agent injector",
    source="https://developer.hashicorp.com/vault/docs/deploy/kubernetes/injector/annotations",
)
_RELOADER = Tool(name="Reloader", source="https://github.com/stakater/Reloader#readme")
_KYVERNO = Tool(name="Kyverno", source="https://kyverno.io/docs/policy-types/cluster-policy/mutate/")
_WAVE = Tool(name="Wave", source="https://github.com/wave-k8s/wave#readme")
_CONSUL = Tool(name="Consul", source="https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label")
_KUMA = Tool(name="Kuma", source="https://kuma.io/docs/latest/reference/kubernetes-annotations/")
_KNATIVE = Tool(name="Knative", source="https://github.com/knative/serving/issues/4648")
_ARGO_WORKFLOWS = Tool(
    name="Argo Workflows",
    source="https://github.com/argoproj/argo-workflows/blob/main/workflow/common/common.go",
)
_KUBE_MGMT = Tool(name="Open Policy Agent", source="https://github.com/open-policy-agent/kube-mgmt#readme")
_KUBESPHERE = Tool(name="KubeSphere", source="https://kubesphere.io/docs/")
_KNATIVE_GROUPS = ("serving", "eventing", "messaging", "flows", "sources")
_RESTART = "marks a restart; causes a needless rollout"
_INJECTED = "what an injection into the source's pods noted: with it, the target would not inject"
_PLATFORM = "bookkeeping of the source's platform"

ROWS: tuple[Row, ...] = (
    *_NETWORKS.rows(
        Place.ANNOTATION,
        "runtime data of the network",
        "cni.projectcalico.org/*",
        "k8s.v1.cni.cncf.io/network-status",
        "k8s.ovn.org/*",
        kinds=("Pod",),
    ),
    *_RANCHER.rows(
        Place.ANNOTATION,
        _PLATFORM,
        "field.cattle.io/*",
        "lifecycle.cattle.io/*",
        "cattle.io/timestamp",
        "cattle.io/status",
        "workload.cattle.io/state",
        "management.cattle.io/*",
    ),
    *_RANCHER.rows(Place.LABEL, _PLATFORM, "workload.user.cattle.io/workloadselector-created-by", "cattle.io/creator"),
    *_RANCHER.rows(Place.ANNOTATION, _PLATFORM, "cattle.io/creator"),
    *_RANCHER.rows(Place.TEMPLATE_ANNOTATION, _RESTART, "cattle.io/timestamp"),
    *_OPENSHIFT.rows(
        Place.ANNOTATION,
        _PLATFORM,
        "openshift.io/sa.scc.*",
        "openshift.io/generated-by",
        "openshift.io/internal-registry-pull-secret-ref",
        "openshift.io/host.generated",
        "service.beta.openshift.io/serving-cert-signed-by",
        "service.alpha.openshift.io/serving-cert-signed-by",
    ),
    *_OPENSHIFT.rows(Place.TEMPLATE_ANNOTATION, _PLATFORM, "openshift.io/generated-by"),
    *_OPENSHIFT.rows(Place.TEMPLATE_ANNOTATION, _RESTART, "openshift.openshift.io/restartedAt"),
    *_OPENSHIFT.rows(
        Place.ANNOTATION,
        "written at admission, by what the source's account may do",
        "openshift.io/scc",
        kinds=("Pod",),
    ),
    *_OPENSHIFT.rows(
        Place.ANNOTATION,
        _PLATFORM,
        "openshift.io/image.dockerRepositoryCheck",
        kinds=("ImageStream.image.openshift.io",),
    ),
    *_KUBESPHERE.rows(Place.TEMPLATE_ANNOTATION, _RESTART, "kubesphere.io/restartedAt"),
    # Computed of the ConfigMaps and Secrets that are there: the target's own controller computes its own.
    *_WAVE.rows(Place.TEMPLATE_ANNOTATION, "computed by a controller in the source", "wave.pusher.com/config-hash"),
    *_KNATIVE.rows(
        Place.ANNOTATION,
        "written at admission: the server lets nobody set or change it",
        *(f"{group}.knative.dev/{who}" for group in _KNATIVE_GROUPS for who in ("creator", "lastModifier")),
    ),
    *_ARGO_WORKFLOWS.rows(
        Place.LABEL,
        "how far the source's run is: with it, the target would not run it",
        "workflows.argoproj.io/completed",
        "workflows.argoproj.io/phase",
        "workflows.argoproj.io/workflow-archiving-status",
        kinds=("Workflow.argoproj.io",),
    ),
    *_ARGO_WORKFLOWS.rows(
        Place.ANNOTATION,
        "what the controller noted of the source's schedule",
        "cronworkflows.argoproj.io/last-used-schedule",
        kinds=("CronWorkflow.argoproj.io",),
    ),
    *_KUBE_MGMT.rows(
        Place.ANNOTATION,
        "whether the source's agent took it",
        "openpolicyagent.org/policy-status",
        "openpolicyagent.org/kube-mgmt-status",
        "openpolicyagent.org/kube-mgmt-retries",
    ),
    *_VELERO.rows(Place.LABEL, "names a backup of the source", "velero.io/backup-name", "velero.io/restore-name"),
    *_VELERO.rows(
        Place.ANNOTATION,
        "names a backup or a volume of the source",
        "velero.io/backup-name",
        "velero.io/csi-*",
        "velero.io/volume-snapshot-*",
        "backup.velero.io/must-include-additional-items",
    ),
    *_RELOADER.rows(
        Place.TEMPLATE_ANNOTATION,
        "marks a restart; causes a needless rollout",
        "reloader.stakater.com/last-reloaded-from",
    ),
    *_KYVERNO.rows(Place.ANNOTATION, "written by policies of the source", "policies.kyverno.io/last-applied-patches"),
    *_ISTIO.rows(
        Place.TEMPLATE_ANNOTATION, "what an injection into the source's pods noted", "sidecar.istio.io/status"
    ),
    *_ISTIO.rows(Place.ANNOTATION, "what an injection into the source's pods noted", "sidecar.istio.io/status"),
    *_LINKERD.rows(
        Place.TEMPLATE_ANNOTATION,
        "what an injection into the source's pods noted",
        "linkerd.io/created-by",
        "linkerd.io/proxy-version",
        "linkerd.io/trust-root-sha256",
    ),
    *(
        row
        for place in (Place.ANNOTATION, Place.TEMPLATE_ANNOTATION)
        for row in (
            *_VAULT.rows(place, _INJECTED, "vault.hashicorp.com/agent-inject-status"),
            *_CONSUL.rows(place, _INJECTED, "consul.hashicorp.com/connect-inject-status"),
            *_KUMA.rows(place, _INJECTED, "kuma.io/sidecar-injected"),
        )
    ),
    # Containers of a mesh or agent in a template are tied to the mesh of the source.
    *_ISTIO.kept(Place.CONTAINER, "the service mesh", "istio-proxy", "istio-init", tell=Tell.INJECTED),
    *_LINKERD.kept(Place.CONTAINER, "the service mesh", "linkerd-proxy", "linkerd-init", tell=Tell.INJECTED),
    *_VAULT.kept(Place.CONTAINER, "the agent", "vault-agent", "vault-agent-init", tell=Tell.INJECTED),
    *_DAPR.kept(Place.CONTAINER, "the agent", "daprd", tell=Tell.INJECTED),
    # Names of what lies outside the cluster, which the copy would share.
    *_CLOUD_ROLES.kept(
        Place.ANNOTATION, "a role of the cloud account", "eks.amazonaws.com/role-arn", tell=Tell.OUTSIDE
    ),
    *_GOOGLE.kept(
        Place.ANNOTATION,
        "a service account of the cloud project",
        "iam.gke.io/gcp-service-account",
        tell=Tell.OUTSIDE,
    ),
    *_AZURE.kept(Place.ANNOTATION, "an identity of the cloud tenant", "azure.workload.identity/*", tell=Tell.OUTSIDE),
    *_KUBE2IAM.kept(
        Place.TEMPLATE_ANNOTATION, "a role of the cloud account", "iam.amazonaws.com/role", tell=Tell.OUTSIDE
    ),
    *_VAULT.kept(
        Place.TEMPLATE_ANNOTATION,
        "a role in Vault, which is bound to namespaces",
        "vault.hashicorp.com/role",
        tell=Tell.OUTSIDE,
    ),
    *_DNS.kept(Place.ANNOTATION, "names in a DNS zone", "external-dns.alpha.kubernetes.io/*", tell=Tell.OUTSIDE),
    *_LOAD_BALANCERS.kept(
        Place.ANNOTATION,
        "a load balancer",
        "service.beta.kubernetes.io/*",
        "alb.ingress.kubernetes.io/*",
        "cloud.google.com/*",
        "metallb.io/*",
        "metallb.universe.tf/*",
        "kube-vip.io/*",
        tell=Tell.OUTSIDE,
    ),
)
