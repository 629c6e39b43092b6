"""The definitions of Flux's kinds: names, versions and subresources as in config/crd/bases of its controllers.

Of the fields those have a type that Stagecoach or the stand-in controllers use; all others are kept as they are.
"""

from sandbox.store import Object

HELM, KUSTOMIZE, SOURCE = "helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"

_ANY: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_TEXT: Object = {"type": "string"}
_FLAG: Object = {"type": "boolean"}


def _object(**properties: Object) -> Object:
    return {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": properties}


def _list(item: Object) -> Object:
    return {"type": "array", "items": item}


_REFERENCE = _object(kind=_TEXT, name=_TEXT, namespace=_TEXT)
_HELM_RELEASE = _object(
    spec=_object(
        chart=_object(spec=_object(chart=_TEXT, version=_TEXT, sourceRef=_REFERENCE)),
        values=_ANY,
        valuesFrom=_list(_object(kind=_TEXT, name=_TEXT, valuesKey=_TEXT, targetPath=_TEXT, optional=_FLAG)),
        suspend=_FLAG,
        interval=_TEXT,
        timeout=_TEXT,
        releaseName=_TEXT,
        targetNamespace=_TEXT,
        storageNamespace=_TEXT,
    ),
    status=_ANY,
)
_KUSTOMIZATION = _object(
    spec=_object(
        path=_TEXT,
        sourceRef=_REFERENCE,
        images=_list(_object(name=_TEXT, newName=_TEXT, newTag=_TEXT, digest=_TEXT)),
        suspend=_FLAG,
        interval=_TEXT,
        targetNamespace=_TEXT,
    ),
    status=_ANY,
)


def _definition(group: str, version: str, kind: str, plural: str, *, short: str, schema: Object) -> Object:
    names = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": kind.lower(),
        "shortNames": [short],
    }
    one: Object = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [one]},
    }


DEFINITIONS: tuple[Object, ...] = (
    _definition(
        SOURCE, "v1", "GitRepository", "gitrepositories", short="gitrepo", schema=_object(spec=_object(url=_TEXT))
    ),
    _definition(KUSTOMIZE, "v1", "Kustomization", "kustomizations", short="ks", schema=_KUSTOMIZATION),
    _definition(HELM, "v2", "HelmRelease", "helmreleases", short="hr", schema=_HELM_RELEASE),
)
