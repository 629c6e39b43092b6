"""The definitions of Flux's kinds: names, versions and subresources as in config/crd/bases of its controllers.

Of the fields those have a type that Stagecoach or the stand-in controllers use; all others are kept as they are.
"""

from sandbox.custom_definitions import ANY, FLAG, TEXT, definition, list_of, record
from sandbox.store import Object

HELM, KUSTOMIZE, SOURCE = "helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"

_REFERENCE = record(kind=TEXT, name=TEXT, namespace=TEXT)
_HELM_RELEASE = record(
    spec=record(
        chart=record(spec=record(chart=TEXT, version=TEXT, sourceRef=_REFERENCE)),
        values=ANY,
        valuesFrom=list_of(record(kind=TEXT, name=TEXT, valuesKey=TEXT, targetPath=TEXT, optional=FLAG)),
        suspend=FLAG,
        interval=TEXT,
        timeout=TEXT,
        releaseName=TEXT,
        targetNamespace=TEXT,
        storageNamespace=TEXT,
    ),
    status=ANY,
)
_KUSTOMIZATION = record(
    spec=record(
        path=TEXT,
        sourceRef=_REFERENCE,
        images=list_of(record(name=TEXT, newName=TEXT, newTag=TEXT, digest=TEXT)),
        suspend=FLAG,
        interval=TEXT,
        targetNamespace=TEXT,
    ),
    status=ANY,
)


DEFINITIONS: tuple[Object, ...] = (
    definition(SOURCE, "v1", "GitRepository", "gitrepositories", "gitrepo", schema=record(spec=record(url=TEXT))),
    definition(KUSTOMIZE, "v1", "Kustomization", "kustomizations", "ks", schema=_KUSTOMIZATION),
    definition(HELM, "v2", "HelmRelease", "helmreleases", "hr", schema=_HELM_RELEASE),
)
