"""When a custom resource is healthy: by its conditions, and by rules of some well-known kinds. Pure.

Conditions follow kstatus (sigs.k8s.io/cli-utils pkg/kstatus) and what operators agree on beyond it; well-known kinds
follow Argo CD's checks of them (github.com/argoproj/argo-cd resource_customizations). An object that reports nothing is
there, and that is all that is known: it is not called broken.

Conditions are written by whoever wrote the controller, so any member may have any type.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.resources import Manifest
from services.planning.health.custom_messages import safe_message
from services.planning.health.values import Health, HealthState, condition, moment

NOT_REPORTED = "NotReported"
"""The reason of a health that says no more than that the object is there."""
MOST_PARENTS = 8  # of a route; most have one
SUSPENDING = ("suspend", "paused")  # members of specifications by which a person stops the controller


@dataclass(frozen=True, kw_only=True)
class _Rules:
    """Which conditions decide, asked in this order.

    `busy`: it is being worked on while one of these is True. `failed` and `refused`: one of these is True, or False.
    `suspended`: one of these is True. `decisive`: the first of these that there is; True is ready, False is a failure
    for those that are `strict`, and anything else is under way. For the reasons in `passing` nothing has failed yet.
    """

    busy: tuple[str, ...] = ("Reconciling",)
    failed: tuple[str, ...] = ("Stalled", "Failed", "Degraded")
    refused: tuple[str, ...] = ("Synced",)
    suspended: tuple[str, ...] = ()
    decisive: tuple[str, ...] = ("Ready", "Available", "Succeeded", "Synced")
    strict: frozenset[str] = frozenset({"Succeeded"})
    passing: frozenset[str] = frozenset()

    @property
    def welcome(self) -> frozenset[str]:
        """The conditions that say by True that all is well."""
        return frozenset((*self.refused, *self.decisive))

    @property
    def unwelcome(self) -> frozenset[str]:
        """The conditions that say anything by True alone."""
        return frozenset((*self.busy, *self.failed, *self.suspended))


_CONVENTION = _Rules()
_STRICT = replace(_CONVENTION, strict=frozenset({"Ready", "Succeeded"}))
# Group, or what it ends with behind a dot, and kinds where the rules are not those of the whole group.
_KNOWN: tuple[tuple[str, frozenset[str] | None, _Rules], ...] = (
    ("cert-manager.io", None, replace(_STRICT, busy=("Issuing", "Reconciling"), passing=frozenset({"Pending"}))),
    ("external-secrets.io", None, _STRICT),
    (".knative.dev", None, _STRICT),
    (
        "keda.sh",
        None,
        replace(_STRICT, failed=(*_CONVENTION.failed, "Fallback"), suspended=("Paused",)),
    ),
    (".toolkit.fluxcd.io", None, replace(_STRICT, passing=frozenset({"DependencyNotReady"}))),
    (".crossplane.io", None, replace(_CONVENTION, refused=("LastAsyncOperation", "Synced"))),
    (".upbound.io", None, replace(_CONVENTION, refused=("LastAsyncOperation", "Synced"))),
    (
        "kafka.strimzi.io",
        None,
        replace(_CONVENTION, failed=(*_CONVENTION.failed, "NotReady"), passing=frozenset({"Creating"})),
    ),
    (
        "monitoring.coreos.com",
        frozenset({"Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"}),
        replace(_CONVENTION, strict=frozenset({"Available"}), passing=frozenset({"SomePodsNotReady"})),
    ),
    (
        "rabbitmq.com",
        frozenset({"RabbitmqCluster"}),
        replace(_CONVENTION, refused=("ReconcileSuccess",), decisive=("AllReplicasReady",)),
    ),
)
# Of routes and gateways: False is a failure, and True of both is not enough where it is not programmed yet.
_ATTACHED, _PROGRAMMED = ("ResolvedRefs", "Accepted"), "Programmed"
_HIBERNATION = "cnpg.io/hibernation"
_EVERY = (_CONVENTION, *(rules for _, _, rules in _KNOWN))
WELCOME = frozenset({*_ATTACHED, _PROGRAMMED}).union(*(each.welcome for each in _EVERY))
"""Conditions of which True says that all is well, so that no more is read of it."""
UNWELCOME = frozenset({_HIBERNATION}).union(*(each.unwelcome for each in _EVERY))
"""Conditions of which nothing is read unless they are True."""


def is_suspended(manifest: Manifest) -> bool:
    """Whether a person has stopped its controller by its specification."""
    return any(manifest.spec.get(each) is True for each in SUSPENDING)


def assess_custom(manifest: Manifest) -> Health:
    """The health of a custom resource; the caller has checked its generation and deletion."""
    if is_suspended(manifest):
        return Health(state=HealthState.SUSPENDED, reason="Suspended", message="Its specification suspends it.")
    group, kind = manifest.id.group_kind
    own = _OWN.get((group, kind)) or (_assess_elastic if group.endswith(".k8s.elastic.co") else None)
    health = own(manifest) if own is not None else None
    return health or _by_conditions(manifest, _rules_of(group, kind))


def _rules_of(group: str, kind: str) -> _Rules:
    for known, kinds, rules in _KNOWN:
        if (group == known.lstrip(".") or (known.startswith(".") and group.endswith(known))) and (
            kinds is None or kind in kinds
        ):
            return rules
    return _CONVENTION


def _by_conditions(manifest: Manifest, rules: _Rules) -> Health:
    found = {
        each: entry
        for each in {*rules.welcome, *rules.unwelcome}
        if (entry := condition(manifest, each)) is not None and _text(entry, "status")
    }
    for state, words, types, status in (
        (HealthState.PROGRESSING, "Its controller is working on it.", rules.busy, "True"),
        (HealthState.FAILED, "Its controller reports that it has failed.", rules.failed, "True"),
        (HealthState.FAILED, "Its controller could not carry it out.", rules.refused, "False"),
        (HealthState.SUSPENDED, "Its controller reports that it is paused.", rules.suspended, "True"),
    ):
        for each in types:
            if each in found and found[each].get("status") == status:
                passes = state is HealthState.FAILED and _reason(found[each]) in rules.passing
                return _said(HealthState.PROGRESSING if passes else state, words, found[each], or_reason=each)
    for each in rules.decisive:
        if each in found:
            return _decided(each, found[each], rules)
    return Health(
        state=HealthState.READY,
        reason=NOT_REPORTED,
        message="It is there; it reports nothing by which its health could be told.",
    )


def _decided(type_: str, entry: Mapping[str, Any], rules: _Rules) -> Health:
    if entry["status"] == "True":
        return _ready(f"It reports {type_}.", since=_since(entry))
    failed = entry["status"] == "False" and type_ in rules.strict and _reason(entry) not in rules.passing
    state = HealthState.FAILED if failed else HealthState.PROGRESSING
    return _said(state, f"It does not report {type_}.", entry, or_reason=f"Not{type_}")


# Phases of CloudNativePG in which it waits for a person (cloudnative-pg api/v1/cluster_types.go, `Phase…`).
_WAITS_FOR_A_PERSON = frozenset(
    {
        "Waiting for user action",
        "Cluster upgrade delayed",
        "Cluster is unrecoverable and needs manual intervention",
        "Unable to create required cluster objects",
        "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
        "Cluster has incomplete or invalid image catalog",
        "Cluster cannot execute instance online upgrade due to missing architecture binary",
    }
)


def _assess_postgres(cluster: Manifest) -> Health | None:
    hibernation = condition(cluster, _HIBERNATION)
    if hibernation is not None and hibernation.get("status") == "True":
        return _said(HealthState.SUSPENDED, "It hibernates.", hibernation, or_reason="Hibernation")
    phase = _phase_of(cluster)
    if not phase:
        return None
    if phase == "Cluster in healthy state":
        return _ready("It reports that it is in a healthy state.", since=_since(condition(cluster, "Ready")))
    state = HealthState.FAILED if phase in _WAITS_FOR_A_PERSON else HealthState.PROGRESSING
    return _phase(state, phase=phase, why=cluster.status.get("phaseReason"))


def _assess_elastic(stack: Manifest) -> Health | None:
    """Of Elastic Cloud on Kubernetes: `phase` is how far changes are carried out, `health` how the nodes are.

    A cluster that is yellow serves all its data, with fewer copies than it should have.
    """
    phase, health = _phase_of(stack), safe_message(stack.status.get("health"))
    if phase == "Invalid":
        return _phase(HealthState.FAILED, phase="Invalid", why=None)
    if health == "red":
        return Health(state=HealthState.FAILED, reason="red", message="It reports that its health is red.")
    if health == "green" and phase in {"Ready", ""}:
        return _ready("It reports that its health is green.")
    if not health:
        return None
    return Health(
        state=HealthState.PROGRESSING,
        reason=health if phase in {"Ready", ""} else phase,
        message=f"It reports that its health is {health}.",
    )


def _assess_route(route: Manifest) -> Health:
    """Of the Gateway API: each gateway that a route is attached to says what it makes of it, and of which generation.

    https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus
    """
    listed = route.status.get("parents")
    parents = [each for each in listed if isinstance(each, dict)][:MOST_PARENTS] if isinstance(listed, list) else []
    attached = []
    for parent in parents:
        reported = parent.get("conditions")
        entries = [each for each in reported if isinstance(each, dict)] if isinstance(reported, list) else []
        said = {each["type"]: each for each in entries if _text(each, "type") and _is_of(each, route.generation)}
        reference = parent.get("parentRef")
        name = _text(reference, "name") if isinstance(reference, dict) else ""
        if (trouble := _detached(said, who=f"Gateway {name}: " if name else "")) is not None:
            return trouble
        attached += [said] if said else []
    if not attached:
        return Health(state=HealthState.PROGRESSING, reason="NoParent", message="No gateway has taken it up yet.")
    return _ready("It is attached to its gateway.", since=_since(attached[0].get("Accepted")))


def _assess_gateway(gateway: Manifest) -> Health | None:
    said = {each: entry for each in (*_ATTACHED, _PROGRAMMED) if (entry := condition(gateway, each)) is not None}
    if not said:
        return None
    return _detached(said, who="") or _ready(
        "It is accepted and programmed.", since=_since(said.get(_PROGRAMMED) or said.get("Accepted"))
    )


def _detached(said: Mapping[str, Mapping[str, Any]], *, who: str) -> Health | None:
    for each in _ATTACHED:
        if each in said and said[each].get("status") == "False":
            return _said(HealthState.FAILED, f"{who}it is not {_WORDS[each]}.", said[each], or_reason=f"Not{each}")
    programmed = said.get(_PROGRAMMED)
    if programmed is not None and programmed.get("status") != "True":
        return _said(HealthState.PROGRESSING, f"{who}it is not programmed yet.", programmed, or_reason="NotProgrammed")
    return None


_WORDS = {"ResolvedRefs": "complete, because something that it refers to is not there", "Accepted": "accepted"}


def _is_of(entry: Mapping[str, Any], generation: int | None) -> bool:
    observed = entry.get("observedGeneration")
    return not isinstance(observed, int) or generation is None or observed == generation


def _said(state: HealthState, words: str, entry: Mapping[str, Any], *, or_reason: str) -> Health:
    """What a condition says; the name of the condition where it gives no reason."""
    words = f"{words[:1].upper()}{words[1:]}"
    message = safe_message(entry.get("message"))
    return Health(
        state=state,
        reason=_reason(entry) or or_reason,
        message=f"{words} {message}" if message else words,
        since=_since(entry),
    )


def _phase(state: HealthState, *, phase: str, why: object) -> Health:
    because = safe_message(why)
    words = f"It reports: {phase}{'' if phase.endswith('.') else '.'}"
    return Health(state=state, reason=phase, message=f"{words} {because}" if because else words)


def _ready(message: str, *, since: datetime | None = None) -> Health:
    return Health(state=HealthState.READY, message=message, since=since)


def _since(entry: Mapping[str, Any] | None) -> datetime | None:
    return moment((entry or {}).get("lastTransitionTime"))


def _phase_of(manifest: Manifest) -> str:
    return safe_message(manifest.status.get("phase"))


def _reason(entry: Mapping[str, Any]) -> str:
    return safe_message(entry.get("reason"))


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


_ROUTES: Iterable[str] = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
_OWN: dict[tuple[str, str], Callable[[Manifest], Health | None]] = {
    ("postgresql.cnpg.io", "Cluster"): _assess_postgres,
    ("gateway.networking.k8s.io", "Gateway"): _assess_gateway,
    **{("gateway.networking.k8s.io", each): _assess_route for each in _ROUTES},
}
