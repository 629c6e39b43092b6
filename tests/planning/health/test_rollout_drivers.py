"""Which Rollout or Canary drives a workload."""

import pytest

from domain.resources import Manifest
from services.planning.health.rollout_drivers import CANARY, ROLLOUT, Drivers, driver_of, hidden_drivers
from tests.support.custom_workloads import driver
from tests.support.running import workload

WEB = workload("web", {"web": "shop/web:1"}, replicas=0)


@pytest.mark.parametrize("kind", ["Rollout", "Canary"])
def test_what_refers_to_a_deployment_drives_it(kind):
    drives = Manifest(driver(kind))
    assert driver_of(WEB, (drives,)) is drives


@pytest.mark.parametrize("kind", ["Rollout", "Canary"])
@pytest.mark.parametrize(("target", "of"), [("api", "Deployment"), ("web", "DaemonSet")])
def test_what_refers_to_another_object_drives_it_not(kind, target, of):
    assert driver_of(WEB, (Manifest(driver(kind, target, of)),)) is None


def test_a_rollout_with_a_template_of_its_own_drives_no_deployment_of_its_name():
    own = driver("Rollout")
    own["spec"] = {"template": {"spec": {"containers": []}}}
    assert driver_of(WEB, (Manifest(own),)) is None


@pytest.mark.parametrize("reference", ["web", None, {"kind": "Deployment"}, {"apiVersion": 1, "kind": [], "name": {}}])
def test_a_reference_that_is_none_names_nothing(reference):
    odd = driver("Canary")
    odd["spec"]["targetRef"] = reference
    assert driver_of(WEB, (Manifest(odd),)) is None


def test_what_may_not_be_listed_matters_where_no_pods_are_wanted_and_nothing_else_drives_it():
    hidden = Drivers(hidden=(ROLLOUT, CANARY))
    running = workload("web", {"web": "shop/web:1"}, replicas=1)
    known = Drivers(found=(Manifest(driver("Rollout")),), hidden=(CANARY,))
    assert hidden_drivers(WEB, hidden) == (ROLLOUT, CANARY)
    assert hidden_drivers(running, hidden) == ()
    assert hidden_drivers(WEB, known) == ()
