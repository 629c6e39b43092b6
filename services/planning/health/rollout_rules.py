"""When a workload of a custom kind counts as rolled out: Argo Rollouts, CloneSets, Knative Services. Pure.

A table, because these controllers differ in their fields and not in what can become of a rollout: it is done, it has
failed, or it waits. Pauses are part of such strategies, so a rollout that waits is neither done nor failed, however
long it lasts; resuming is its owner's, and the message says how. Everything else is under way. A caller has checked the
generation first: what a status says of a former template is nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from domain.resources import Kind, Manifest
from services.planning.health.counted import all_pods
from services.planning.health.custom_messages import safe_message
from services.planning.health.rule_tests import (
    All,
    Given,
    Is,
    KeptBack,
    Reaches,
    Read,
    Reports,
    Same,
    TakesTraffic,
    Test,
    TimedPause,
    plainly,
    reads_of,
    reference,
    value_at,
)
from services.planning.health.values import Health, HealthState, condition, count


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a test that holds means.

    `message` is for people; `{name}` and `{namespace}` in it are the object's. What the controller says in the member
    `quotes`, or in the condition `condition`, follows it. `by_itself`: what waits may go on without a person.
    """

    test: Test
    reason: str
    message: str
    quotes: str = ""
    condition: str = ""
    by_itself: bool = False


@dataclass(frozen=True, kw_only=True)
class RolloutRules:
    """How one kind of controller tells what became of a rollout: asked in the order failed, done, waits.

    `paused` is the member of the specification by which a person stops it. `counts`: its status counts pods as that of
    a Deployment does; else only `revision` names what comes up. `template_name` is the member that may name the
    template, where every template needs another name, and `traffic` the one that may keep shares of the traffic with
    revisions that it names. `done_message` is said of one whose pods are not counted.
    """

    failed: tuple[Finding, ...]
    done: Test
    waits: tuple[Finding, ...]
    paused: str = ""
    counts: bool = True
    revision: str = ""
    template_name: str = ""
    traffic: str = ""
    done_message: str = "Its newest revision is ready and serves."

    @property
    def reads(self) -> tuple[Read, ...]:
        """All members that its rules and its progress are told by."""
        findings = (*self.failed, *self.waits)
        quoted = tuple(each.quotes for each in findings if each.quotes)
        others = tuple(each for each in (self.paused, self.revision) if each)
        counted = _COUNTS if self.counts else ()
        return (
            *reads_of((*(each.test for each in findings), self.done)),
            *plainly(*quoted, *others, *counted),
        )


