"""What a person should know about a source object because of its kind. Pure."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.refused_runs import is_run
from services.planning.objects import paths
from services.planning.objects.built_in import is_built_in
from services.planning.objects.identity import kind_name
from services.planning.objects.references import knows_references

# Kinds that start runs by a schedule, and the member of their spec that suspends them.
SUSPENDED_BY_RULE = {
    "CronJob.batch": "suspend",
    "CronWorkflow.argoproj.io": "suspend",
    "ScheduledSparkApplication.sparkoperator.k8s.io": "suspend",
    "ScheduledBackup.postgresql.cnpg.io": "suspend",
    "Schedule.velero.io": "paused",
}

DATA_NOT_COPIED = "data-not-copied"
RUNS_WHEN_CREATED = "runs-when-created"
BARE_POD = "bare-pod"


def notes_of_kind(manifest: Manifest) -> Iterator[Problem]:
    """The warnings that hold for objects of this kind, all of severity `warns`, without a cluster."""
    spec = manifest.spec
    if _runs_by_itself(manifest):
        yield _note(
            "runs-by-schedule",
            f"{manifest.id.label} has the schedule {spec['schedule']}, by which its copy runs as well: suspend it in "
            "the target if the source goes on.",
            manifest,
            "spec.schedule",
        )
    match kind_name(manifest.kind):
        case "Deployment.apps" if spec.get("paused"):
            yield _note(
                "paused",
                f"{manifest.id.label} is paused, so its rollout will not complete until it is resumed.",
                manifest,
                "spec.paused",
            )
        case "StatefulSet.apps" if spec.get("volumeClaimTemplates"):
            yield _note(
                DATA_NOT_COPIED,
                f"{manifest.id.label} gets new, empty volumes: data is never copied.",
                manifest,
                "spec.volumeClaimTemplates",
            )
        case "PersistentVolumeClaim":
            yield _note(
                DATA_NOT_COPIED,
                f"{manifest.id.label} gets a new, empty volume: data is never copied.",
                manifest,
                "spec",
            )
        case "Pod" if not is_run(manifest):
            yield _note(
                BARE_POD,
                f"{manifest.id.label} is a pod that no controller restarts or moves when its node is gone.",
                manifest,
                "metadata.ownerReferences",
            )
        case kind if kind in _OF_KINDS:
            yield from _OF_KINDS[kind](manifest)
        case _ if is_run(manifest):
            yield from _of_run(manifest)
        case _ if not knows_references(manifest.kind):
            yield _note(
                "references-unknown",
                f"{manifest.id.label} is a custom resource: its references are not known and are not checked.",
                manifest,
                "spec",
            )
        case _:
            pass


def _of_run(manifest: Manifest) -> Iterator[Problem]:
    lifetime = manifest.spec.get("ttlSecondsAfterFinished")
    gone = f" It is deleted {lifetime} seconds after it has ended." if lifetime is not None else ""
    when = "once it is resumed" if manifest.spec.get("suspend") is True else "as soon as it is created"
    yield _note(RUNS_WHEN_CREATED, f"{manifest.id.label} runs {when} in the target.{gone}", manifest, "spec")
    if manifest.spec.get("manualSelector") is True:
        yield _note(
            "manual-selector",
            f"{manifest.id.label} has a selector of its own (manualSelector): it counts the pods of every Job in the "
            "namespace that have these labels.",
            manifest,
            "spec.selector",
        )


def _of_sealed_secret(manifest: Manifest) -> Iterator[Problem]:
    """The key is the cluster's, and the namespace is sealed in (https://github.com/bitnami-labs/sealed-secrets#scopes)."""
    cluster_wide = manifest.annotations.get("sealedsecrets.bitnami.com/cluster-wide") == "true"
    scope = "" if cluster_wide else " and for its namespace"
    unless = ", unless both clusters share a key" if cluster_wide else ""
    yield _note(
        "sealed-for-source",
        f"{manifest.id.label} is sealed for the source cluster{scope}: the target's controller cannot open it, and "
        f"makes no Secret of it{unless}. Seal it for the target.",
        manifest,
        "spec.encryptedData",
    )


def _of_service(manifest: Manifest) -> Iterator[Problem]:
    spec = manifest.spec
    if not spec.get("selector") and spec.get("type") != "ExternalName":
        yield _note(
            "service-without-selector",
            f"{manifest.id.label} has no selector: it needs Endpoints or EndpointSlices of its own.",
            manifest,
            "spec.selector",
        )
    if spec.get("loadBalancerClass"):
        yield _note(
            "load-balancer-class",
            f"{manifest.id.label} requests a load balancer of class {spec['loadBalancerClass']}.",
            manifest,
            "spec.loadBalancerClass",
        )
    ranges = spec.get("loadBalancerSourceRanges")
    if ranges and spec.get("type") == "LoadBalancer":
        yield _note(
            "source-ranges",
            f"{manifest.id.label} admits clients from {_listed(ranges)} alone, as in the source: check that those of "
            "the target are among them.",
            manifest,
            "spec.loadBalancerSourceRanges",
        )


def _of_endpoints(manifest: Manifest) -> Iterator[Problem]:
    given = [
        *paths.values(manifest.body, "subsets[].addresses[].ip"),
        *(a for endpoint in paths.values(manifest.body, "endpoints[]") for a in endpoint.get("addresses") or ()),
    ]
    addresses = [address for address in dict.fromkeys(map(str, given)) if not _is_public(address)]
    if addresses:
        yield _note(
            "addresses-of-the-source",
            f"{manifest.id.label} leads to {_listed(addresses)}, which the source's network reaches: in the target the "
            "address may lead nowhere, or to another machine.",
            manifest,
            "subsets" if manifest.kind.name == "Endpoints" else "endpoints",
        )


_OF_KINDS: Mapping[str, Callable[[Manifest], Iterator[Problem]]] = {
    "Service": _of_service,
    "SealedSecret.bitnami.com": _of_sealed_secret,
    "Endpoints": _of_endpoints,
    "EndpointSlice.discovery.k8s.io": _of_endpoints,
}


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:  # a host name, of an EndpointSlice of type FQDN
        return True


def _runs_by_itself(manifest: Manifest) -> bool:
    """Whether a custom resource has a schedule as cron writes them, is not suspended, and no rule suspends the copy."""
    spec = manifest.spec
    schedule = spec.get("schedule")
    scheduled = isinstance(schedule, str) and (schedule.startswith("@") or len(schedule.split()) in {5, 6})
    suspended = any(spec.get(member) is True for member in ("suspend", "suspended", "paused", "disabled"))
    return (
        scheduled
        and not suspended
        and not is_built_in(manifest.kind)
        and kind_name(manifest.kind) not in SUSPENDED_BY_RULE
    )


def _listed(texts: Iterable[Any]) -> str:
    return ", ".join(map(str, texts))


def _note(code: str, detail: str, manifest: Manifest, field: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNS, detail=detail, resource=manifest.id, field=field)
