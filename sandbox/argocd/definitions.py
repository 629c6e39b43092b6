"""The definitions of Argo CD's kinds: names, versions and subresources as in argoproj/argo-cd manifests/crds.

Of the fields those have a type that Stagecoach or the stand-in controllers use; all others are kept as they are. An
Application has no status subresource: its generation rises whenever its status is written. An ApplicationSet has one.
"""

from sandbox.store import Object

GROUP, VERSION = "argoproj.io", "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

_ANY: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_TEXT: Object = {"type": "string"}


def _object(**properties: Object) -> Object:
    return {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": properties}


def _list(item: Object) -> Object:
    return {"type": "array", "items": item}


_SOURCE = _object(
    repoURL=_TEXT,
    path=_TEXT,
    targetRevision=_TEXT,
    chart=_TEXT,
    ref=_TEXT,
    kustomize=_object(images=_list(_TEXT)),
    helm=_object(
        parameters=_list(_object(name=_TEXT, value=_TEXT, forceString={"type": "boolean"})),
        values=_TEXT,
        valuesObject=_ANY,
        valueFiles=_list(_TEXT),
    ),
)
_APPLICATION = _object(
    spec=_object(
        project=_TEXT,
        source=_SOURCE,
        sources=_list(_SOURCE),
        destination=_object(server=_TEXT, name=_TEXT, namespace=_TEXT),
        syncPolicy=_ANY,
        ignoreDifferences=_list(_ANY),
    ),
    operation=_object(
        sync=_ANY,
        info=_list(_object(name=_TEXT, value=_TEXT)),
        initiatedBy=_object(username=_TEXT, automated={"type": "boolean"}),
        retry=_ANY,
    ),
    status=_ANY,
)


def _definition(kind: str, plural: str, short: tuple[str, ...], schema: Object, *, status: bool) -> Object:
    version: Object = {"name": VERSION, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    if status:
        version["subresources"] = {"status": {}}
    names = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": kind.lower(),
        "shortNames": [*short],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


DEFINITIONS: tuple[Object, ...] = (
    _definition("Application", "applications", ("app", "apps"), _APPLICATION, status=False),
    _definition(
        "ApplicationSet", "applicationsets", ("appset", "appsets"), _object(spec=_ANY, status=_ANY), status=True
    ),
    _definition("AppProject", "appprojects", ("appproj", "appprojs"), _object(spec=_ANY, status=_ANY), status=False),
)
