"""Rewrite a normalised manifest for its target: namespace, overrides, hosts, classes, subjects.

Pure. A field that Kubernetes interprets and that names the source's namespace gets the target's. Texts that only the
application interprets (host names in variables) are not changed; a problem mentions them.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.address_ranges import ranges_of_networks
from services.planning.copying.leaving_out import unmatched_names
from services.planning.copying.names_of_source import names_of_source
from services.planning.copying.namespace_labels import NAME_LABEL
from services.planning.copying.notes_of_kinds import SUSPENDED_BY_RULE
from services.planning.copying.schedules import depends_on_the_hour, zone_in_schedule
from services.planning.objects import paths
from services.planning.objects.classes import ingress_classes_in, storage_classes_in
from services.planning.objects.hosts import CERTIFICATE, hosts_in, map_hosts
from services.planning.objects.identity import kind_name

_SCALED = frozenset({"Deployment.apps", "StatefulSet.apps", "ReplicaSet.apps", "ReplicationController"})


@dataclass(frozen=True, kw_only=True)
class Move:
    """From which namespace to which; `source` is None for manifests that a person submitted."""

    source: str | None
    target: str

    @property
    def renames(self) -> bool:
        """Whether names of the source's namespace have to be rewritten."""
        return self.source is not None and self.source != self.target


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """The manifest for the target, and warnings about it."""

    manifest: Manifest
    problems: tuple[Problem, ...]


def rewrite(manifest: Manifest, *, move: Move, overrides: Overrides) -> Rewritten:
    """A normalised manifest as the target shall have it; `manifest` itself is not changed."""
    kept = [host for host in hosts_in(manifest) if host not in {*overrides.ingress_hosts.values()}]
    rewritten, notes = _rewritten(manifest, move=move, overrides=overrides)
    if move.source is not None:
        notes += _about_hosts(manifest, [host for host in kept if host not in overrides.ingress_hosts])
    if move.source is not None and move.renames:
        named = names_of_source(rewritten, move.source)
        notes += [named] if named is not None else []
    return Rewritten(manifest=rewritten, problems=tuple(notes))


def rewritten_manifest(manifest: Manifest, *, move: Move, overrides: Overrides) -> Manifest:
    """The same without warnings, of which the search of texts is most of the work."""
    return _rewritten(manifest, move=move, overrides=overrides)[0]


def _rewritten(manifest: Manifest, *, move: Move, overrides: Overrides) -> tuple[Manifest, list[Problem]]:
    rewritten = Manifest(manifest.edited())
    replicas = overrides.replicas.get(f"{manifest.kind.name}/{manifest.name}")
    if replicas is not None and isinstance(rewritten.body.get("spec"), dict):
        rewritten.body["spec"]["replicas"] = replicas
    _map_classes(rewritten.body, overrides)
    map_hosts(rewritten.body, overrides.ingress_hosts)
    rule = _RULES.get(kind_name(manifest.kind))
    return rewritten, [*rule(rewritten, move, overrides)] if rule else []


def _note(code: str, detail: str, manifest: Manifest, path: str | None = None) -> Problem:
    return Problem(code=code, severity=Severity.WARNS, detail=detail, resource=manifest.id, field=path)


def _rewrite_config_map(manifest: Manifest, _: Move, overrides: Overrides) -> Iterator[Problem]:
    body, keys = manifest.body, overrides.config_maps.get(manifest.name, {})
    for key, text in keys.items():
        (body.get("binaryData") or {}).pop(key, None)
        if text is not None:
            body.setdefault("data", {})[key] = text
        elif key in (body.get("data") or {}):
            del body["data"][key]
    yield from ()


def _rewrite_secret(manifest: Manifest, _: Move, overrides: Overrides) -> Iterator[Problem]:
    keys = overrides.secrets.get(manifest.name, {})
    for key, text in keys.items():
        if text is None:
            (manifest.body.get("data") or {}).pop(key, None)
        else:
            manifest.body.setdefault("data", {})[key] = base64.b64encode(text.value.encode()).decode()
    yield from ()


def _map_classes(body: dict[str, Any], overrides: Overrides) -> None:
    """Map the classes that the object names, in whatever spelling."""
    for places, mapping in (
        (storage_classes_in, overrides.storage_classes),
        (ingress_classes_in, overrides.ingress_classes),
    ):
        for holder, key, _ in list(places(body)) if mapping else ():
            holder[key] = mapping.get(holder[key], holder[key])


