"""Plan a copy for all target clusters from facts and choices, and collect all problems. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from domain.cluster_api import ServedKind
from domain.dangers import Danger
from domain.problems import Problem, Severity
from domain.resources import Manifest
from domain.stored.plans import CopySource
from domain.words import Action
from services.planning.copying.checks import CopyTarget
from services.planning.copying.chosen_keys import about_chosen_keys, is_by_key, with_all_keys, with_chosen_keys
from services.planning.copying.consents import Consent
from services.planning.copying.danger_problems import how_to_allow
from services.planning.copying.facts import CREATE_NAMESPACE, CopyFacts, NamespaceState, TargetFacts
from services.planning.copying.few_words import about_what_is_written, in_few_words, told_of
from services.planning.copying.leaving_out import without_names
from services.planning.copying.mapped_images import with_mapped_images
from services.planning.copying.namespace_labels import (
    about_named_labels,
    carried_labels,
    label_problems,
    namespace_object,
)
from services.planning.copying.namespace_sharers import shared_namespace
from services.planning.copying.normalize import normalize
from services.planning.copying.notes import notes_on
from services.planning.copying.plan import ClusterCopyPlan, CopyChoices, CopyPlan, PlannedResource
from services.planning.copying.quotas import NewObject, limit_problems, quota_problems
from services.planning.copying.refusals import refusal_of
from services.planning.copying.release_images import with_release_images
from services.planning.copying.resource_decision import Draft, ResourceDecision, decide_resource
from services.planning.copying.rewrite import Move, overrides_without_resource, rewrite
from services.planning.copying.selected_labels import (
    LabelSelection,
    kept_labels,
    notes_on_labels,
    selected_labels,
    selections_in,
)
from services.planning.dangers.system_namespaces import is_system_namespace, system_owner
from services.planning.objects.identity import ObjectKey, kind_name
from services.planning.objects.redact import Fingerprints
from services.planning.plan import digest_of

OWN_NAMESPACE = "own-namespace"  # the code of what the gateway refuses for every caller


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """The prepared source: a draft for each version of each object, and the problems that all clusters share."""

    drafts: dict[ObjectKey, tuple[Draft, ...]]  # the requested version comes first
    problems: tuple[Problem, ...]


def plan_copy(facts: CopyFacts, choices: CopyChoices, fingerprints: Fingerprints) -> CopyPlan:
    """The plan of copying the source to every target. It is complete even where problems block it."""
    prepared = _prepare(facts, choices, fingerprints)
    clusters = tuple(_plan_cluster(target, facts, prepared, choices, fingerprints) for target in facts.targets)
    shared = about_what_is_written(prepared.problems, clusters)
    problems = in_few_words((*_about_request(facts, choices), *shared))
    source = None
    if facts.source.environment is not None:
        source = CopySource(
            environment=facts.source.environment,
            cluster=facts.source.cluster or "",
            namespace=facts.source.namespace or "",
        )
    digest = digest_of(
        {
            "namespace": facts.namespace,
            "on_conflict": choices.on_conflict,
            "clusters": [(cluster.cluster_id, cluster.digest) for cluster in clusters],
            "problems": _in_digest(problems),
        }
    )
    return CopyPlan(
        source=source,
        namespace=facts.namespace,
        clusters=clusters,
        problems=problems,
        on_conflict=choices.on_conflict,
        digest=digest,
    )


def _in_digest(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(p.code, str(p.resource or p.field or "")) for p in problems if p.severity is Severity.BLOCKS]


def _about_request(facts: CopyFacts, choices: CopyChoices) -> Iterator[Problem]:
    for name in dict.fromkeys((facts.namespace, facts.source.namespace)):
        if name and is_system_namespace(name) and Consent.SYSTEM_NAMESPACES not in _consents(facts, choices):
            yield _system_namespace(name)
    for consent in choices.not_given:
        if consent not in facts.policy:
            yield _blocks("consent-not-given", f"Only an administrator may give the consent '{consent}'.")
    for name in facts.source.missing:
        yield _blocks("source-missing", f"{name} does not exist in the source.")
    known = ", ".join(Consent)
    for consent in sorted(set(choices.overrides.allow) - set(Consent)):
        yield _blocks("unknown-consent", f"There is no consent '{consent}'; known consents are {known}.")
    yield from about_named_labels(facts.source, choices.overrides.namespace_labels)
    yield from overrides_without_resource(choices.overrides, facts.source.manifests)
    yield from about_chosen_keys(choices.overrides, facts.source.manifests)
    seen: set[ObjectKey] = set()
    for manifest in facts.source.manifests:
        key = ObjectKey.of(manifest)
        if key in seen:
            yield Problem(
                code="named-twice",
                severity=Severity.BLOCKS,
                detail=f"{manifest.id.label} is given twice.",
                resource=manifest.id,
            )
        seen.add(key)


def _system_namespace(name: str) -> Problem:
    detail = (
        f"Namespace {name} belongs to {system_owner(name)}, not to applications. Choose another. "
        f"{how_to_allow(Danger.SYSTEM_NAMESPACES)}"
    )
    return replace(_blocks("system-namespace", detail), consent=Consent.SYSTEM_NAMESPACES)


def _consents(facts: CopyFacts, choices: CopyChoices) -> frozenset[str]:
    """What the request allows, and what the environment's policy allows for good."""
    return frozenset(choices.overrides.allow) | facts.policy


