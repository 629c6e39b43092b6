"""The checks of one object on one target cluster; each yields the problems that it finds. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from domain.cluster_api import FIELD_MANAGER, Right, ServedKind
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.facts import SourceFacts, TargetFacts
from services.planning.copying.generated_members import injected_keys
from services.planning.objects import paths
from services.planning.objects.field_ownership import AS_UPDATE, field_owners, readable
from services.planning.objects.identity import ObjectKey, kind_name
from services.planning.objects.immutable_fields import refused_changes
from services.planning.objects.list_items import repeated_keys
from services.planning.objects.merge_keys import merge_table
from services.planning.objects.reference_values import Need, Reference, is_published
from services.planning.objects.references import references_of
from services.planning.plan import Change, ChangeKind


@dataclass(frozen=True, kw_only=True)
class CopyTarget:
    """A target cluster as the checks need it: its facts, the objects that are copied to it, the given consents.

    `source` is where they come from; None for manifests that a person submitted. `recorded` are the app environment's
    resources; `carried_labels` are those that a namespace gets which the copy creates.
    """

    facts: TargetFacts
    namespace: str
    copied: Mapping[ObjectKey, Manifest]
    consents: frozenset[str]
    source: SourceFacts | None = None
    recorded: frozenset[ObjectKey] = frozenset()
    carried_labels: Mapping[str, str] = field(default_factory=dict)


def problem(  # noqa: PLR0917 - called in many checks, always in this order
    target: CopyTarget, manifest: Manifest, code: str, severity: Severity, detail: str, field: str = ""
) -> Problem:
    """A problem of `manifest` on the target cluster."""
    return Problem(
        code=code,
        severity=severity,
        detail=detail,
        cluster=target.facts.cluster,
        resource=manifest.id,
        field=field or None,
    )


def missing_rights(target: CopyTarget, served: ServedKind, manifest: Manifest) -> Iterator[Problem]:
    """The rights that writing the object needs and the credential lacks."""
    if not target.facts.lacking:
        return
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
    """References of the object to something that is neither on the cluster nor copied to it."""
    reported: set[tuple[str, str]] = set()
    for reference in references_of(manifest):
        if reference.need is Need.OPTIONAL or (reference.label, reference.key or "") in reported:
            continue
        if _exists(target, reference):
            continue
        reported.add((reference.label, reference.key or ""))
        what = f"key {reference.key} of {reference.label}" if reference.key else reference.label
        hard = reference.need is Need.REQUIRED and Consent.MISSING_REFERENCES not in target.consents
        found = problem(
            target,
            manifest,
            "missing-reference",
            Severity.BLOCKS if hard else Severity.WARNS,
            f"{manifest.id.label} {reference.verb} {what}, which is neither copied nor on the cluster: "
            f"{reference.consequence}.",
            reference.field,
        )
        yield replace(found, consent=Consent.MISSING_REFERENCES) if hard else found


def _exists(target: CopyTarget, reference: Reference) -> bool:
    key = ObjectKey(group=reference.group_kind[0], kind=reference.group_kind[1], name=reference.name)
    if is_published(reference):
        return True
    referenced = target.copied.get(key) or target.facts.live.get(key)
    if referenced is None:
        return key not in target.facts.looked_for  # not read: the plan lists it as unchecked
    if reference.key is None:
        return True
    held = any(reference.key in (referenced.body.get(field) or {}) for field in ("data", "binaryData"))
    return held or reference.key in injected_keys(referenced)


def taken_hosts(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """Hosts and paths of an Ingress that an Ingress in another namespace of the cluster already serves."""
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
                f"Ingress {other.name} in namespace {other.namespace} already serves {host}{path}. Override the host.",
                "spec.rules",
            )


def _routes(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for rule in paths.values(manifest.body, "spec.rules[]"):
        for path in paths.values(rule, "http.paths[]"):
            yield str(rule.get("host", "")), str(path.get("path", "/"))


def refused_by_immutability(
    target: CopyTarget, live: Manifest, desired: Manifest, changes: tuple[Change, ...]
) -> Iterator[Problem]:
    """Changes that the API server would reject because the field is immutable."""
    for path in refused_changes(live, desired, changes):
        yield problem(
            target,
            desired,
            "immutable-field",
            Severity.BLOCKS,
            f"{path} of {desired.id.label} is immutable. Delete the object on the target first, or leave it out of "
            "the copy.",
            path,
        )


def other_managers(live: Manifest, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The names of the field managers, other than ours, that own a field which would be changed; sorted."""
    return tuple(sorted({owner.removesuffix(AS_UPDATE) for owner in _managers_of(live, changes)} - {FIELD_MANAGER}))


def applying_managers(live: Manifest, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Those of them that apply: to change their fields makes their next apply fail, unless they force; sorted.

    What is removed (by a replace) belongs to nobody then: they apply it again without a conflict.
    """
    written = tuple(change for change in changes if change.kind is not ChangeKind.REMOVED)
    applying = {owner for owner in _managers_of(live, written) if not owner.endswith(AS_UPDATE)}
    return tuple(sorted(applying - {FIELD_MANAGER}))


def _managers_of(live: Manifest, changes: tuple[Change, ...]) -> set[str]:
    """The owners, as `field_owners` names them, of fields that would be changed."""
    changed = [change.path for change in changes if not change.only_order]  # nobody owns an order
    managers: set[str] = set()
    for path, owners in field_owners(live).managers.items():
        text = readable(path)
        if any(
            text == c or text.startswith((c + ".", c + "[")) or c.startswith((text + ".", text + "[")) for c in changed
        ):
            managers |= owners
    return managers


def repeated_lists(manifest: Manifest) -> tuple[str, ...]:
    """Paths of lists in which items share a merge key: create and replace accept them, apply rejects them."""
    repeated = []
    for path, keys in merge_table(manifest.kind).keys.items():
        if any(isinstance(items, list) and repeated_keys(items, keys) for items in paths.values(manifest.body, path)):
            repeated.append(path)
    return tuple(repeated)
