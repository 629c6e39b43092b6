"""An object that is unchanged and refers to something missing is as broken as before: the plan still says so."""

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.words import Action
from services.planning.objects.identity import ObjectKey
from tests.support.copy_plans import NEEDS_SETTINGS, only, planned
from tests.support.objects import config_map, deployment


@pytest.mark.parametrize("allow", [(), ("missing-references",)])
def test_a_missing_reference_of_an_unchanged_object_is_warned_of(allow):
    web = deployment(pod=NEEDS_SETTINGS)
    plan = planned(
        web,
        live=(web,),
        overrides=Overrides(allow=allow),
        looked_for=frozenset({ObjectKey(group="", kind="ConfigMap", name="settings")}),
    )
    assert only(plan).action is Action.UNCHANGED
    assert [(p.code, p.severity) for p in plan.all_problems] == [("missing-reference", Severity.WARNS)]
    assert not plan.blocked
    assert plan.nothing_to_do


def test_of_a_reference_that_is_there_nothing_is_said():
    web = deployment(pod=NEEDS_SETTINGS)
    plan = planned(web, live=(web, config_map("settings")))
    assert plan.all_problems == ()