def _blocks(code: str, detail: str) -> Problem:
    return Problem(code=code, severity=Severity.BLOCKS, detail=detail)


def _prepare(facts: CopyFacts, choices: CopyChoices, fingerprints: Fingerprints) -> _Prepared:
    drafts: dict[ObjectKey, tuple[Draft, ...]] = {}
    problems: list[Problem] = []
    consents = _consents(facts, choices)
    selections = selections_in(facts.source.manifests)
    for manifest in (*facts.source.manifests, *facts.source.conversions):
        key = ObjectKey.of(manifest)
        refusal = refusal_of(manifest, consents=consents)
        if refusal is not None:
            if key not in drafts:
                problems.append(_refused(manifest, refusal.rule, refusal.reason, refusal.consent))
            continue
        selected = selected_labels(manifest, selections)
        draft, found = _draft(manifest, facts, choices, fingerprints, selected)
        if key not in drafts:  # the notes on another version of the object are the same
            problems += found
        drafts[key] = (*drafts.get(key, ()), draft)
    return _Prepared(drafts=drafts, problems=tuple(dict.fromkeys(problems)))


def _refused(manifest: Manifest, rule: str, reason: str, consent: Consent | None) -> Problem:
    remedy = f" {how_to_allow(consent)}" if consent else ""
    return Problem(
        code="not-copyable",
        severity=Severity.BLOCKS,
        detail=f"{manifest.id.label} is not copied: {reason}{remedy}",
        resource=manifest.id,
        field=f"rule:{rule}",
        consent=consent,
    )


def _draft(
    manifest: Manifest,
    facts: CopyFacts,
    choices: CopyChoices,
    fingerprints: Fingerprints,
    selected: Mapping[str, LabelSelection],
) -> tuple[Draft, tuple[Problem, ...]]:
    copied = facts.source.environment is not None
    manifest = with_chosen_keys(without_names(manifest, choices.overrides.leave_out), choices.overrides)
    manifest, about_images = with_release_images(manifest, choices.images, choices.declared)
    manifest, about_names = with_mapped_images(manifest, choices.mappings, choices.declared)
    keep_ports = not copied or Consent.NODE_PORTS in _consents(facts, choices)
    normal = normalize(
        manifest,
        keep_node_ports=keep_ports,
        by_hand=not copied and not _is_exported(manifest),
        keep_labels=kept_labels(manifest, selected),
        secret_types=facts.source.secret_types,
    )
    move = Move(source=facts.source.namespace, target=facts.namespace)
    rewritten = rewrite(normal.manifest, move=move, overrides=choices.overrides)
    about_labels = notes_on_labels(manifest, normal.manifest, selected)
    problems = (*(notes_on(manifest) if copied else ()), *rewritten.problems, *about_labels)
    draft = Draft(
        manifest=rewritten.manifest,
        fingerprint=fingerprints.of(rewritten.manifest.body),
        notes=(*(problem.detail for problem in problems), *about_images, *about_names),
        left_behind=normal.stripped,
        by_key=is_by_key(manifest, choices.overrides),
    )
    return draft, problems


def _is_exported(manifest: Manifest) -> bool:
    """Whether a submitted manifest was read from a cluster, which then has written into it."""
    return any(manifest.metadata.get(name) for name in ("uid", "resourceVersion", "creationTimestamp")) or bool(
        manifest.status
    )


def _plan_cluster(
    target: TargetFacts, facts: CopyFacts, prepared: _Prepared, choices: CopyChoices, fingerprints: Fingerprints
) -> ClusterCopyPlan:
    if target.failure is not None:
        return _unreachable(target, facts)
    copied = {key: _after_copy(drafts[0], target) for key, drafts in prepared.drafts.items()}
    consents, named = _consents(facts, choices), choices.overrides.namespace_labels
    labels = carried_labels(facts.source, named, consents)
    copy_target = CopyTarget(
        facts=target,
        namespace=facts.namespace,
        copied=copied,
        consents=consents,
        source=facts.source if facts.source.environment is not None else None,
        recorded=facts.recorded,
        carried_labels=labels,
    )
    namespace_action, problems = _namespace(target, facts)
    if not _is_source(target, facts):  # which blocks, and says as much
        problems += shared_namespace(target, facts.namespace)
        problems += label_problems(target, facts, named, consents)
    decisions: list[ResourceDecision] = []
    made: list[NewObject] = []
    for drafts in prepared.drafts.values():
        chosen = _served(drafts, target)
        if isinstance(chosen, Problem):
            problems.append(chosen)
            continue
        draft, served = chosen
        decision = decide_resource(
            draft, copy_target, served, on_conflict=choices.on_conflict, fingerprints=fingerprints
        )
        decisions.append(decision)
        if decision.planned.action is Action.CREATE:
            made.append(NewObject(manifest=decision.planned.desired or draft.manifest, plural=served.plural))
    problems += [found for decision in decisions for found in decision.problems]
    copied_limits = (each.manifest for each in made if kind_name(each.manifest.kind) == "LimitRange")
    limit_ranges = (*target.limit_ranges, *copied_limits)
    problems += quota_problems(target.cluster, target.quotas, tuple(made), limit_ranges)
    problems += limit_problems(target.cluster, limit_ranges, made)
    notes = {each.detail: each.code for each in prepared.problems}
    told = (told_of(decision.planned, notes) for decision in decisions)
    resources = tuple(sorted(told, key=lambda planned: planned.wave))
    created = namespace_object(facts, labels) if namespace_action is Action.CREATE else None
    return ClusterCopyPlan(
        cluster=target.cluster,
        cluster_id=target.cluster_id,
        namespace=facts.namespace,
        namespace_action=namespace_action,
        namespace_object=created,
        resources=resources,
        problems=in_few_words(problems),
        unchecked=tuple(dict.fromkeys((*facts.source.unread, *target.unread))),
        digest=_digest(facts.namespace, namespace_action, resources, problems, created if labels else None),
    )