def _map_value(body: Any, path: str, mapping: Mapping[str, str]) -> None:
    for parent, key in paths.locations(body, path):
        parent[key] = mapping.get(parent[key], parent[key])


def _rewrite_schedule(manifest: Manifest, move: Move, overrides: Overrides) -> Iterator[Problem]:
    spec, member = manifest.body.setdefault("spec", {}), SUSPENDED_BY_RULE[kind_name(manifest.kind)]
    if not isinstance(spec, dict):
        return
    if overrides.suspend_cron_jobs is not None:
        spec[member] = overrides.suspend_cron_jobs
    elif move.source is not None and not spec.get(member):
        spec[member] = True
        yield _note(
            "cron-job-suspended",
            f"{manifest.id.label} is copied suspended, because the source keeps running it.",
            manifest,
            f"spec.{member}",
        )


def _rewrite_cron_job(manifest: Manifest, move: Move, overrides: Overrides) -> Iterator[Problem]:
    yield from _rewrite_schedule(manifest, move, overrides)
    spec = manifest.spec
    schedule = spec.get("schedule")
    if not spec.get("timeZone") and zone_in_schedule(schedule) is None and depends_on_the_hour(schedule):
        yield _note(
            "cron-job-time-zone",
            f"{manifest.id.label} has no time zone: its schedule follows that of each cluster's controller manager.",
            manifest,
            "spec.timeZone",
        )


def _rewrite_ingress(manifest: Manifest, _move: Move, _overrides: Overrides) -> Iterator[Problem]:
    if any(name.endswith("ingress.kubernetes.io/group.name") for name in manifest.annotations):
        yield _note(
            "ingress-group",
            f"{manifest.id.label} joins the load balancer of its Ingress group.",
            manifest,
            "metadata.annotations",
        )


def _about_hosts(manifest: Manifest, hosts: Sequence[str]) -> Iterator[Problem]:
    if not hosts:
        return
    listed = f"host {hosts[0]}" if len(hosts) == 1 else f"hosts {', '.join(hosts)}"
    if kind_name(manifest.kind) == CERTIFICATE:
        yield _note(
            "certificate-host",
            f"{manifest.id.label} orders a certificate for the source's {listed} in the target as well, and public "
            "authorities limit the number of orders: map the host, or leave the Certificate out.",
            manifest,
            "spec.dnsNames",
        )
    else:
        yield _note(
            "ingress-host-unmapped",
            f"{manifest.id.label} keeps the source's {listed}: DNS automation of both clusters may claim it.",
            manifest,
            "spec",
        )


_ACCOUNT_USER, _ACCOUNTS_GROUP = "system:serviceaccount:", "system:serviceaccounts:"


def _rewrite_subjects(manifest: Manifest, move: Move, _: Overrides) -> Iterator[Problem]:
    """Service accounts move with their namespace: as ServiceAccount, as user name and as group name.

    The names are `system:serviceaccount:<namespace>:<name>` and `system:serviceaccounts:<namespace>` (Kubernetes docs,
    "Using RBAC Authorization", "Referring to subjects").
    """
    for subject in manifest.body.get("subjects") or ():
        kind, name = subject.get("kind"), str(subject.get("name", ""))
        namespace: str | None = None
        if kind == "ServiceAccount":
            namespace = subject.get("namespace") or move.source or move.target
            subject["namespace"] = _moved(namespace, move)
        elif kind == "User" and name.startswith(_ACCOUNT_USER):
            namespace, _separator, account = name.removeprefix(_ACCOUNT_USER).partition(":")
            subject["name"] = f"{_ACCOUNT_USER}{_moved(namespace, move)}:{account}"
        elif kind == "Group" and name.startswith(_ACCOUNTS_GROUP):
            namespace = name.removeprefix(_ACCOUNTS_GROUP)
            subject["name"] = _ACCOUNTS_GROUP + _moved(namespace, move)
        if namespace not in {None, move.source, move.target}:
            yield _note(
                "subject-elsewhere",
                f"{manifest.id.label} grants rights to a subject in namespace {namespace}.",
                manifest,
                "subjects",
            )


def _moved(namespace: str, move: Move) -> str:
    return move.target if namespace == move.source else namespace


_PEERS = ("spec.ingress[].from[]", "spec.egress[].to[]")


