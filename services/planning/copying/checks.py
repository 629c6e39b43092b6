"""What may stand in the way of one object on one cluster: each check gives the problems it finds. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.cluster_api import FIELD_MANAGER, Right, ServedKind
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.facts import ObjectKey, TargetFacts
from services.planning.copying.immutable import refused_changes
from services.planning.copying.normalize import kind_name
from services.planning.copying.references import CONFIG_MAP, Need, Reference, references_of
from services.planning.copying.refusals import Consent
from services.planning.objects import paths
from services.planning.objects.diff import repeated_keys
from services.planning.objects.field_ownership import field_owners, readable
from services.planning.objects.merge_keys import merge_table
from services.planning.plan import Change


@dataclass(frozen=True, kw_only=True)
class Place:
    """One cluster as the checks see it: its facts, what is being copied to it, and what the request allows."""

    facts: TargetFacts
    namespace: str
    copied: Mapping[ObjectKey, Manifest]
    consents: frozenset[str]


def problem(  # noqa: PLR0917 - read at many places, always in this order
    place: Place, manifest: Manifest, code: str, severity: Severity, detail: str, field: str = ""
) -> Problem:
    """A problem of this object on this cluster."""
    return Problem(
        code=code,
        severity=severity,
        detail=detail,
        cluster=place.facts.cluster,
        resource=manifest.id,
        field=field or None,
    )


def missing_rights(place: Place, served: ServedKind, manifest: Manifest) -> Iterator[Problem]:
    """Rights on the kind that a write needs and the credential lacks."""
    group, resource = served.kind.group, served.plural
    needed = [
        Right(verb=verb, group=group, resource=resource, namespace=place.namespace)
        for verb in ("get", "create", "patch")
    ]
    lacking = [right.verb for right in needed if right in place.facts.lacking]
    if lacking:
        yield problem(
            place,
            manifest,
            "missing-right",
            Severity.BLOCKS,
            f"The credential of cluster {place.facts.cluster} may not {' or '.join(lacking)} {served.plural}.",
        )


def missing_references(place: Place, manifest: Manifest) -> Iterator[Problem]:
    """Names that the object refers to and that would lead nowhere on this cluster."""
    told: set[tuple[str, str]] = set()
    for reference in references_of(manifest):
        if reference.need is Need.OPTIONAL or (reference.label, reference.key or "") in told:
            continue
        if _is_there(place, reference):
            continue
        told.add((reference.label, reference.key or ""))
        what = f"key {reference.key} of {reference.label}" if reference.key else reference.label
        hard = reference.need is Need.REQUIRED and Consent.MISSING_REFERENCES not in place.consents
        yield problem(
            place,
            manifest,
            "missing-reference",
            Severity.BLOCKS if hard else Severity.WARNS,
            f"{manifest.id.label} needs {what}, which is neither copied nor there: {reference.consequence}.",
            reference.field,
        )


def _is_there(place: Place, reference: Reference) -> bool:
    key = ObjectKey(group=reference.target[0], kind=reference.target[1], name=reference.name)
    if reference.target == CONFIG_MAP and reference.name in {"kube-root-ca.crt", "openshift-service-ca.crt"}:
        return True  # every namespace has it
    found = place.copied.get(key) or place.facts.live.get(key)
    if found is None:
        return key not in place.facts.looked_for  # not looked up: said elsewhere as not checked
    if reference.key is None:
        return True
    return reference.key in (found.body.get("data") or {}) or reference.key in (found.body.get("binaryData") or {})


def taken_hosts(place: Place, manifest: Manifest) -> Iterator[Problem]:
    """Hosts and paths of an Ingress that another namespace of the same cluster serves already."""
    if kind_name(manifest.kind) != "Ingress.networking.k8s.io":
        return
    mine = set(_routes(manifest))
    for other in place.facts.other_ingresses:
        for host, path in sorted(mine & set(_routes(other))):
            yield problem(
                place,
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
    place: Place, live: Manifest, desired: Manifest, changes: tuple[Change, ...]
) -> Iterator[Problem]:
    """Changes that no server makes."""
    for path in refused_changes(live, desired, changes):
        yield problem(
            place,
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
