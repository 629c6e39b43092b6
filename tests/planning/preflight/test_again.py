"""Before a ring begins, its clusters are planned and judged again."""

from dataclasses import replace

from domain.cluster_api import ClusterFailure
from domain.resources import ResourceId
from domain.stored.plans import StoredImagePlan, StoredImages
from services.planning.images.running import ClusterFacts
from services.planning.objects.identity import ObjectKey
from services.planning.preflight.again import blocking_on, planned_again
from services.planning.preflight.registry_values import ImageInRegistry, RegistryAnswers
from services.planning.preflight.values import ConfigurationFacts
from tests.planning.preflight.facts import ASKS, facts, planned, web
from tests.planning.preflight.test_room import FULL
from tests.support.specs import image_spec


def stored(*workloads, read=True, **changes):
    on_cluster = StoredImages(read=read, changes=planned(*workloads).changes, desired=(), problems=())
    plan = image_spec().plan
    assert isinstance(plan, StoredImagePlan)
    return replace(plan, clusters={"eu": on_cluster}, **changes)


def blocked(plan, read):
    now = planned_again(plan, read.running)
    return blocking_on(plan, now, read) if now is not None else None


def judged(plan, *workloads, **around):
    read = facts(*workloads, **around)
    problem = blocked(plan, read)
    return problem.code if problem is not None else None


def test_nothing_blocks_while_everything_is_as_it_was():
    assert judged(stored(web()), web()) is None


def test_room_that_was_taken_meanwhile_blocks():
    assert judged(stored(web()), web(), quotas=(FULL,)) == "quota-stalls-rollout"


def test_a_consent_of_the_request_holds_until_the_end():
    assert judged(stored(web(), allow=("without-room",)), web(), quotas=(FULL,)) is None


def test_a_workload_that_was_paused_meanwhile_blocks():
    assert judged(stored(web()), web(paused=True)) == "rollout-paused"


def test_a_key_that_is_still_to_be_brought_is_not_missed():
    login = ResourceId.of("v1", "Secret", "login")
    token = [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "login", "key": "token"}}}]
    needs = web(pod={"containers": [{**ASKS, "env": token}]})
    lacking = ConfigurationFacts(keys={ObjectKey.of_resource(login): frozenset({"user"})})
    read = replace(facts(needs), configuration=lacking)
    found = blocked(stored(needs), read)
    assert found is not None
    assert found.code == "missing-reference"
    assert blocked(stored(needs, brought_keys={login: ("token",)}), read) is None


def test_a_cluster_on_which_nothing_is_written_has_nothing_that_blocks():
    assert judged(stored(), web(paused=True), quotas=(FULL,)) is None


def test_a_cluster_that_does_not_answer_is_left_to_the_write():
    failed = ClusterFacts(cluster="eu", failure=ClusterFailure(code="cluster-unreachable", detail="No connection."))
    assert planned_again(stored(web()), failed) is None


def test_an_image_that_is_gone_from_its_registry_blocks_and_a_registry_that_is_silent_does_not():
    read, plan = facts(web()), stored(web())
    now = planned_again(plan, read.running)
    assert now is not None
    references = [each.after.reference for each in now.changes]
    gone = RegistryAnswers(images=dict.fromkeys(references, ImageInRegistry(digest=None)))
    problem = blocking_on(plan, now, read, gone)
    assert problem is not None
    assert problem.code == "image-not-in-registry"
    silent = RegistryAnswers(silent={"registry.example": "It did not answer."})
    assert blocking_on(plan, now, read, silent) is None


def test_without_the_facts_of_pre_flight_the_plan_alone_is_judged():
    read = facts(web(paused=True))
    now = planned_again(stored(web()), read.running)
    assert now is not None
    problem = blocking_on(stored(web()), now, None)
    assert problem is not None
    assert problem.code == "rollout-paused"
