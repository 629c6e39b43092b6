"""CustomResourceDefinitions, and the rules of the kinds that they define."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats, structural
from sandbox.kinds.custom_objects import apply_defaults, broken_rules, violations
from sandbox.kinds.findings import IMMUTABLE, invalid, required, unsupported
from sandbox.kinds.rules import Rules
from sandbox.store import Object


def _default_definition(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if kind := names.get("kind"):
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", kind + "List")
    spec.setdefault("conversion", {}).setdefault("strategy", "None")


def _prepare_definition(obj: Object) -> None:
    stored = [v.get("name", "") for v in obj["spec"].get("versions") or () if v.get("storage")]
    obj["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": stored,
    }


def _validate_definition(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    names, group, versions = spec["names"], spec.get("group", ""), spec.get("versions") or []
    expected = f"{names.get('plural', '')}.{group}"
    if obj["metadata"].get("name") != expected:
        yield invalid("metadata.name", obj["metadata"].get("name", ""), 'must be spec.names.plural+"."+spec.group')
    if not group:
        yield required("spec.group")
    elif "." not in group:
        yield invalid("spec.group", group, "should be a domain with at least one dot")
    elif problem := formats.subdomain(group):
        yield invalid("spec.group", group, problem)
    for name in ("plural", "kind"):
        if not names.get(name):
            yield required(f"spec.names.{name}")
    if spec.get("scope") not in {"Cluster", "Namespaced"}:
        yield unsupported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"))
    if not versions:
        yield required("spec.versions")
    if spec.get("preserveUnknownFields"):
        detail = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        yield invalid("spec.preserveUnknownFields", spec["preserveUnknownFields"], detail)
    yield from _validate_approval(obj, group)
    if versions and not any(v.get("storage") for v in versions):
        yield invalid("status.storedVersions", [], "must have at least one stored version")
    if versions and sum(bool(v.get("storage")) for v in versions) != 1:
        yield invalid(
            "spec.versions",
            [v.get("name") for v in versions],
            "must have exactly one version marked as storage version",
        )
    alike = bool(versions) and all(v.get("schema") == versions[0].get("schema") for v in versions)
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        if problem := formats.label_1035(version.get("name", "")):
            yield invalid(f"{at}.name", version.get("name", ""), problem)
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            yield required(f"{at}.schema.openAPIV3Schema", "schemas are required")
        elif not alike:
            yield from structural.problems(schema, f"{at}.schema.openAPIV3Schema")
    if alike and (schema := (versions[0].get("schema") or {}).get("openAPIV3Schema")):
        # Versions that look alike share one schema inside the server, and are blamed together.
        yield from structural.problems(schema, "spec.validation.openAPIV3Schema")


def _validate_approval(obj: Object, group: str) -> Iterator[Cause]:
    """Groups of the Kubernetes project are for definitions that it approved of."""
    approved = "api-approved.kubernetes.io"
    if group.endswith((".k8s.io", ".kubernetes.io")) and not (obj["metadata"].get("annotations") or {}).get(approved):
        detail = f'protected groups must have approval annotation "{approved}", see '
        detail += "https://github.com/kubernetes/enhancements/pull/1111"
        yield required(f"metadata.annotations[{approved}]", detail)


def _forbid_definition(new: Object, old: Object) -> Iterator[Cause]:
    for path in (("group",), ("scope",), ("names", "kind"), ("names", "plural")):
        before, after = old["spec"], new["spec"]
        for step in path:
            before, after = before.get(step, {}), after.get(step, {})
        if before != after:
            yield invalid("spec." + ".".join(path), after, IMMUTABLE)


CUSTOM = {
    ("apiextensions.k8s.io", "customresourcedefinitions"): Rules(
        replaced_by_version=True,
        default=_default_definition,
        prepare=_prepare_definition,
        validate=_validate_definition,
        forbid=_forbid_definition,
        empty={"spec": {"group": "", "names": {"plural": "", "kind": ""}, "scope": "", "versions": None}, "status": {}},
        status=None,
        generation=True,
    )
}


def rules_of(schema: Mapping[str, Any]) -> Rules:
    """The rules of a custom kind, from the openAPIV3Schema of one of its versions."""

    def default(obj: Object) -> None:
        apply_defaults(schema, obj)

    own = {k: v for k, v in schema.items() if k != "required"} | _own_required(schema)

    def validate(obj: Object) -> Iterator[Cause]:
        checked = {k: v for k, v in obj.items() if k not in {"apiVersion", "kind", "metadata"}}
        found = list(violations(own, checked, ""))
        return iter(found or broken_rules(schema, obj, None, ""))

    def forbid(new: Object, old: Object) -> Iterator[Cause]:
        return broken_rules(schema, new, old, "")

    return Rules(
        default=default,
        validate=validate,
        validate_status=validate,
        forbid=forbid,
        generation=True,
        replaced_by_version=True,
    )


def _own_required(schema: Mapping[str, Any]) -> dict[str, Any]:
    names = [n for n in schema.get("required") or () if n not in {"apiVersion", "kind", "metadata"}]
    return {"required": names} if names else {}
