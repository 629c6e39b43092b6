"""Objects that tools create in each cluster, from others or for a moment: a copy refuses them. Data, pure.

They are known by kind, type, label or annotation, because a restored backup has no owner references.
"""

from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.refusal_rule import RefusalRule

_CERT_MANAGER = "https://cert-manager.io/docs/usage/certificate/"
_ACME = "https://cert-manager.io/docs/concepts/acme-orders-challenges/"
_HELM = "https://helm.sh/docs/topics/advanced/#storage-backends"
_REPLICATOR = "https://github.com/mittwald/kubernetes-replicator#readme"
_KUBED = "https://config-syncer.com/docs/latest/guides/config-syncer/intra-cluster/"
_OPENSHIFT = "https://docs.redhat.com/en/documentation/openshift_container_platform"


def _is_account_key(manifest: Manifest) -> bool:
    """Whether a private key stands alone, as an ACME account's: a TLS Secret has a certificate beside it."""
    return {*(manifest.body.get("data") or {})} == {"tls.key"}


RULES_ON_RECORDS_OF_TOOLS: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="helm-release-record",
        tool="Helm",
        source=_HELM,
        kinds=("Secret",),
        secret_types=("helm.sh/release.v1",),
        reason="Helm in the target would find a release that it did not install.",
    ),
    RefusalRule(
        id="helm-release-record-config-map",
        tool="Helm",
        source=_HELM,
        kinds=("ConfigMap",),
        labels={"owner": "helm", "OWNER": "TILLER"},
        reason="Helm in the target would find a release that it did not install.",
    ),
    RefusalRule(
        id="timoni-record",
        tool="Timoni",
        source="https://timoni.sh/concepts/#timoni-instances",
        kinds=("Secret",),
        secret_types=("timoni.sh/instance",),
        reason="It lists what Timoni applied to the source: with a copy of it, Timoni would prune in the target.",
    ),
    RefusalRule(
        id="kapp-record",
        tool="kapp",
        source="https://carvel.dev/kapp/docs/latest/state-namespace/",
        kinds=("ConfigMap",),
        labels={"kapp.k14s.io/is-app": "*", "kapp.k14s.io/is-app-change": "*"},
        reason="It is kapp's record of an application that it deployed to the source.",
    ),
    RefusalRule(
        id="inventory",
        tool="kpt, Config Sync and other users of cli-utils",
        source="https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/common/common.go",
        kinds=("ConfigMap", "ResourceGroup.kpt.dev"),
        labels={"cli-utils.sigs.k8s.io/inventory-id": "*"},
        reason="It lists what a tool applied to the source: with a copy of it, the tool would prune in the target.",
    ),
    RefusalRule(
        id="apply-set",
        tool="kubectl apply --applyset",
        source="https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune",
        labels={"applyset.kubernetes.io/id": "*"},
        reason="It lists what kubectl applied to the source: with a copy of it, kubectl would prune in the target.",
    ),
    RefusalRule(
        id="olm-record",
        tool="Operator Lifecycle Manager",
        source="https://olm.operatorframework.io/docs/concepts/crds/",
        kinds=("InstallPlan.operators.coreos.com", "OperatorCondition.operators.coreos.com"),
        reason="The operator's lifecycle manager makes it from a Subscription.",
    ),
    RefusalRule(
        id="olm-copied",
        tool="Operator Lifecycle Manager",
        source="https://olm.operatorframework.io/docs/concepts/crds/clusterserviceversion/",
        kinds=("ClusterServiceVersion.operators.coreos.com",),
        labels={"olm.copiedFrom": "*"},
        reason="The operator's lifecycle manager copies it into every namespace that the operator watches.",
    ),
    RefusalRule(
        id="secret-argo-credentials",
        tool="Argo CD",
        source="https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/",
        kinds=("Secret",),
        labels={"argocd.argoproj.io/secret-type": "*"},
        reason="It is a credential of Argo CD.",
    ),
    RefusalRule(
        id="secret-machine-data",
        tool="Cluster API, Rancher",
        source="https://cluster-api.sigs.k8s.io/developer/core/certificate-management",
        kinds=("Secret",),
        secret_types=("cluster.x-k8s.io/secret", "rke.cattle.io/machine-plan", "fleet.cattle.io/*"),
        reason="It is data of the source's machines.",
    ),
    RefusalRule(
        id="velero-record",
        tool="Velero",
        source="https://velero.io/docs/main/api-types/",
        kinds=("BackupRepository.velero.io", "ResticRepository.velero.io"),
        reason="Velero makes it for what it finds in its backup storage.",
    ),
)

