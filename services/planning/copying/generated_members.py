"""Members that a controller generated from the source's pods or namespace, beside what a person wrote. Pure."""

from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.tools.rows import Place
from services.planning.tools.table import rows_on

_HOST_GENERATED = "openshift.io/host.generated"  # OpenShift docs, "Route configuration": of namespace and domain


def without_generated_members(body: dict[str, Any], manifest: Manifest) -> list[str]:
    """Take them out of a Service or Route, in place; what was taken out."""
    if manifest.kind.name == "Service":
        return _without_hashes(body)
    if manifest.annotations.get(_HOST_GENERATED) == "true" and paths.remove(body, "spec.host"):
        return ["Route.route.openshift.io: generated spec.host"]
    return []


def _without_hashes(body: dict[str, Any]) -> list[str]:
    """Without the hash of one revision's pods in a Service's selector, where another term is left."""
    selector = (body.get("spec") or {}).get("selector")
    if not isinstance(selector, dict):
        return []
    hashes = [name for name in selector if rows_on(Place.SELECTOR, name)]
    if not hashes or len(hashes) == len(selector):
        return []
    for name in hashes:
        del selector[name]
    return [f"Service: selector {name}" for name in sorted(hashes)]
