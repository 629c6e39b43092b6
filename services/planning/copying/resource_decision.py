"""Decide what a copy does to one object on one cluster: create, update, unchanged, keep or blocked. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from domain.cluster_api import ServedKind
from domain.problems import Problem, Severity
from domain.resources import Manifest
from domain.words import Action, OnConflict
from services.planning.copying.adaptation import adapted
from services.planning.copying.checks import (
    CopyTarget,
    missing_references,
    missing_rights,
    other_managers,
    problem,
    refused_by_immutability,
    repeated_lists,
    taken_hosts,
)
from services.planning.copying.chosen_keys import beside_live_keys
from services.planning.copying.cluster_rights import rights_problems
from services.planning.copying.danger_problems import danger_problems
from services.planning.copying.namespace_selectors import selector_problems
from services.planning.copying.normalize import observed
from services.planning.copying.overwriting import overwrite_problems
from services.planning.copying.placement import placement_problems
from services.planning.copying.plan import PlannedResource, WriteMethod
from services.planning.copying.pod_admission import admission_problems
from services.planning.copying.rights_elsewhere import elsewhere_problems
from services.planning.copying.runs_again import runs_again
from services.planning.copying.schedules import schedule_problems
from services.planning.copying.write_order import wave_of
from services.planning.images.pod_images import keeps_pods
from services.planning.objects.diff import diff, nulls_a_value, removed_by_replace
from services.planning.objects.excerpts import excerpt
from services.planning.objects.identity import ObjectKey, kind_name
from services.planning.objects.list_items import in_live_order
from services.planning.objects.owners import owner_of
from services.planning.objects.redact import Fingerprints, compare_secret, hide_values, is_secret
from services.planning.plan import Change, ChangeKind


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An object as every cluster shall have it, before the facts of a cluster are taken into account.

    `fingerprint` is that of `manifest`; adaptations to one cluster (autoscaled replicas) do not change it. `by_key`: it
    has only the keys that were chosen, and the live object keeps its others.
    """

    manifest: Manifest
    fingerprint: str
    notes: tuple[str, ...]
    left_behind: tuple[str, ...]
    by_key: bool = False

    @cached_property
    def key(self) -> ObjectKey:
        return ObjectKey.of(self.manifest)

    @cached_property
    def added(self) -> tuple[Change, ...]:
        """What changes where there is no such object: the same on every cluster that needs no adaptation."""
        return diff(None, self.manifest)

    @cached_property
    def added_as_shown(self) -> tuple[Change, ...]:
        return _shown(self.manifest, None, self.added)


@dataclass(frozen=True, kw_only=True)
class ResourceDecision:
    """The plan of one object on one cluster, and its problems."""

    planned: PlannedResource
    problems: tuple[Problem, ...]


def decide_resource(
    draft: Draft, target: CopyTarget, served: ServedKind, *, on_conflict: OnConflict, fingerprints: Fingerprints
) -> ResourceDecision:
    """The decision about the object on `target`; the planner decides about the namespace."""
    live = target.facts.live.get(draft.key)
    desired, adaptations = adapted(draft.manifest, live, target)
    if live is not None and draft.by_key:
        desired = beside_live_keys(live, desired, keep=on_conflict is OnConflict.KEEP)
    elif live is not None:
        desired = in_live_order(live, desired)
    is_new = live is None and desired is draft.manifest
    changes = draft.added if is_new else diff(live, desired)
    repeated = repeated_lists(desired)
    replaces = bool(repeated) or nulls_a_value(live, desired)
    if live is not None and changes and replaces:
        changes = (*changes, *removed_by_replace(live, desired, changes))
    action, problems = _action(desired, live, changes, target, _treatment(draft, changes, on_conflict))
    notes = [*draft.notes, *(p.detail for p in adaptations)]
    all_problems = [*adaptations, *problems]
    if action in {Action.CREATE, Action.UPDATE}:
        all_problems += missing_rights(target, served, desired)
        all_problems += missing_references(target, desired)
        all_problems += taken_hosts(target, desired)
        all_problems += runs_again(target, desired)
        all_problems += placement_problems(target, desired)
        all_problems += admission_problems(target, desired)
        all_problems += selector_problems(target, desired)
        all_problems += rights_problems(target, desired)
        all_problems += elsewhere_problems(target, desired)
        all_problems += schedule_problems(target, desired, live)
        all_problems += danger_problems(target, desired, live)
        all_problems += _about_repeated(target, desired, repeated)
        if any(p.severity is Severity.BLOCKS for p in all_problems):
            action = Action.BLOCKED
    elif (
        action is Action.UNCHANGED
    ):  # what it needs is as missing as before; there is nothing to write that could block
        all_problems += (replace(p, severity=Severity.WARNS, consent=None) for p in missing_references(target, desired))
    planned = PlannedResource(
        resource=desired.id,
        action=action,
        changes=draft.added_as_shown if is_new else _shown(desired, live, changes),
        notes=tuple(notes),
        wave=wave_of(desired.kind),
        method=WriteMethod.REPLACE if replaces else WriteMethod.APPLY,
        desired=desired,
        live=live,
        desired_fingerprint=draft.fingerprint,
        live_fingerprint=None if live is None else fingerprints.of(observed(live).body),
        left_behind=draft.left_behind,
        decided=_decision_fingerprint(changes, action, fingerprints),
    )
    return ResourceDecision(planned=planned, problems=tuple(all_problems))


