"""Deployments, ReplicaSets, StatefulSets, DaemonSets and their revisions."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import statuses
from sandbox.kinds.findings import IMMUTABLE, forbidden, invalid, required, unsupported
from sandbox.kinds.meta import selector_is_empty, selects, validate_selector
from sandbox.kinds.pod_defaults import default_template
from sandbox.kinds.pods import EMPTY_TEMPLATE, validate_template
from sandbox.kinds.rules import Rules
from sandbox.kinds.storage import default_claim_spec
from sandbox.store import Object

_STATEFUL_MUTABLE = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
_STATEFUL_FORBIDDEN = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def _default_labels(obj: Object) -> None:
    """Workloads without labels or selector took them from their template once; labels still do not."""
    default_template(obj.setdefault("spec", {}).setdefault("template", {}))


def _default_deployment(obj: Object) -> None:
    _default_labels(obj)
    spec = obj["spec"]
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _default_replicaset(obj: Object) -> None:
    _default_labels(obj)
    obj["spec"].setdefault("replicas", 1)


def _default_statefulset(obj: Object) -> None:
    _default_labels(obj)
    spec = obj["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {"phase": "Pending"}}
        claim.setdefault("metadata", {})
        default_claim_spec(claim.setdefault("spec", {}))


def _default_daemonset(obj: Object) -> None:
    _default_labels(obj)
    annotations = obj["metadata"].setdefault("annotations", {})
    annotations.setdefault("deprecated.daemonset.template.generation", "1")
    spec = obj["spec"]
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)


def _carry_daemonset(new: Object, old: Object) -> None:
    """The deprecated `templateGeneration`, which only the server may change."""
    key = "deprecated.daemonset.template.generation"
    count = int((old["metadata"].get("annotations") or {}).get(key, "1"))
    if new["spec"]["template"] != old["spec"]["template"]:
        count += 1
    new["metadata"].setdefault("annotations", {})[key] = str(count)


# Validation ---------------------------------------------------------------------------------------------------


def _validate_common(obj: Object) -> Iterator[Cause]:
    """Selector, template and how they fit each other."""
    spec = obj["spec"]
    selector, template = spec.get("selector"), spec["template"]
    labels = template["metadata"].get("labels") or {}
    if selector is None:
        if obj["kind"] != "DaemonSet":
            yield required("spec.selector")
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    else:
        problems = list(validate_selector(selector, "spec.selector"))
        yield from problems
        if selector_is_empty(selector):
            yield invalid("spec.selector", selector, f"empty selector is invalid for {obj['kind'].lower()}")
        elif problems and obj["kind"] != "DaemonSet" and any(".matchExpressions" in (c.field or "") for c in problems):
            detail = "" if obj["kind"] == "StatefulSet" else "invalid label selector"
            yield invalid("spec.selector", selector, detail)
        elif not problems and not selects(selector, labels):
            yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from validate_template(_with_claims(template, spec.get("volumeClaimTemplates") or ()), "spec.template")
    for name in ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        if spec.get(name, 0) < 0:
            yield invalid(f"spec.{name}", spec[name], "must be greater than or equal to 0")


def _with_claims(template: Object, claims: Iterable[Object]) -> Object:
    """The template as its pods will be: each claim template becomes a volume that containers may mount."""
    volumes = template["spec"].get("volumes") or []
    taken = {volume.get("name") for volume in volumes}
    names = [name for claim in claims if (name := claim["metadata"].get("name")) and name not in taken]
    if not names:
        return template
    claimed = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]
    return template | {"spec": template["spec"] | {"volumes": [*volumes, *claimed]}}


def _validate_amount(value: Any, field: str) -> Iterator[Cause]:
    """A number or a percentage of pods."""
    if isinstance(value, str):
        if not (value.endswith("%") and value[:-1].isdecimal()):
            yield invalid(
                field,
                value,
                "a valid percent string must be a numeric string followed by an ending '%' "
                "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            )
        elif int(value[:-1]) > 100 and field.endswith("maxUnavailable"):
            yield invalid(field, value, "must not be greater than 100%")
    elif value is not None and value < 0:
        yield invalid(field, value, "must be greater than or equal to 0")


def _validate_deployment(obj: Object) -> Iterator[Cause]:
    yield from _validate_common(obj)
    spec = obj["spec"]
    strategy = spec["strategy"]
    kind, rolling = strategy["type"], strategy.get("rollingUpdate")
    if kind not in {"Recreate", "RollingUpdate"}:
        yield unsupported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))
    elif kind == "Recreate" and rolling is not None:
        yield forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif rolling is not None:
        for name in ("maxUnavailable", "maxSurge"):
            yield from _validate_amount(rolling.get(name), f"spec.strategy.rollingUpdate.{name}")
        if rolling.get("maxUnavailable") in {0, "0%"} and rolling.get("maxSurge") in {0, "0%"}:
            yield invalid(
                "spec.strategy.rollingUpdate.maxUnavailable",
                rolling["maxUnavailable"],
                "may not be 0 when `maxSurge` is 0",
            )
    if 0 < spec["progressDeadlineSeconds"] <= spec.get("minReadySeconds", 0):
        yield invalid(
            "spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"], "must be greater than minReadySeconds"
        )


def _validate_statefulset(obj: Object) -> Iterator[Cause]:
    yield from _validate_common(obj)
    spec = obj["spec"]
    options = ("OrderedReady", "Parallel")
    if spec["podManagementPolicy"] not in options:
        yield unsupported("spec.podManagementPolicy", spec["podManagementPolicy"], options)
    yield from _validate_strategy_type(spec["updateStrategy"])
    rolling = spec["updateStrategy"].get("rollingUpdate")
    if rolling is not None and spec["updateStrategy"]["type"] != "RollingUpdate":
        yield invalid("spec.updateStrategy.rollingUpdate", rolling, "only allowed for updateStrategy 'RollingUpdate'")
    for name, policy in spec["persistentVolumeClaimRetentionPolicy"].items():
        if policy not in {"Delete", "Retain"}:
            yield unsupported(f"spec.persistentVolumeClaimRetentionPolicy.{name}", policy, ("Delete", "Retain"))
    start = (spec.get("ordinals") or {}).get("start", 0)
    if start < 0:
        yield invalid("spec.ordinals.start", start, "must be greater than or equal to 0")
    partition = (rolling or {}).get("partition", 0)
    if partition < 0:
        yield invalid("spec.updateStrategy.rollingUpdate.partition", partition, "must be greater than or equal to 0")


def _validate_daemonset(obj: Object) -> Iterator[Cause]:
    yield from _validate_common(obj)
    strategy = obj["spec"]["updateStrategy"]
    yield from _validate_strategy_type(strategy)
    for name in ("maxUnavailable", "maxSurge"):
        yield from _validate_amount(
            (strategy.get("rollingUpdate") or {}).get(name), f"spec.updateStrategy.rollingUpdate.{name}"
        )
    if rolling := strategy.get("rollingUpdate"):
        unavailable, surge = (rolling.get(name) not in {None, 0, "0%"} for name in ("maxUnavailable", "maxSurge"))
        if unavailable and surge:
            detail = "may not be set when maxUnavailable is non-zero"
            yield invalid("spec.updateStrategy.rollingUpdate.maxSurge", rolling["maxSurge"], detail)
        elif not unavailable and not surge:
            yield required("spec.updateStrategy.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0")


def _validate_strategy_type(strategy: dict[str, Any]) -> Iterator[Cause]:
    if strategy["type"] not in {"OnDelete", "RollingUpdate"}:
        yield unsupported("spec.updateStrategy.type", strategy["type"], ("OnDelete", "RollingUpdate"))


def _forbid_selector(new: Object, old: Object) -> Iterator[Cause]:
    if new["spec"].get("selector") != old["spec"].get("selector"):
        yield invalid("spec.selector", new["spec"].get("selector"), IMMUTABLE)


def _forbid_statefulset(new: Object, old: Object) -> Iterator[Cause]:
    def fixed(obj: Object) -> dict[str, Any]:
        return {k: v for k, v in obj["spec"].items() if k not in _STATEFUL_MUTABLE}

    if fixed(new) != fixed(old):
        yield forbidden("spec", _STATEFUL_FORBIDDEN)


def _workload(
    default: Callable[[Object], None],
    validate: Callable[[Object], Iterator[Cause]],
    forbid: Callable[[Object, Object], Iterator[Cause]],
    *,
    spec: dict[str, Any],
    status: dict[str, Any],
    validate_status: statuses.Validate,
    carry_over: Callable[[Object, Object], None] = lambda _new, _old: None,
    generation_counts_annotations: bool = False,
) -> Rules:
    return Rules(
        default=default,
        validate=validate,
        validate_status=validate_status,
        forbid=forbid,
        carry_over=carry_over,
        empty={"spec": {"selector": None, "template": EMPTY_TEMPLATE, **spec}, "status": {}},
        status=status,
        generation=True,
        generation_counts_annotations=generation_counts_annotations,
    )


def _forbid_revision(new: Object, old: Object) -> Iterator[Cause]:
    if new.get("data") != old.get("data"):
        yield invalid("data", new.get("data"), IMMUTABLE)


WORKLOADS = {
    ("apps", "deployments"): _workload(
        _default_deployment,
        _validate_deployment,
        _forbid_selector,
        spec={"strategy": {}},
        status={},
        validate_status=statuses.DEPLOYMENT,
        generation_counts_annotations=True,
    ),
    ("apps", "replicasets"): _workload(
        _default_replicaset,
        _validate_common,
        _forbid_selector,
        spec={},
        status={"replicas": 0},
        validate_status=statuses.REPLICA_SET,
    ),
    ("apps", "statefulsets"): _workload(
        _default_statefulset,
        _validate_statefulset,
        _forbid_statefulset,
        spec={"updateStrategy": {}},
        status={"replicas": 0, "availableReplicas": 0},
        validate_status=statuses.STATEFUL_SET,
    ),
    ("apps", "daemonsets"): _workload(
        _default_daemonset,
        _validate_daemonset,
        _forbid_selector,
        spec={"updateStrategy": {}},
        status={
            "currentNumberScheduled": 0,
            "numberMisscheduled": 0,
            "desiredNumberScheduled": 0,
            "numberReady": 0,
        },
        validate_status=statuses.DAEMON_SET,
        carry_over=_carry_daemonset,
    ),
    ("apps", "controllerrevisions"): Rules(forbid=_forbid_revision),
}
