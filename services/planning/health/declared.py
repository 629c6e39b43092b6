"""When an object of a declared kind is well: by the conditions that an administrator has named, else by kstatus. Pure.

Whoever declares a kind promotes images by it, so that an object which reports nothing is not called well, as a custom
resource is that is only shown: its operator may have carried out nothing yet.
"""

from dataclasses import replace

from domain.declared_kinds import DeclaredHealth
from domain.resources import Manifest
from services.planning.health.custom_resources import NOT_REPORTED, assess_custom, is_suspended
from services.planning.health.rollout_rules import Finding, RolloutRules, assess_by_rules
from services.planning.health.rule_tests import Reports
from services.planning.health.values import Health, HealthState, condition


def assess_declared(manifest: Manifest, declared: DeclaredHealth) -> Health:
    """The caller has checked its generation and deletion."""
    rules = rules_of_conditions(declared)
    if rules is None:
        health = assess_custom(manifest)
        if health.reason != NOT_REPORTED:
            return health
        return replace(
            health,
            state=HealthState.UNKNOWN,
            message="It reports no condition, so whether its operator has carried out what it says is not known.",
        )
    if is_suspended(manifest):
        return Health(state=HealthState.SUSPENDED, reason="Suspended", message="Its specification suspends it.")
    health_by_rules = assess_by_rules(manifest, rules)
    if health_by_rules is not None:
        return health_by_rules
    if condition(manifest, declared.ready or "") is None:
        message = f"It has no condition {declared.ready}, which was declared to tell when it is well."
        return Health(state=HealthState.UNKNOWN, reason=NOT_REPORTED, message=message)
    return Health(state=HealthState.PROGRESSING, message=f"Its condition {declared.ready} is not True yet.")


def rules_of_conditions(declared: DeclaredHealth) -> RolloutRules | None:
    """The rules that the named conditions are; None where kstatus decides."""
    if declared.ready is None:
        return None
    return RolloutRules(
        failed=tuple(
            Finding(
                test=Reports(each, "True"),
                reason=each,
                message=f"Its condition {each} is True, which was declared to mean that it has failed.",
                condition=each,
            )
            for each in declared.failed
        ),
        done=Reports(declared.ready, "True"),
        done_message=f"Its condition {declared.ready} is True.",
        waits=(),
        counts=False,
    )
