"""What owns the owner of a workload, up to the root: an ApplicationSet, a parent application, a Git repository. Pure.

An override that Stagecoach writes to an application lasts only if nothing above the application writes it again. So
the chain is followed upwards: an owner reference with `controller: true`, the marks of a delivery tool, and where
neither stands on an object, the source that it names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from domain.cluster_api import FIELD_MANAGER
from domain.hand_overs import OwnerAddress
from domain.resources import Kind, Manifest, ResourceId
from services.planning.objects.application_sets import KIND, leaves_overrides_alone
from services.planning.objects.owners import controller_of
from services.planning.objects.workload_owners import APPLICATION, OwnerObject, WorkloadOwner, workload_owner


@dataclass(frozen=True, kw_only=True)
class Above:
    """What owns an object: its name for people, and the object to read for what is above that (None: the root)."""

    name: str
    object: OwnerObject | None


@dataclass(frozen=True, kw_only=True)
class OwnerChain:
    """The object of a workload's owner as it was read (None: it was not found), and all that is above it.

    `upper` is the object directly above `found`, where it was read. `unread` says why the chain may go on beyond what
    it names. `hub` is the cluster where the chain was looked for, None where that is the cluster of the workload.
    """

    found: Manifest | None = None
    upper: Manifest | None = None
    above: tuple[str, ...] = ()
    unread: str | None = None
    hub: str | None = None


def above(manifest: Manifest) -> Above | None:
    """What owns this object, or where it takes what it delivers from; None where nothing is known of either."""
    writer = writer_of(manifest)
    if writer is not None:
        return writer
    sources = tuple(dict.fromkeys(_sources(manifest)))
    return Above(name=" and ".join(sources), object=None) if sources else None


def writer_of(manifest: Manifest) -> Above | None:
    """Who would write this object again after a change; None where nobody is known to."""
    controller = controller_of(manifest)
    if controller is not None:
        kind = Kind.of(str(controller.get("apiVersion", "")), str(controller.get("kind", "")))
        name = str(controller.get("name", ""))
        return Above(
            name=f"the {kind.name} {name}", object=OwnerObject(kind=kind, namespace=manifest.namespace, name=name)
        )
    owner = workload_owner(manifest)
    return Above(name=owner.name, object=owner.object) if owner is not None else None


def is_application_of(manifest: Manifest, workload: Manifest) -> bool:
    """Whether the application lists the workload among its resources."""
    return lists(manifest, workload.id, workload.namespace)


def lists(application: Manifest, resource: ResourceId, namespace: str | None) -> bool:
    """Whether a resource is among those that the application lists."""
    return any(
        (each.group_kind, each.name, where) == (resource.group_kind, resource.name, namespace or "")
        for each, where in listed_in(application)
    )


def listed_in(application: Manifest) -> Iterator[tuple[ResourceId, str]]:
    """What `status.resources` of an application names, each with its namespace; empty for what has none."""
    for each in application.status.get("resources") or ():
        if isinstance(each, dict):
            group, version, kind, name = (str(each.get(part, "")) for part in ("group", "version", "kind", "name"))
            yield ResourceId(kind=Kind(group=group, version=version, name=kind), name=name), each.get("namespace") or ""


def yields_images(application: Manifest, workload: Manifest) -> bool:
    """Whether an application leaves images of the workload alone that Stagecoach wrote, in syncs as well.

    https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/: `managedFieldsManagers` hides the difference, and
    only `RespectIgnoreDifferences=true` keeps a sync from undoing it.
    """
    spec = application.body.get("spec") or {}
    options = (spec.get("syncPolicy") or {}).get("syncOptions") or ()
    if "RespectIgnoreDifferences=true" not in options:
        return False
    return any(
        FIELD_MANAGER in (rule.get("managedFieldsManagers") or ()) and _is_about(rule, workload)
        for rule in spec.get("ignoreDifferences") or ()
        if isinstance(rule, dict)
    )


def _is_about(rule: Mapping[str, Any], workload: Manifest) -> bool:
    """`*` stands for any group or kind; a name or namespace that is left out stands for all."""
    return (
        rule.get("group", "") in {"*", workload.kind.group}
        and rule.get("kind") in {"*", workload.kind.name}
        and rule.get("name") in {None, "", workload.name}
        and rule.get("namespace") in {None, "", workload.namespace}
    )


def with_chain(
    owner: WorkloadOwner | None, chains: Mapping[OwnerObject, OwnerChain], workload: Manifest
) -> WorkloadOwner | None:
    """The workload's owner with what is above it, as far as that was read."""
    if owner is None or owner.object is None or (chain := chains.get(owner.object)) is None:
        return owner
    found = chain.found if chain.found is not None and chain.found.kind == APPLICATION else None
    return replace(
        owner,
        above=chain.above,
        unread=chain.unread,
        yields=found is not None and yields_images(found, workload),
        rewritten_by=_rewriter(found, chain.upper) if found is not None else None,
        address=_address(owner, found, chain.hub) or owner.address,
        hub=chain.hub,
    )


def _rewriter(application: Manifest, upper: Manifest | None) -> OwnerObject | None:
    """What would take an override of the application back; None where nothing is known to."""
    writer = writer_of(application)
    if writer is None or (upper is not None and upper.kind.name == KIND and leaves_overrides_alone(upper, application)):
        return None
    return writer.object


def _address(owner: WorkloadOwner, application: Manifest | None, hub: str | None) -> OwnerAddress | None:
    """Where the application is, which a mark on its workloads says in part."""
    if application is None or application.namespace is None:
        return None
    return OwnerAddress(title=owner.name, cluster=hub, namespace=application.namespace, name=application.name)


def _sources(manifest: Manifest) -> Iterator[str]:
    """Where the object takes what it delivers from."""
    spec = manifest.body.get("spec") or {}
    if manifest.kind == APPLICATION:
        for source in (*(spec.get("sources") or ()), spec.get("source")):
            if isinstance(source, dict) and source.get("repoURL"):
                what = "the chart repository" if source.get("chart") else "the Git repository"
                yield f"{what} {without_user(str(source['repoURL']))}"
        return
    reference = spec.get("sourceRef") or ((spec.get("chart") or {}).get("spec") or {}).get("sourceRef")
    if isinstance(reference, dict) and reference.get("name"):
        namespace = reference.get("namespace") or manifest.namespace
        yield f"the {reference.get('kind', 'source')} {namespace}/{reference['name']} of Flux"


def without_user(url: str) -> str:
    """The address without a user name and password, which some people write into it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.scheme else url