def _rewrite_network_policy(manifest: Manifest, move: Move, _: Overrides) -> Iterator[Problem]:
    ranges, before = set[str](), manifest.edited()
    for peer in (peer for path in _PEERS for peer in paths.values(manifest.body, path)):
        selector = peer.get("namespaceSelector") or {}
        labels = selector.get("matchLabels") or {}
        if NAME_LABEL in labels:
            labels[NAME_LABEL] = _moved(labels[NAME_LABEL], move)
        for term in selector.get("matchExpressions") or ():
            if term.get("key") == NAME_LABEL and term.get("values"):
                term["values"] = [_moved(value, move) for value in term["values"]]
        ranges |= {*ranges_of_networks(peer.get("ipBlock") or {})}
    if move.source is not None and before != manifest.body:
        yield _note(
            "namespace-selector-rewritten",
            f"{manifest.id.label} selects namespace {move.target} where it selected {move.source} by its name.",
            manifest,
            "spec",
        )
    if ranges:
        yield _note(
            "address-ranges",
            f"{manifest.id.label} has IP blocks ({', '.join(sorted(ranges))}), which may not fit the target cluster.",
            manifest,
            "spec",
        )


_BACKENDS = "spec.rules[].backendRefs[]"
_MIRRORED = "filters[].requestMirror.backendRef"
_NAMESPACES_OF_ROUTES = (
    "spec.parentRefs[].namespace",
    f"{_BACKENDS}.namespace",
    f"{_BACKENDS}.{_MIRRORED}.namespace",
    f"spec.rules[].{_MIRRORED}.namespace",
    "spec.listeners[].tls.certificateRefs[].namespace",
)
_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "Gateway")


def _rewrite_route(manifest: Manifest, move: Move, _: Overrides) -> Iterator[Problem]:
    body = manifest.body
    for path in _NAMESPACES_OF_ROUTES:
        if move.source is not None:
            _map_value(body, path, {move.source: move.target})
    yield from ()


_Rule = Callable[[Manifest, Move, Overrides], Iterator[Problem]]

# The rewrite rule of each kind; a rule changes the manifest that it receives.
_RULES: Mapping[str, _Rule] = {
    "ConfigMap": _rewrite_config_map,
    "Secret": _rewrite_secret,
    **dict.fromkeys(SUSPENDED_BY_RULE, _rewrite_schedule),
    "CronJob.batch": _rewrite_cron_job,
    "Ingress.networking.k8s.io": _rewrite_ingress,
    "RoleBinding.rbac.authorization.k8s.io": _rewrite_subjects,
    "NetworkPolicy.networking.k8s.io": _rewrite_network_policy,
    **{f"{kind}.gateway.networking.k8s.io": _rewrite_route for kind in _ROUTES},
}


def overrides_without_resource(overrides: Overrides, manifests: tuple[Manifest, ...]) -> tuple[Problem, ...]:
    """A blocking problem for each override that matches none of the `manifests`."""
    if overrides == Overrides():
        return ()
    named = {f"{m.kind.name}/{m.name}" for m in manifests}
    desired = [f"ConfigMap/{name}" for name in overrides.config_maps]
    desired += [f"Secret/{name}" for name in overrides.secrets]
    desired += [*overrides.replicas, *overrides.only_keys]
    hosts = {host for m in manifests for host in hosts_in(m)}
    missing = [name for name in desired if name not in named]
    missing += [f"host {host}" for host in overrides.ingress_hosts if host not in hosts]
    classes = {holder[key] for m in manifests for holder, key, _ in storage_classes_in(m.body)}
    missing += [f"storage class {name}" for name in overrides.storage_classes if name not in classes]
    ingress_classes = {holder[key] for m in manifests for holder, key, _ in ingress_classes_in(m.body)}
    missing += [f"ingress class {name}" for name in overrides.ingress_classes if name not in ingress_classes]
    missing += [f"the mark {name}" for name in unmatched_names(manifests, overrides.leave_out)]
    scaled = {f"{m.kind.name}/{m.name}" for m in manifests if _has_replicas(m)}
    return (
        *(_unmatched_override(f"The override for {name} matches none of the selected resources.") for name in missing),
        *(
            _unmatched_override(f"The override for the replicas of {name} has no effect: it has no replicas.")
            for name in overrides.replicas
            if name in named and name not in scaled
        ),
    )


def _unmatched_override(detail: str) -> Problem:
    return Problem(code="override-without-resource", severity=Severity.BLOCKS, detail=detail, field="overrides")


def _has_replicas(manifest: Manifest) -> bool:
    return kind_name(manifest.kind) in _SCALED or "replicas" in manifest.spec
