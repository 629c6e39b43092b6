"""What may stand in the way of one object on one cluster: each check gives the problems it finds. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.cluster_api import FIELD_MANAGER, Right, ServedKind
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.facts import TargetFacts
from services.planning.copying.refusals import Consent
from services.planning.objects import paths
from services.planning.objects.diff import repeated_keys
from services.planning.objects.field_ownership import field_owners, readable
from services.planning.objects.identity import ObjectKey, kind_name
from services.planning.objects.immutable_fields import refused_changes
from services.planning.objects.merge_keys import merge_table
from services.planning.objects.references import CONFIG_MAP, Need, Reference, references_of
from services.planning.plan import Change


@dataclass(frozen=True, kw_only=True)
class CopyTarget:
    """One cluster as the checks see it: its facts, what is being copied to it, and what the request allows."""

    facts: TargetFacts
    namespace: str
    copied: Mapping[ObjectKey, Manifest]
    consents: frozenset[str]


def problem(  # noqa: PLR0917 - read at many places, always in this order
    target: CopyTarget, manifest: Manifest, code: str, severity: Severity, detail: str, field: str = ""
) -> Problem:
    """A problem of this object on this cluster."""
    return Problem(
        code=code,
        severity=severity,
        detail=detail,
        cluster=target.facts.cluster,
        resource=manifest.id,
        field=field or None,
    )


def missing_rights(target: CopyTarget, served: ServedKind, manifest: Manifest) -> Iterator[Problem]:
    """Rights on the kind that a write needs and the credential lacks."""
    group, resource = served.kind.group, served.plural
    needed = [
        Right(verb=verb, group=group, resource=resource, namespace=target.namespace)
        for verb in ("get", "create", "patch")
    ]
    lacking = [right.verb for right in needed if right in target.facts.lacking]
    if lacking:
        yield problem(
            target,
            manifest,
            "missing-right",
            Severity.BLOCKS,
            f"The credential of cluster {target.facts.cluster} may not {' or '.join(lacking)} {served.plural}.",
        )


def missing_references(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """Names that the object refers to and that would lead nowhere on this cluster."""
    told: set[tuple[str, str]] = set()
    for reference in references_of(manifest):
        if reference.need is Need.OPTIONAL or (reference.label, reference.key or "") in told:
            continue
        if _is_there(target, reference):
            continue
        told.add((reference.label, reference.key or ""))
        what = f"key {reference.key} of {reference.label}" if reference.key else reference.label
        hard = reference.need is Need.REQUIRED and Consent.MISSING_REFERENCES not in target.consents
        yield problem(
            target,
            manifest,
            "missing-reference",
            Severity.BLOCKS if hard else Severity.WARNS,
            f"{manifest.id.label} needs {what}, which is neither copied nor there: {reference.consequence}.",
            reference.field,
        )


def _is_there(target: CopyTarget, reference: Reference) -> bool:
    key = ObjectKey(group=reference.group_kind[0], kind=reference.group_kind[1], name=reference.name)
    if reference.group_kind == CONFIG_MAP and reference.name in {"kube-root-ca.crt", "openshift-service-ca.crt"}:
        return True  # every namespace has it
    found = target.copied.get(key) or target.facts.live.get(key)
    if found is None:
        return key not in target.facts.looked_for  # not looked up: said elsewhere as not checked
    if reference.key is None:
        return True
    return reference.key in (found.body.get("data") or {}) or reference.key in (found.body.get("binaryData") or {})


def taken_hosts(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """Hosts and paths of an Ingress that another namespace of the same cluster serves already."""
    if kind_name(manifest.kind) != "Ingress.networking.k8s.io":
        return
    mine = set(_routes(manifest))
    for other in target.facts.other_ingresses:
        for host, path in sorted(mine & set(_routes(other))):
            yield problem(
                target,
                manifest,
                "ingress-host-taken",
                Severity.BLOCKS,
                f"{host}{path} is served by Ingress {other.name} in namespace {other.namespace}: map the host.",
                "spec.rules",
            )


def _routes(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for rule in paths.values(manifest.body, "spec.rules[]"):
        for path in paths.values(rule, "http.paths[]"):
            yield str(rule.get("host", "")), str(path.get("path", "/"))


def refused_by_immutability(
    target: CopyTarget, live: Manifest, desired: Manifest, changes: tuple[Change, ...]
) -> Iterator[Problem]:
    """Changes that no server makes."""
    for path in refused_changes(live, desired, changes):
        yield problem(
            target,
            desired,
            "immutable-field",
            Severity.BLOCKS,
            f"{path} of {desired.id.label} cannot be changed on an existing object: delete the target's object first, "
            "or leave it out of the copy.",
            path,
        )


def other_managers(live: Manifest, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The field managers, other than ours, that own what would be changed."""
    changed = [change.path for change in changes]
    found: set[str] = set()
    for path, owners in field_owners(live).managers.items():
        text = readable(path)
        if any(
            text == c or text.startswith((c + ".", c + "[")) or c.startswith((text + ".", text + "[")) for c in changed
        ):
            found |= {owner.removesuffix(" (update)") for owner in owners}
    return tuple(sorted(found - {FIELD_MANAGER}))


def repeated_lists(manifest: Manifest) -> tuple[str, ...]:
    """Paths of lists in which a merge key comes twice: create and replace take them, apply does not."""
    found = []
    for path, keys in merge_table(manifest.kind).keys.items():
        if any(isinstance(items, list) and repeated_keys(items, keys) for items in paths.values(manifest.body, path)):
            found.append(path)
    return tuple(found)