def _after_copy(draft: Draft, target: TargetFacts) -> Manifest:
    """What others may refer to once it is copied."""
    live = target.live.get(draft.key)
    return with_all_keys(live, draft.manifest) if draft.by_key and live is not None else draft.manifest


def _digest(
    namespace: str,
    namespace_action: Action,
    resources: tuple[PlannedResource, ...],
    problems: list[Problem],
    labelled: Manifest | None,
) -> str:
    labels = (sorted(labelled.labels.items()),) if labelled is not None else ()
    return digest_of(
        {
            "namespace": (namespace, namespace_action, *labels),
            "resources": [(str(r.resource), r.action, r.method, r.desired_fingerprint, r.decided) for r in resources],
            "problems": _in_digest(problems),
        }
    )


def _unreachable(target: TargetFacts, facts: CopyFacts) -> ClusterCopyPlan:
    assert target.failure is not None
    problem = Problem(
        code=target.failure.code,
        # The other clusters are written; this one ends as unreachable. What is never written is no such cluster.
        severity=Severity.BLOCKS if target.failure.code == OWN_NAMESPACE else Severity.WARNS,
        detail=target.failure.detail,
        cluster=target.cluster,
    )
    return ClusterCopyPlan(
        cluster=target.cluster,
        cluster_id=target.cluster_id,
        namespace=facts.namespace,
        namespace_action=Action.BLOCKED,
        namespace_object=None,
        resources=(),
        problems=(problem,),
        unchecked=("Nothing was checked: the cluster could not be read.",),
        digest=digest_of({"unreachable": target.cluster_id}),
        reachable=False,
    )


def _is_source(target: TargetFacts, facts: CopyFacts) -> bool:
    return facts.source.cluster_id == target.cluster_id and facts.source.namespace == facts.namespace


def _namespace(target: TargetFacts, facts: CopyFacts) -> tuple[Action, list[Problem]]:
    def blocked(code: str, detail: str) -> tuple[Action, list[Problem]]:
        return Action.BLOCKED, [Problem(code=code, severity=Severity.BLOCKS, detail=detail, cluster=target.cluster)]

    if _is_source(target, facts):
        return blocked(
            "same-place",
            f"Namespace {facts.namespace} on cluster {target.cluster} is the source itself. Choose another one.",
        )
    match target.namespace_state:
        case NamespaceState.TERMINATING:
            detail = f"Namespace {facts.namespace} on cluster {target.cluster} is being deleted. Choose another."
            return blocked("namespace-terminating", detail)
        case NamespaceState.MISSING if CREATE_NAMESPACE in target.lacking:
            detail = f"The credential of cluster {target.cluster} may not create namespace {facts.namespace}."
            return blocked("missing-right", detail)
        case NamespaceState.MISSING:
            return Action.CREATE, []
        case NamespaceState.ACTIVE | NamespaceState.UNKNOWN:
            return Action.UNCHANGED, []


def _served(drafts: tuple[Draft, ...], target: TargetFacts) -> tuple[Draft, ServedKind] | Problem:
    """The first draft in a version that the target serves, and that served kind; or the problem if there is none."""
    for draft in drafts:
        served = target.served.find(draft.manifest.kind)
        if served is not None and served.namespaced:
            return draft, served
        if served is not None:
            return Problem(
                code="not-copyable",
                severity=Severity.BLOCKS,
                detail=f"{draft.manifest.id.label} is cluster-scoped; a copy writes namespaced objects only.",
                cluster=target.cluster,
                resource=draft.manifest.id,
                field="rule:cluster-wide",
            )
    manifest = drafts[0].manifest
    others = [s.kind.api_version for s in target.served.versions_of(manifest.id.group_kind)]
    known = f"it serves {', '.join(others)}" if others else "it serves no version of the kind"
    return Problem(
        code="missing-api-version",
        severity=Severity.BLOCKS,
        detail=f"Cluster {target.cluster} does not serve {manifest.kind}: {known}.",
        cluster=target.cluster,
        resource=manifest.id,
        field="apiVersion",
    )
