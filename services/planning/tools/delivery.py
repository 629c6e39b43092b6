"""What tools write that deliver manifests: Helm, Argo CD, Flux, kapp and others. Data, pure.

The order of the marks decides which tool is named where several have left theirs.
"""

from services.planning.tools.rows import Place, Proof, Row, Tell, Tool

ARGO = Tool(name="Argo CD", source="https://argo-cd.readthedocs.io/en/stable/user-guide/annotations-and-labels/")
FLUX = Tool(name="Flux", source="https://fluxcd.io/flux/components/kustomize/kustomizations/")
HELM = Tool(name="Helm", source="https://github.com/helm/helm/blob/main/pkg/action/validate.go")
HELM_HOOKS = Tool(name="Helm", source="https://helm.sh/docs/topics/charts_hooks/")
ARGO_HOOKS = Tool(name="Argo CD", source="https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/")
OLM = Tool(
    name="Operator Lifecycle Manager", source="https://olm.operatorframework.io/docs/concepts/crds/operatorgroup/"
)
RANCHER_SETS = Tool(name="Rancher", source="https://github.com/rancher/wrangler/blob/main/pkg/apply/desiredset.go")
KAPP = Tool(name="kapp", source="https://carvel.dev/kapp/docs/latest/apply/")
APPLY_SET = Tool(
    name="a kubectl ApplySet",
    source="https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune",
)
CONFIG_SYNC = Tool(
    name="Config Sync",
    source="https://cloud.google.com/kubernetes-engine/config-sync/docs/reference/labels-and-annotations",
)
CROSSPLANE = Tool(name="Crossplane", source="https://docs.crossplane.io/latest/composition/composite-resources/")
ADDONS = Tool(
    name="the addon manager",
    source="https://github.com/kubernetes/kubernetes/blob/master/cluster/addons/addon-manager/README.md",
)
TERRAFORM = Tool(
    name="Terraform",
    source="https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs/resources/manifest",
)
PULUMI = Tool(
    name="Pulumi",
    source="https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/",
)
KUSTOMIZE = Tool(
    name="kustomize",
    source="https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/utils/annotations.go",
)
SPINNAKER = Tool(name="Spinnaker", source="https://spinnaker.io/docs/reference/providers/kubernetes-v2/")
SKAFFOLD = Tool(name="Skaffold", source="https://skaffold.dev/docs/deployers/kubectl/")
WERF = Tool(name="werf", source="https://werf.io/docs/v2/reference/deploy_annotations.html")
AZURE_PIPELINES = Tool(
    name="Azure Pipelines",
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/tasks/reference/kubernetes-manifest-v1",
)
KUBEVELA = Tool(
    name="KubeVela", source="https://kubevela.io/docs/platform-engineers/system-operation/performance-finetuning/"
)
KOPF = Tool(name="operators on kopf", source="https://docs.kopf.dev/en/stable/configuration/#change-detection")
OBJECT_MATCHER = Tool(
    name="operators on k8s-objectmatcher", source="https://github.com/cisco-open/k8s-objectmatcher#readme"
)
FLUX_1 = Tool(
    name="Flux 1", source="https://github.com/fluxcd/flux/blob/master/docs/references/fluxyaml-config-files.md"
)
FLUX_REQUESTS = Tool(
    name="Flux", source="https://fluxcd.io/flux/components/kustomize/kustomizations/#triggering-a-reconcile"
)
KPT = Tool(name="kpt", source="https://kpt.dev/reference/schema/kptfile/")
ROLLOUTS = Tool(
    name="Argo Rollouts", source="https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/"
)
KARMADA = Tool(name="Karmada", source="https://github.com/karmada-io/karmada/blob/master/pkg/util/constants.go")
SVELTOS = Tool(name="Sveltos", source="https://github.com/projectsveltos/libsveltos/blob/main/lib/deployer/client.go")
KLUCTL = Tool(name="kluctl", source="https://kluctl.io/docs/kluctl/kluctl-project/#discriminator")
KLUCTL_HOOKS = Tool(name="kluctl", source="https://kluctl.io/docs/kluctl/deployments/hooks/")
TANKA = Tool(name="Tanka", source="https://tanka.dev/garbage-collection/")
KUBECFG = Tool(name="kubecfg", source="https://github.com/kubecfg/kubecfg/blob/main/pkg/kubecfg/update.go")
VCLUSTER = Tool(name="vcluster", source="https://www.vcluster.com/docs/vcluster/configure/vcluster-yaml/sync/")
CLOUD_DEPLOY = Tool(name="Google Cloud Deploy", source="https://cloud.google.com/deploy/docs/labels-annotations")
GITLAB = Tool(name="GitLab", source="https://docs.gitlab.com/ee/user/project/deploy_boards.html#enabling-deploy-boards")
OCTOPUS = Tool(name="Octopus Deploy", source="https://octopus.com/docs/kubernetes/steps/kubernetes-resources")
KBLD = Tool(name="kbld", source="https://carvel.dev/kbld/docs/latest/config/")

