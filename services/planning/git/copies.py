"""A copy whose target is a folder of a Git repository: what is there counts as what the target has. Pure.

So the planner of every copy decides here too: what is new, what differs, and what the request says about that. Who
delivers from the folder writes to the cluster, with rights and a name of their own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from domain.hand_overs import HandOver, OwnerAddress
from domain.problems import Problem, Severity
from domain.words import Action, ImageDelivery
from services.planning.copying.facts import CopyFacts, NamespaceState, TargetFacts
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan
from services.planning.git.copied_files import CopiedFiles, copied_files
from services.planning.git.filed_objects import FiledFolder
from services.planning.git.line_edits import by_file
from services.planning.objects.identity import ObjectKey
from services.planning.plan import digest_of

_UNTRIED = (
    "Nothing was tried on the cluster: the tool that delivers from Git writes there, and the cluster may refuse that."
)


@dataclass(frozen=True, kw_only=True)
class FiledTargets:
    """The folders of a target, by cluster, as they are at the head of a branch."""

    owner: OwnerAddress
    folders: Mapping[str, FiledFolder]


def facts_of_folders(facts: CopyFacts, filed: FiledTargets) -> CopyFacts:
    """The facts with what the folders have in the place of what the clusters have."""
    copied = {ObjectKey.of(each) for each in (*facts.source.manifests, *facts.source.conversions)}
    return replace(
        facts, targets=tuple(_in_folder(each, filed.folders[each.cluster], copied) for each in facts.targets)
    )


def _in_folder(target: TargetFacts, folder: FiledFolder, copied: set[ObjectKey]) -> TargetFacts:
    there = {ObjectKey.of(each.manifest): each.manifest for each in folder.objects}
    live = {key: manifest for key, manifest in target.live.items() if key not in copied}
    missing = target.namespace_state is NamespaceState.MISSING
    return replace(
        target,
        live={**live, **there},
        looked_for=target.looked_for | there.keys(),
        lacking=frozenset(),  # nobody asks Stagecoach's rights there
        namespace_state=NamespaceState.ACTIVE if missing else target.namespace_state,
    )


def with_files(plan: CopyPlan, facts: CopyFacts, filed: FiledTargets) -> CopyPlan:
    """The plan with what changes in the folders; `facts` are those of the clusters."""
    targets = {each.cluster: each for each in facts.targets}
    clusters = tuple(_with_files(each, targets[each.cluster], filed) for each in plan.clusters)
    differing = _differing(clusters)
    clusters = tuple(replace(each, problems=(*each.problems, *differing.get(each.cluster, ()))) for each in clusters)
    return replace(plan, clusters=clusters, digest=digest_of({"plan": plan.digest, "files": _in_digest(clusters)}))


def _with_files(plan: ClusterCopyPlan, target: TargetFacts, filed: FiledTargets) -> ClusterCopyPlan:
    handed = HandOver(delivery=ImageDelivery.GIT, owner=filed.owner)
    if not plan.reachable:
        away = tuple(replace(each, severity=Severity.BLOCKS) for each in plan.problems)
        return replace(plan, problems=away, handed_over=handed)
    found = copied_files(plan.resources, filed.folders[plan.cluster], namespace=plan.namespace)
    return replace(
        plan,
        handed_over=replace(handed, edits=found.edits),
        problems=(*plan.problems, *_unwritable(plan, found), *_told(plan, target)),
        unchecked=(*plan.unchecked, _UNTRIED),
    )


def _unwritable(plan: ClusterCopyPlan, found: CopiedFiles) -> Iterator[Problem]:
    for each in found.unwritable:
        yield Problem(
            code=each.code,
            severity=Severity.BLOCKS,
            detail=f"For cluster {plan.cluster}: {each.detail}",
            cluster=plan.cluster,
            resource=each.resource,
        )


def _told(plan: ClusterCopyPlan, target: TargetFacts) -> Iterator[Problem]:
    if target.namespace_state is NamespaceState.MISSING:
        yield Problem(
            code="git-namespace-missing",
            severity=Severity.WARNS,
            detail=f"Namespace {plan.namespace} is not on cluster {plan.cluster}, and no file is written for it: "
            "create it, or have the tool that delivers from Git create it.",
            cluster=plan.cluster,
        )
    for each in plan.resources:
        if each.action is Action.CREATE and each.desired is not None and ObjectKey.of(each.desired) in target.live:
            yield Problem(
                code="git-takes-over",
                severity=Severity.WARNS,
                detail=f"{each.resource.label} is on cluster {plan.cluster} already, and in none of the files: the "
                "tool that delivers from Git takes it over.",
                cluster=plan.cluster,
                resource=each.resource,
            )


def _differing(clusters: tuple[ClusterCopyPlan, ...]) -> dict[str, list[Problem]]:
    """Where clusters of one file would get different ones, as of an autoscaled workload."""
    wanted: dict[str, tuple[str, object]] = {}
    found: dict[str, list[Problem]] = {}
    for plan in clusters:
        for path, edits in by_file(plan.handed_over.edits if plan.handed_over is not None else ()).items():
            other, first = wanted.setdefault(path, (plan.cluster, edits))
            if first != edits:
                detail = (
                    f"Clusters {other} and {plan.cluster} are delivered from one file, {path}, and are to get "
                    "different objects from it. Give each cluster a folder of its own."
                )
                found.setdefault(plan.cluster, []).append(
                    Problem(code="git-clusters-differ", severity=Severity.BLOCKS, detail=detail, cluster=plan.cluster)
                )
    return found


def _in_digest(clusters: tuple[ClusterCopyPlan, ...]) -> list[object]:
    """The edits without the numbers of their lines, which others move; and what blocks."""
    edits = [by_file(each.handed_over.edits if each.handed_over is not None else ()) for each in clusters]
    problems = [(p.code, str(p.resource or "")) for each in clusters for p in each.problems if p.blocks]
    return [*([(path, [one.to_json() for one in own]) for path, own in each.items()] for each in edits), problems]