# What it drives, and the generation of that which its status speaks of.
_REFERENCES = (
    Read(path="spec.workloadRef", cut=reference),
    Read(path="spec.targetRef", cut=reference),
    *plainly("status.workloadObservedGeneration", "status.lastTransitionTime"),
)
_COUNTS = (
    "spec.replicas",
    *(f"status.{each}" for each in ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")),
    *("status.currentRevision", "status.updateRevision"),
)

# `status.phase` sums conditions up since version 1.0 (argoproj/argo-rollouts utils/rollout/rolloututil.go,
# `CalculateRolloutPhase`). For "done" the new ReplicaSet also has to be the stable one (`IsFullyPromoted`).
_ARGO_ROLLOUT = RolloutRules(
    failed=(
        Finding(
            test=Given("status.abort"),
            reason="Aborted",
            message="It was aborted, and its traffic goes back to the former pods.",
            quotes="status.message",
        ),
        Finding(
            test=Is("status.phase", frozenset({"Degraded"})),
            reason="Degraded",
            message="Its controller reports that it is degraded.",
            quotes="status.message",
        ),
    ),
    done=All((Is("status.phase", frozenset({"Healthy"})), Same("status.stableRS", "status.currentPodHash"))),
    waits=(
        Finding(
            test=Given("spec.paused"),
            reason="Paused",
            message="It is paused as a whole until a person resumes it: kubectl argo rollouts promote {name} "
            "-n {namespace}",
        ),
        Finding(
            test=All(
                (
                    Given("status.pauseConditions"),
                    TimedPause("spec.strategy.canary.steps", "status.currentStepIndex"),
                )
            ),
            by_itself=True,
            reason="TimedPause",
            message="It is paused at a step, and goes on by itself when the time of that step has passed.",
        ),
        Finding(
            test=All((Given("status.pauseConditions"), Given("spec.strategy.blueGreen.autoPromotionSeconds"))),
            by_itself=True,
            reason="TimedPause",
            message="It is paused before it takes the traffic over, and goes on by itself (autoPromotionSeconds).",
        ),
        Finding(
            test=Given("status.pauseConditions"),
            reason="WaitsForPromotion",
            message="It is paused until a person promotes it: kubectl argo rollouts promote {name} -n {namespace}",
        ),
    ),
    paused="spec.paused",
)
# apps/v1alpha1 `CloneSetStatus`: it has no condition for a rollout that does not advance. FailedScale and FailedUpdate
# tell of one try, and the next one takes them back: they fail nothing.
_CLONE_SET = RolloutRules(
    failed=(),
    done=All(
        (
            Reaches("status.updatedReadyReplicas", "spec.replicas", default=1),
            Reaches("status.availableReplicas", "spec.replicas", default=1),
            Reaches("status.updatedReplicas", "status.replicas"),
        )
    ),
    waits=(
        Finding(
            test=Given("spec.updateStrategy.paused"),
            reason="Paused",
            message="It is paused until a person resumes it: set spec.updateStrategy.paused of the CloneSet {name} to "
            "false.",
        ),
        Finding(
            test=All(
                (
                    KeptBack(
                        partition="spec.updateStrategy.partition",
                        wanted="spec.replicas",
                        pods="status.replicas",
                        updated="status.updatedReplicas",
                    ),
                    Reaches("status.updatedReadyReplicas", "status.updatedReplicas"),
                )
            ),
            reason="Partition",
            message="As many pods as its partition lets go are new. The others keep the former template until a person "
            "lowers spec.updateStrategy.partition of the CloneSet {name}.",
        ),
    ),
    paused="spec.updateStrategy.paused",
)
# serving/v1: `Ready` of a Service joins ConfigurationsReady and RoutesReady; it is Unknown while a revision comes up.
_KNATIVE_SERVICE = RolloutRules(
    failed=(
        Finding(
            test=Reports("Ready", "False"),
            reason="NotReady",
            message="It reports that it is not ready.",
            condition="Ready",
        ),
    ),
    done=All(
        (
            Reports("Ready", "True"),
            Same("status.latestReadyRevisionName", "status.latestCreatedRevisionName"),
            TakesTraffic("status.traffic", "status.latestReadyRevisionName"),
        )
    ),
    waits=(
        Finding(
            test=All(
                (
                    Reports("Ready", "True"),
                    Same("status.latestReadyRevisionName", "status.latestCreatedRevisionName"),
                    Given("status.traffic"),
                )
            ),
            reason="TrafficElsewhere",
            message="Its newest revision is ready, and traffic goes to others until a person changes spec.traffic of "
            "the Knative Service {name}.",
        ),
    ),
    counts=False,
    revision="status.latestCreatedRevisionName",
    template_name="spec.template.metadata.name",
    traffic="spec.traffic",
)
# fluxcd/flagger pkg/apis/flagger/v1beta1/status.go `CanaryPhase`. It names no generation: whether it has taken a change
# up, and whether that is what serves, `driven` judges.
_CANARY = RolloutRules(
    failed=(
        Finding(
            test=Is("status.phase", frozenset({"Failed"})),
            reason="AnalysisFailed",
            message="Its analysis failed, and the traffic stays with the former pods.",
        ),
    ),
    done=Is("status.phase", frozenset({"Initialized", "Succeeded"})),
    waits=(
        Finding(
            test=Given("spec.suspend"),
            reason="Suspended",
            message="It is suspended until a person sets spec.suspend of the Canary {name} to false.",
        ),
        Finding(
            test=Is("status.phase", frozenset({"Waiting"})),
            by_itself=True,
            reason="WaitsForConfirmation",
            message="It waits until its webhook (confirm-rollout) lets it begin.",
        ),
        Finding(
            test=Is("status.phase", frozenset({"WaitingPromotion"})),
            by_itself=True,
            reason="WaitsForPromotion",
            message="It waits until its webhook (confirm-promotion) lets it promote.",
        ),
    ),
    paused="spec.suspend",
    counts=False,
)
_RULES: Mapping[tuple[str, str], RolloutRules] = {
    ("argoproj.io", "Rollout"): _ARGO_ROLLOUT,
    ("apps.kruise.io", "CloneSet"): _CLONE_SET,
    ("serving.knative.dev", "Service"): _KNATIVE_SERVICE,
    ("flagger.app", "Canary"): _CANARY,
}


def rules_of(kind: Kind) -> RolloutRules | None:
    """The rules of this kind of workload, or of what drives workloads; None for Kubernetes' own and all else."""
    return _RULES.get((kind.group, kind.name))


@cache
def reads_of_kind(kind: Kind) -> tuple[Read, ...]:
    """What is read of objects of this kind; nothing where there are no rules for it."""
    rules = rules_of(kind)
    return (*rules.reads, *_REFERENCES) if rules is not None else ()


def assess_by_rules(workload: Manifest, rules: RolloutRules) -> Health | None:
    """A rollout that has failed, is done or waits; None while it is under way."""
    for finding in rules.failed:
        if finding.test.holds(workload):
            return _found(HealthState.FAILED, finding, workload, rules)
    if rules.done.holds(workload):
        desired, ready = _pods(workload, rules)
        message = rules.done_message if desired is None else all_pods(desired, "available")
        return Health(state=HealthState.READY, message=message, ready=ready, desired=desired)
    for finding in rules.waits:
        if finding.test.holds(workload):
            return _found(HealthState.WAITING, finding, workload, rules)
    return None


def progress_by_rules(workload: Manifest, rules: RolloutRules) -> Health:
    """The progress of one whose status counts no pods."""
    revision = safe_message(value_at(workload, rules.revision))
    named = f"Revision {revision}" if revision else "Its newest revision"
    return Health(state=HealthState.PROGRESSING, message=f"{named} is not ready yet.")


def is_paused(workload: Manifest) -> bool:
    """Whether a person has stopped its rollouts, so that a new template changes no pod."""
    rules = rules_of(workload.kind)
    path = "spec.paused" if rules is None else rules.paused
    return bool(path and value_at(workload, path))


def template_name(workload: Manifest) -> str | None:
    """The name that its template has where every change of it needs another one; None where it needs none."""
    rules = rules_of(workload.kind)
    named = value_at(workload, rules.template_name) if rules is not None and rules.template_name else None
    return named if isinstance(named, str) and named else None


def pinned_traffic(workload: Manifest) -> tuple[tuple[str, int], ...]:
    """The revisions that a person has named to take traffic, and the percentage of each: another image gets none of it.

    knative/serving pkg/apis/serving/v1 `TrafficTarget`; a target with a tag alone has no share.
    """
    rules = rules_of(workload.kind)
    listed = value_at(workload, rules.traffic) if rules is not None and rules.traffic else None
    targets = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    shares = ((each.get("revisionName"), each.get("percent")) for each in targets)
    return tuple(
        (name, percent)
        for name, percent in shares
        if isinstance(name, str) and name and isinstance(percent, int) and percent
    )


def _found(state: HealthState, finding: Finding, workload: Manifest, rules: RolloutRules) -> Health:
    message = finding.message.format(name=workload.name, namespace=workload.namespace or "default")
    entry = condition(workload, finding.condition) if finding.condition else None
    said = safe_message(entry.get("message") if entry else value_at(workload, finding.quotes or "status.-"))
    reason = safe_message(entry.get("reason")) if entry else ""
    desired, ready = _pods(workload, rules)
    return Health(
        state=state,
        reason=reason or finding.reason,
        message=f"{message} {said}" if said else message,
        ready=ready,
        desired=desired,
        needs_person=state is HealthState.WAITING and not finding.by_itself,
    )


def _pods(workload: Manifest, rules: RolloutRules) -> tuple[int | None, int | None]:
    """How many pods are desired and ready; None where its status counts none."""
    if not rules.counts:
        return None, None
    return count(workload.spec, "replicas", default=1), count(workload.status, "readyReplicas")
