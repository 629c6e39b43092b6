"""Which autoscaler sets the replicas of a workload. Pure."""

from collections.abc import Iterable

from domain.resources import Manifest

# Field managers of people, who use the scale subresource as autoscalers do.
_TOOLS_OF_PEOPLE = ("kubectl", "k9s")


def autoscaler_of(workload: Manifest, live: Manifest | None, autoscalers: Iterable[Manifest]) -> str | None:
    """The autoscaler among `autoscalers` whose target it is, or who else has scaled the `live` object; None: nobody."""
    for autoscaler in autoscalers:
        scaled = autoscaler.spec.get("scaleTargetRef") or {}
        if (scaled.get("kind"), scaled.get("name")) == (workload.kind.name, workload.name):
            return autoscaler.id.label
    for entry in (live.metadata.get("managedFields") or ()) if live is not None else ():
        manager = str(entry.get("manager") or "an autoscaler")
        if manager.startswith(_TOOLS_OF_PEOPLE):
            continue  # a person scaled it: the field is treated as any other
        if entry.get("subresource") == "scale" and "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {}):
            return manager
    return None