_HOOK = "it creates the object itself, at the right moment of a release"
_COPY = "a full copy of the source's manifest, Secret values included"
_BOOKKEEPING = "bookkeeping of a deployment to the source"

ROWS: tuple[Row, ...] = (
    *ARGO.marks(Place.ANNOTATION, "argocd.argoproj.io/tracking-id"),
    *ARGO.marks(Place.LABEL, "argocd.argoproj.io/instance"),
    *ARGO.marks(Place.MANAGER, "argocd-controller", "argocd-application-controller"),
    *ARGO.marks(Place.ANNOTATION, "argocd.argoproj.io/*", proof=Proof.WITH_ANOTHER),
    # Argo CD's label tracking uses this label, and so do most charts: it counts only with another mark of Argo CD.
    *ARGO.marks(Place.LABEL, "app.kubernetes.io/instance", proof=Proof.WITH_ANOTHER),
    *FLUX.marks(Place.LABEL, "kustomize.toolkit.fluxcd.io/*", "helm.toolkit.fluxcd.io/*"),
    *FLUX.marks(Place.ANNOTATION, "kustomize.toolkit.fluxcd.io/*", proof=Proof.WITH_ANOTHER),
    *FLUX.marks(Place.MANAGER, "kustomize-controller", "helm-controller"),
    *HELM.marks(Place.ANNOTATION, "meta.helm.sh/release-name"),
    *HELM.mark_with(Place.LABEL, {"app.kubernetes.io/managed-by": "Helm"}),
    *HELM.marks(Place.ANNOTATION, "meta.helm.sh/*", proof=Proof.WITH_ANOTHER),
    *HELM.marks(Place.LABEL, "helm.sh/chart", proof=Proof.WITH_ANOTHER),
    *OLM.marks(Place.LABEL, "olm.owner"),
    *OLM.marks(Place.LABEL, "olm.owner.*", "olm.managed", proof=Proof.WITH_ANOTHER),
    *OLM.marks(Place.LABEL, "operators.coreos.com/*"),
    *RANCHER_SETS.marks(Place.LABEL, "objectset.rio.cattle.io/*"),
    *RANCHER_SETS.marks(Place.ANNOTATION, "objectset.rio.cattle.io/*"),
    *KAPP.marks(Place.LABEL, "kapp.k14s.io/*"),
    *KAPP.marks(Place.ANNOTATION, "kapp.k14s.io/*", proof=Proof.WITH_ANOTHER),
    *APPLY_SET.marks(Place.LABEL, "applyset.kubernetes.io/part-of"),
    *CONFIG_SYNC.marks(Place.ANNOTATION, "configmanagement.gke.io/managed", "configsync.gke.io/*"),
    *CONFIG_SYNC.marks(Place.ANNOTATION, "config.k8s.io/owning-inventory"),
    *CROSSPLANE.marks(Place.LABEL, "crossplane.io/composite", "crossplane.io/claim-*"),
    *ADDONS.marks(Place.LABEL, "addonmanager.kubernetes.io/mode", "eks.amazonaws.com/component"),
    *KARMADA.marks(Place.LABEL, "karmada.io/managed"),
    *(
        row
        for place in (Place.LABEL, Place.ANNOTATION)
        for row in KARMADA.marks(
            place,
            "work.karmada.io/*",
            "propagationpolicy.karmada.io/*",
            "clusterpropagationpolicy.karmada.io/*",
            "resourcebinding.karmada.io/*",
            "resourcetemplate.karmada.io/*",
            proof=Proof.WITH_ANOTHER,
        )
    ),
    *SVELTOS.marks(Place.LABEL, "projectsveltos.io/reference-name"),
    *SVELTOS.marks(Place.LABEL, "projectsveltos.io/*", proof=Proof.WITH_ANOTHER),
    *SVELTOS.marks(Place.ANNOTATION, "projectsveltos.io/*", proof=Proof.WITH_ANOTHER),
    *KUBEVELA.marks(Place.LABEL, "app.oam.dev/name"),
    *KUBEVELA.marks(
        Place.LABEL, "app.oam.dev/*", "oam.dev/*", "workload.oam.dev/*", "trait.oam.dev/*", proof=Proof.WITH_ANOTHER
    ),
    *KUBEVELA.marks(Place.ANNOTATION, "app.oam.dev/*", "oam.dev/*", proof=Proof.WITH_ANOTHER),
    *KLUCTL.marks(Place.LABEL, "kluctl.io/discriminator"),
    *KLUCTL.marks(Place.LABEL, "kluctl.io/*", proof=Proof.WITH_ANOTHER),
    *TANKA.marks(Place.LABEL, "tanka.dev/environment"),
    *KUBECFG.marks(Place.ANNOTATION, "kubecfg.ksonnet.io/garbage-collect-tag"),
    *KUBECFG.marks(Place.LABEL, "kubecfg.ksonnet.io/garbage-collect-tag"),
    *VCLUSTER.marks(Place.LABEL, "vcluster.loft.sh/managed-by"),
    *VCLUSTER.marks(Place.LABEL, "vcluster.loft.sh/*", proof=Proof.WITH_ANOTHER),
    *VCLUSTER.marks(Place.ANNOTATION, "vcluster.loft.sh/*", proof=Proof.WITH_ANOTHER),
    *TERRAFORM.marks(Place.MANAGER, "Terraform", "HashiCorp"),
    *PULUMI.marks(Place.MANAGER, "pulumi-*"),
    # Instructions to a tool, and what it noted: they have no meaning for an object that it did not deliver.
    *HELM_HOOKS.rows(Place.ANNOTATION, _HOOK, "helm.sh/hook", tell=Tell.HOOK),
    *HELM_HOOKS.rows(Place.ANNOTATION, "an instruction for the release", "helm.sh/hook-*", "helm.sh/resource-policy"),
    *ARGO_HOOKS.rows(Place.ANNOTATION, _HOOK, "argocd.argoproj.io/hook", tell=Tell.HOOK),
    *ARGO_HOOKS.rows(
        Place.ANNOTATION,
        "an instruction for the sync",
        "argocd.argoproj.io/hook-*",
        "argocd.argoproj.io/sync-wave",
        "argocd.argoproj.io/sync-options",
        "argocd.argoproj.io/compare-options",
    ),
    *KLUCTL_HOOKS.rows(Place.ANNOTATION, _HOOK, "kluctl.io/hook", tell=Tell.HOOK),
    *KLUCTL_HOOKS.rows(Place.ANNOTATION, "an instruction for the deployment", "kluctl.io/*"),
    *FLUX.rows(
        Place.ANNOTATION,
        "an instruction for the reconciliation",
        "kustomize.toolkit.fluxcd.io/reconcile",
        "kustomize.toolkit.fluxcd.io/ssa",
        "kustomize.toolkit.fluxcd.io/prune",
        "kustomize.toolkit.fluxcd.io/force",
        "kustomize.toolkit.fluxcd.io/substitute",
        "helm.toolkit.fluxcd.io/driftDetection",
    ),
    *KAPP.rows(Place.ANNOTATION, _COPY, "kapp.k14s.io/original"),
    *KAPP.rows(
        Place.ANNOTATION, _BOOKKEEPING, "kapp.k14s.io/original-diff*", "kapp.k14s.io/identity", "kapp.k14s.io/nonce"
    ),
    *OBJECT_MATCHER.rows(Place.ANNOTATION, _COPY, "banzaicloud.com/last-applied"),
    *KOPF.rows(Place.ANNOTATION, _COPY, "kopf.zalando.org/last-handled-configuration"),
    *KOPF.rows(Place.ANNOTATION, "progress of handlers in the source", "kopf.zalando.org/*", "kopf.dev/*"),
    *KUBEVELA.rows(Place.ANNOTATION, _COPY, "app.oam.dev/last-applied-configuration"),
    *KUBEVELA.rows(Place.ANNOTATION, _BOOKKEEPING, "app.oam.dev/last-applied-time"),
    *KUSTOMIZE.rows(
        Place.ANNOTATION,
        "bookkeeping of a build of manifests",
        "config.kubernetes.io/*",
        "internal.config.kubernetes.io/*",
        "kustomize.config.k8s.io/id",
        "config.k8s.io/id",
    ),
    *SPINNAKER.rows(Place.ANNOTATION, _BOOKKEEPING, "moniker.spinnaker.io/*", "artifact.spinnaker.io/*"),
    *CLOUD_DEPLOY.rows(Place.LABEL, _BOOKKEEPING, "deploy.cloud.google.com/*"),
    *CLOUD_DEPLOY.rows(Place.ANNOTATION, _BOOKKEEPING, "deploy.cloud.google.com/*"),
    *OCTOPUS.rows(Place.LABEL, "Octopus deletes by it what a former deployment to the source made", "Octopus.*"),
    *(
        row
        for place in (Place.ANNOTATION, Place.TEMPLATE_ANNOTATION)
        for row in GITLAB.rows(place, "names the source's environment", "app.gitlab.com/*")
    ),
    *KBLD.rows(Place.ANNOTATION, _BOOKKEEPING, "kbld.k14s.io/images"),
    *SKAFFOLD.rows(Place.LABEL, _BOOKKEEPING, "skaffold.dev/run-id"),
    *WERF.rows(Place.ANNOTATION, _BOOKKEEPING, "werf.io/*", "project.werf.io/*", "ci.werf.io/*"),
    *AZURE_PIPELINES.rows(Place.ANNOTATION, _BOOKKEEPING, "azure-pipelines/*"),
    *FLUX_1.rows(
        Place.ANNOTATION,
        _BOOKKEEPING,
        "fluxcd.io/sync-checksum",
        "flux.weave.works/sync-checksum",
        "helm.fluxcd.io/antecedent",
        "flux.weave.works/antecedent",
    ),
    *FLUX_1.rows(Place.LABEL, "Flux deletes what has it and is not in its repository", "fluxcd.io/sync-gc-mark"),
    *FLUX_REQUESTS.rows(
        Place.ANNOTATION,
        "a request to act once, in the source",
        "reconcile.fluxcd.io/requestedAt",
        "reconcile.fluxcd.io/forceAt",
        "reconcile.fluxcd.io/resetAt",
    ),
    *PULUMI.rows(Place.ANNOTATION, _BOOKKEEPING, "pulumi.com/*"),
    *KPT.rows(Place.ANNOTATION, _BOOKKEEPING, "internal.kpt.dev/*"),
    *ROLLOUTS.rows(
        Place.ANNOTATION,
        "written by the Rollout controller",
        "rollout.argoproj.io/revision",
        "rollout.argoproj.io/desired-replicas",
        "rollout.argoproj.io/workload-generation",
        "argo-rollouts.argoproj.io/managed-by-rollouts",
    ),
    *ROLLOUTS.rows(
        Place.SELECTOR,
        "a hash of the source's pods: in the target it selects none",
        "rollouts-pod-template-hash",
        tell=Tell.HASH,
    ),
)
