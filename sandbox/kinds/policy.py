"""Disruption budgets."""

from collections.abc import Iterator

from sandbox.errors import Cause
from sandbox.kinds import statuses
from sandbox.kinds.findings import invalid, unsupported
from sandbox.kinds.meta import validate_selector
from sandbox.kinds.rules import Rules
from sandbox.store import Object

_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)


def _validate_budget(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for name in ("minAvailable", "maxUnavailable"):
        value = spec.get(name)
        if isinstance(value, str) and not (value.endswith("%") and value[:-1].isdecimal()):
            yield invalid(f"spec.{name}", value, _PERCENT)
        elif isinstance(value, str) and int(value[:-1]) > 100:
            yield invalid(f"spec.{name}", value, "must not be greater than 100%")
        elif isinstance(value, int) and value < 0:
            yield invalid(f"spec.{name}", value, "must be greater than or equal to 0")
    yield from validate_selector(spec.get("selector"), "spec.selector")
    options = ("AlwaysAllow", "IfHealthyBudget")
    if spec.get("unhealthyPodEvictionPolicy", options[0]) not in options:
        yield unsupported("spec.unhealthyPodEvictionPolicy", spec["unhealthyPodEvictionPolicy"], options)


POLICY = {
    ("policy", "poddisruptionbudgets"): Rules(
        default=lambda obj: obj.setdefault("spec", {}),
        replaced_by_version=True,
        validate=_validate_budget,
        validate_status=statuses.BUDGET,
        empty={"spec": {}, "status": {}},
        status={"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
        generation=True,
    ),
}
