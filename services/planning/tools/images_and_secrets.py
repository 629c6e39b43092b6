"""What tools write that change images, replicate objects or issue certificates. Data, pure."""

from services.planning.tools.rows import Place, Row, Tell, Tool

_CERT_MANAGER = Tool(name="cert-manager", source="https://cert-manager.io/docs/reference/annotations/")
_EXTERNAL_SECRETS = Tool(name="External Secrets", source="https://external-secrets.io/latest/api/externalsecret/")
_SEALED_SECRETS = Tool(name="Sealed Secrets", source="https://github.com/bitnami-labs/sealed-secrets#readme")
_REPLICATOR = Tool(name="kubernetes-replicator", source="https://github.com/mittwald/kubernetes-replicator#readme")
_REFLECTOR = Tool(name="reflector", source="https://github.com/emberstack/kubernetes-reflector#readme")
_CONFIG_SYNCER = Tool(
    name="Config Syncer (kubed)", source="https://config-syncer.com/docs/latest/guides/config-syncer/intra-cluster/"
)
_LENS = Tool(name="Lens, Freelens", source="https://github.com/lensapp/lens/issues/7886")
_RESTARTERS = (
    Tool(
        name="Vault Secrets Operator",
        source="https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference#rolloutrestarttarget",
    ),
    Tool(name="1Password operator", source="https://github.com/1Password/onepassword-operator#readme"),
    Tool(name="Doppler operator", source="https://docs.doppler.com/docs/kubernetes-operator"),
)
_MARKS_OF_RESTARTS = (
    "vso.secrets.hashicorp.com/restartedAt",
    "operator.1password.io/last-restarted",
    "secrets.doppler.com/secretsupdate*",
)
_KEEL = Tool(name="Keel", source="https://keel.sh/docs/")
_TRIGGERS = Tool(
    name="OpenShift's image triggers",
    source="https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/images/triggering-updates-on-imagestream-changes",
)
_FLUX_V1 = Tool(name="Flux", source="https://fluxcd.io/flux/components/image/imageupdateautomations/")
_ARGO_UPDATER = Tool(
    name="Argo CD Image Updater", source="https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/"
)
_KIMUP = Tool(name="kube-image-updater", source="https://github.com/orange-cloudavenue/kube-image-updater#readme")
_WRITES_IMAGES = "writes images by itself"
_ONWARD = "copies the object to other namespaces"

ROWS: tuple[Row, ...] = (
    *_KEEL.kept(Place.ANNOTATION, _WRITES_IMAGES, "keel.sh/policy", "keel.observer/policy", tell=Tell.IMAGES),
    *_KEEL.kept(Place.LABEL, _WRITES_IMAGES, "keel.sh/policy", "keel.observer/policy", tell=Tell.IMAGES),
    *(
        row
        for tool, name in zip(_RESTARTERS, _MARKS_OF_RESTARTS, strict=True)
        for row in tool.rows(Place.TEMPLATE_ANNOTATION, "marks a restart; causes a needless rollout", name)
    ),
    *_LENS.rows(Place.LABEL, "the version in which a person edited it", "k8slens-edit-resource-version"),
    *_LENS.rows(Place.ANNOTATION, "the version in which a person edited it", "freelens.app/resource-version"),
    *_KEEL.rows(Place.TEMPLATE_ANNOTATION, "marks a restart; causes a needless rollout", "keel.sh/update-time"),
    *_KEEL.rows(Place.ANNOTATION, "marks a restart", "keel.sh/update-time"),
    *_TRIGGERS.kept(Place.ANNOTATION, _WRITES_IMAGES, "image.openshift.io/triggers", tell=Tell.IMAGES),
    *_FLUX_V1.kept(
        Place.ANNOTATION, _WRITES_IMAGES, "fluxcd.io/automated", "flux.weave.works/automated", tell=Tell.IMAGES
    ),
    *_ARGO_UPDATER.kept(
        Place.ANNOTATION, _WRITES_IMAGES, "argocd-image-updater.argoproj.io/image-list", tell=Tell.IMAGES
    ),
    *_KIMUP.kept(Place.ANNOTATION, _WRITES_IMAGES, "kimup.cloudavenue.io/enabled", tell=Tell.IMAGES),
    *_CERT_MANAGER.kept(
        Place.ANNOTATION,
        "an issuer of certificates",
        "cert-manager.io/issuer",
        "cert-manager.io/cluster-issuer",
        tell=Tell.OUTSIDE,
    ),
    *_CERT_MANAGER.rows(
        Place.ANNOTATION,
        "what cert-manager noted of a certificate in the source",
        "cert-manager.io/alt-names",
        "cert-manager.io/certificate-name",
        "cert-manager.io/certificate-revision",
        "cert-manager.io/issuer-name",
        "cert-manager.io/issuer-kind",
        "cert-manager.io/issuer-group",
        "cert-manager.io/private-key-secret-name",
        "cert-manager.io/uri-sans",
        "cert-manager.io/ip-sans",
        "cert-manager.io/common-name",
        "acme.cert-manager.io/*",
        kinds=("Secret",),
    ),
    *_CERT_MANAGER.rows(Place.LABEL, "set by cert-manager", "controller.cert-manager.io/fao", kinds=("Secret",)),
    *_EXTERNAL_SECRETS.rows(
        Place.ANNOTATION,
        "what the operator noted of the source",
        "reconcile.external-secrets.io/data-hash",
        "force-sync",
        kinds=("Secret", "ExternalSecret.external-secrets.io"),
    ),
    *_SEALED_SECRETS.rows(
        Place.ANNOTATION,
        "an instruction for a Secret of the source",
        "sealedsecrets.bitnami.com/managed",
        kinds=("Secret",),
    ),
    *_REPLICATOR.rows(
        Place.ANNOTATION,
        "what the replicator noted of the source",
        "replicator.v1.mittwald.de/replicated-at",
        "replicator.v1.mittwald.de/replicated-keys",
        "replicator.v1.mittwald.de/replicated-from-version",
    ),
    *_REPLICATOR.kept(
        Place.ANNOTATION,
        _ONWARD,
        "replicator.v1.mittwald.de/replicate-to",
        "replicator.v1.mittwald.de/replicate-to-matching",
        tell=Tell.REPLICATES,
    ),
    *_REFLECTOR.rows(
        Place.ANNOTATION,
        "what the reflector noted of the source",
        "reflector.v1.k8s.emberstack.com/reflected-at",
        "reflector.v1.k8s.emberstack.com/reflected-version",
        "reflector.v1.k8s.emberstack.com/auto-reflects",
    ),
    *_REFLECTOR.kept(
        Place.ANNOTATION,
        _ONWARD,
        "reflector.v1.k8s.emberstack.com/reflection-auto-enabled",
        tell=Tell.REPLICATES,
    ),
    *_CONFIG_SYNCER.kept(Place.ANNOTATION, _ONWARD, "kubed.appscode.com/sync", tell=Tell.REPLICATES),
    *_CONFIG_SYNCER.rows(
        Place.ANNOTATION,
        "what the syncer noted of the source",
        "kubed.appscode.com/origin",
    ),
)