RULES_ON_SECRETS_OF_TOOLS: tuple[RefusalRule, ...] = (
    RefusalRule(
        id="secret-openshift-registry",
        tool="OpenShift",
        source=_OPENSHIFT,
        kinds=("Secret",),
        secret_types=("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"),
        annotations=("kubernetes.io/service-account.name", "openshift.io/internal-registry-auth-token.*"),
        reason="OpenShift creates this registry login in each cluster.",
    ),
    RefusalRule(
        id="openshift-serving-certificate",
        tool="OpenShift",
        source="https://github.com/openshift/service-ca-operator#readme",
        kinds=("Secret",),
        annotations=(
            "service.beta.openshift.io/originating-service-name",
            "service.alpha.openshift.io/originating-service-name",
        ),
        reason="OpenShift signs it for a Service, with the source's authority: copy the annotated Service instead.",
    ),
    RefusalRule(
        id="secret-external-secrets",
        tool="External Secrets",
        source="https://external-secrets.io/latest/api/externalsecret/",
        kinds=("Secret",),
        labels={"reconcile.external-secrets.io/managed": "true"},
        reason="External Secrets creates it: copy the ExternalSecret instead.",
    ),
    RefusalRule(
        id="secret-external-secrets-owner",
        tool="External Secrets",
        source="https://external-secrets.io/latest/api/externalsecret/",
        kinds=("Secret",),
        owners=("ExternalSecret",),
        reason="External Secrets creates it: copy the ExternalSecret instead.",
    ),
    RefusalRule(
        id="secret-sealed-secrets",
        tool="Sealed Secrets",
        source="https://github.com/bitnami-labs/sealed-secrets#readme",
        kinds=("Secret",),
        owners=("SealedSecret",),
        reason="Sealed Secrets creates it, and only the source can decrypt the SealedSecret: seal it for the target.",
    ),
    RefusalRule(
        id="secret-sealing-key",
        tool="Sealed Secrets",
        source="https://github.com/bitnami-labs/sealed-secrets#readme",
        kinds=("Secret",),
        labels={"sealedsecrets.bitnami.com/sealed-secrets-key": "*"},
        reason="It is a sealing key of the source cluster.",
    ),
    RefusalRule(
        id="secret-of-operator",
        tool="Vault Secrets Operator, 1Password, Infisical, Doppler",
        source="https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso",
        kinds=("Secret",),
        owners=(
            "VaultStaticSecret",
            "VaultDynamicSecret",
            "VaultPKISecret",
            "HCPVaultSecretsApp",
            "OnePasswordItem",
            "InfisicalSecret",
            "DopplerSecret",
            "AzureKeyVaultSecret",
            "SecretProviderClassPodStatus",
        ),
        reason="An operator fills it from a store of secrets: copy the object that it fills it for instead.",
    ),
    RefusalRule(
        id="secret-of-operator-label",
        tool="Vault Secrets Operator, Secrets Store CSI driver, Azure Key Vault",
        source="https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret",
        kinds=("Secret",),
        labels={
            "secrets-store.csi.k8s.io/managed": "true",
            "app.kubernetes.io/managed-by": "hashicorp-vso",
        },
        reason="An operator fills it from a store of secrets: copy the object that it fills it for instead.",
    ),
    RefusalRule(
        id="secret-of-operator-annotation",
        tool="1Password, Doppler",
        source="https://github.com/1Password/onepassword-operator#readme",
        kinds=("Secret",),
        annotations=(
            "operator.1password.io/item-path",
            "operator.1password.io/item-version",
            "secrets.doppler.com/version",
        ),
        reason="An operator fills it from a store of secrets: copy the object that it fills it for instead.",
    ),
    RefusalRule(
        id="made-by-operator",
        tool="Strimzi, Elastic Cloud on Kubernetes, Prometheus operator",
        source="https://strimzi.io/docs/operators/latest/deploying",
        kinds=("Secret", "ConfigMap", "Service", "ServiceAccount", "PodDisruptionBudget.policy"),
        labels={
            "strimzi.io/kind": "*",
            "eck.k8s.elastic.co/owner-kind": "*",
            "managed-by": "prometheus-operator",
        },
        reason="An operator makes it from a custom resource: copy that instead.",
    ),
    RefusalRule(
        id="secret-replicated",
        tool="kubernetes-replicator, reflector, Config Syncer (kubed)",
        source=_REPLICATOR,
        annotations=(
            "replicator.v1.mittwald.de/replicated-from-version",
            "replicator.v1.mittwald.de/replicate-from",
            "reflector.v1.k8s.emberstack.com/reflects",
            "reflector.v1.k8s.emberstack.com/auto-reflects",
            "kubed.appscode.com/origin",
        ),
        reason="It is a replica: copy the original instead, to where the replicator of the target finds it.",
    ),
    RefusalRule(
        id="config-syncer-replica",
        tool="Config Syncer (kubed)",
        source=_KUBED,
        labels={"kubed.appscode.com/origin.name": "*", "kubed.appscode.com/origin.namespace": "*"},
        reason="It is a replica: copy the original instead, to where the replicator of the target finds it.",
    ),
    RefusalRule(
        id="generated-by-policy",
        tool="Kyverno",
        source="https://kyverno.io/docs/policy-types/cluster-policy/generate/",
        labels={
            "generate.kyverno.io/policy-name": "*",
            "app.kubernetes.io/managed-by": "kyverno",
        },
        reason="A policy of the source's Kyverno generates it: the target's policies make their own.",
    ),
    RefusalRule(
        id="propagated",
        tool="Hierarchical Namespace Controller",
        source="https://github.com/kubernetes-retired/hierarchical-namespaces/blob/master/docs/user-guide/concepts.md",
        labels={"hnc.x-k8s.io/inherited-from": "*"},
        reason="A controller propagates it from another namespace of the source.",
    ),
    RefusalRule(
        id="secret-mesh-key-type",
        tool="Istio",
        source="https://istio.io/latest/docs/concepts/security/",
        kinds=("Secret",),
        secret_types=("istio.io/key-and-cert",),
        reason="It is a key of the source's mesh.",
    ),
    RefusalRule(
        id="secret-mesh-key",
        tool="Istio, Linkerd",
        source="https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/",
        kinds=("Secret",),
        names=("cacerts", "istio-ca-secret", "linkerd-identity-*"),
        reason="It is a key of the source's mesh.",
    ),
    RefusalRule(
        id="mesh-root-certificate",
        tool="Istio",
        source="https://github.com/istio/istio/issues/36723",
        kinds=("ConfigMap",),
        names=("istio-ca-root-cert", "istio-ca-crl"),
        reason="The mesh publishes its root certificate into every namespace: the source's would be trusted instead.",
    ),
    RefusalRule(
        id="mesh-root-certificate-label",
        tool="Istio",
        source="https://github.com/istio/istio/issues/36723",
        kinds=("ConfigMap",),
        labels={"istio.io/config": "true"},
        reason="The mesh publishes its root certificate into every namespace: the source's would be trusted instead.",
    ),
    RefusalRule(
        id="cert-manager-temporary-key",
        tool="cert-manager",
        source=_CERT_MANAGER,
        kinds=("Secret",),
        labels={"cert-manager.io/next-private-key": "*"},
        reason="It is a private key that cert-manager keeps while a certificate is being issued: of no use elsewhere.",
    ),
    RefusalRule(
        id="cert-manager-request",
        tool="cert-manager",
        source="https://cert-manager.io/docs/usage/certificaterequest/",
        kinds=("CertificateRequest.cert-manager.io",),
        reason="It records a single request, whose name the target's cert-manager needs for its own: copy the "
        "Certificate, which makes it anew.",
    ),
    RefusalRule(
        id="cert-manager-order",
        tool="cert-manager",
        source=_ACME,
        kinds=("Order.acme.cert-manager.io", "Challenge.acme.cert-manager.io"),
        reason="It records a single order of a certificate: copy the Certificate, which makes it anew.",
    ),
    RefusalRule(
        id="cert-manager-solver",
        tool="cert-manager",
        source=_ACME,
        labels={"acme.cert-manager.io/http01-solver": "*"},
        reason="cert-manager creates it for minutes, to prove that a host is its own.",
    ),
    RefusalRule(
        id="cert-manager-solver-name",
        tool="cert-manager",
        source=_ACME,
        kinds=(
            "Ingress.networking.k8s.io",
            "Service",
            "Pod",
            "HTTPRoute.gateway.networking.k8s.io",
        ),
        names=("cm-acme-http-solver-*",),
        reason="cert-manager creates it for minutes, to prove that a host is its own.",
    ),
    RefusalRule(
        id="secret-cert-manager",
        tool="cert-manager",
        source=_CERT_MANAGER,
        kinds=("Secret",),
        annotations=("cert-manager.io/certificate-name", "cert-manager.io/issuer-name"),
        reason="cert-manager creates it: copy the Certificate instead. A private key in two clusters needs consent.",
        consent=Consent.CERTIFICATE_KEYS,
    ),
    RefusalRule(
        id="secret-cert-manager-label",
        tool="cert-manager",
        source=_CERT_MANAGER,
        kinds=("Secret",),
        labels={"controller.cert-manager.io/fao": "*"},
        reason="cert-manager creates it: copy the Certificate instead. A private key in two clusters needs consent.",
        consent=Consent.CERTIFICATE_KEYS,
    ),
    RefusalRule(
        id="secret-account-key",
        tool="cert-manager",
        source="https://cert-manager.io/docs/configuration/acme/",
        kinds=("Secret",),
        when=_is_account_key,
        condition="its only key is tls.key",
        reason="It is a private key without a certificate, as of an account with a certificate authority. A private "
        "key in two clusters needs consent.",
        consent=Consent.CERTIFICATE_KEYS,
    ),
)
