"""How the definitions of stand-in controllers are written: names, the version, the status apart, and typed members.

Members that neither Stagecoach nor a stand-in uses have no type, and are kept as they are.
"""

from sandbox.store import Object

ANY: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
TEXT: Object = {"type": "string"}
FLAG: Object = {"type": "boolean"}
WHOLE: Object = {"type": "integer"}
WHOLE_OR_TEXT: Object = {"x-kubernetes-int-or-string": True}


def record(**properties: Object) -> Object:
    """An object of which these members have a type."""
    return {**ANY, "properties": properties}


def list_of(item: Object) -> Object:
    return {"type": "array", "items": item}


def definition(group: str, version: str, kind: str, plural: str, *short: str, schema: Object) -> Object:
    """A kind whose objects are in namespaces, and whose status is a subresource."""
    names = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": plural,
        "singular": kind.lower(),
        **({"shortNames": [*short]} if short else {}),
    }
    served: Object = {
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
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [served]},
    }