def _treatment(draft: Draft, changes: tuple[Change, ...], on_conflict: OnConflict) -> OnConflict:
    """Keys that the live object lacks are no conflict: whoever chose them wants them added."""
    adds = draft.by_key and all(change.kind is ChangeKind.ADDED for change in changes)
    return OnConflict.OVERWRITE if adds else on_conflict


def _decision_fingerprint(changes: tuple[Change, ...], action: Action, fingerprints: Fingerprints) -> str:
    """A fingerprint of the changes with their values before and after; empty unless the action is an update."""
    if action is not Action.UPDATE:
        return ""
    return fingerprints.of([(change.path, change.kind, change.before, change.after) for change in changes])


def _shown(desired: Manifest, live: Manifest | None, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes without secret values, and long values in part; for a Secret that changes, also its other keys."""
    if not is_secret(desired.kind) or not changes:
        return tuple(map(excerpt, hide_values(desired.kind, changes)))
    others = tuple(c for c in hide_values(desired.kind, changes) if not c.path.startswith(("data.", "data[")))
    return (*others, *(c for c in compare_secret(desired, live) if _is_ours(c, changes)))


def _is_ours(change: Change, changes: tuple[Change, ...]) -> bool:
    """Whether the copy makes the change: a key that only the target has stays, unless our apply removes it."""
    return change.kind is not ChangeKind.REMOVED or any(c.path == change.path for c in changes)


def _action(
    desired: Manifest, live: Manifest | None, changes: tuple[Change, ...], target: CopyTarget, on_conflict: OnConflict
) -> tuple[Action, list[Problem]]:
    if live is None:
        return Action.CREATE, []
    if not changes:
        return Action.UNCHANGED, []
    if _is_merged(desired, changes):
        return Action.UPDATE, []
    match on_conflict:
        case OnConflict.KEEP:
            return Action.KEEP, []
        case OnConflict.FAIL:
            return Action.BLOCKED, [_differs(desired, live, changes, target)]
        case OnConflict.OVERWRITE:
            problems = [
                *overwrite_problems(desired, live, changes, target),
                *refused_by_immutability(target, live, desired, changes),
                *_kept_pods(desired, changes, target),
            ]
            return Action.UPDATE, problems


def _is_merged(desired: Manifest, changes: tuple[Change, ...]) -> bool:
    """Kubernetes creates the service account `default` in every namespace: adding to it is no conflict."""
    is_default = kind_name(desired.kind) == "ServiceAccount" and desired.name == "default"
    return is_default and all(change.kind is ChangeKind.ADDED for change in changes)


def _differs(desired: Manifest, live: Manifest, changes: tuple[Change, ...], target: CopyTarget) -> Problem:
    owner, managers = owner_of(live), other_managers(live, changes)
    whose = ""
    if owner is not None:
        whose = f" It belongs to {owner.tool} ({owner.mark}): {owner.consequence}."
    elif managers:
        whose = f" The fields belong to {', '.join(managers)}."
    return problem(
        target,
        desired,
        "target-differs" if owner is None else "target-owned",
        Severity.BLOCKS,
        f"{desired.id.label} already exists and differs in {_listed(changes)}.{whose}"
        " Choose overwrite or keep, or leave it out.",
    )


def _listed(changes: tuple[Change, ...]) -> str:
    shown = ", ".join(change.path for change in changes[:3])
    return shown if len(changes) <= 3 else f"{shown} and {len(changes) - 3} more"


def _kept_pods(desired: Manifest, changes: tuple[Change, ...], target: CopyTarget) -> Iterator[Problem]:
    """That a new template reaches no pod by itself. A paused Deployment has a note of its own."""
    keeps = keeps_pods(desired) if desired.kind.name != "Deployment" else None
    if keeps is not None and any(change.path.startswith("spec.template") for change in changes):
        yield problem(
            target,
            desired,
            "pods-not-replaced",
            Severity.WARNS,
            f"{desired.id.label} gets a new template, and its pods go on with the former one: {keeps}. Delete them to "
            "bring it to them.",
        )


def _about_repeated(target: CopyTarget, desired: Manifest, repeated: tuple[str, ...]) -> Iterator[Problem]:
    for path in repeated:
        yield problem(
            target,
            desired,
            "repeated-list-keys",
            Severity.WARNS,
            f"{path} of {desired.id.label} repeats a merge key, which a server-side apply "
            "rejects: the object is created or replaced as a whole.",
            path,
        )
