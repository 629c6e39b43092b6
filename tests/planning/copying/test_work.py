import json

import pytest

from domain.cluster_api import ClusterFailure
from domain.resources import ResourceId
from domain.stored.plans import StoredCopyPlan, StoredResource
from domain.words import OnConflict
from services.planning.copying.plan import CopyChoices
from services.planning.copying.planner import plan_copy
from services.planning.copying.work import (
    CopyWork,
    NoWork,
    caught_up,
    resumed,
    stored_plan,
    work_of,
)
from tests.support.objects import FINGERPRINTS, config_map, deployment, facts, secret, target

_APPLY = {"manager": "stagecoach", "operation": "Apply", "fieldsV1": {}}


def _plan(*manifests, live=(), on_conflict=OnConflict.FAIL, **target_facts):
    place = target(*live, knows=manifests, **target_facts)
    return plan_copy(facts(*manifests, targets=(place,)), CopyChoices(on_conflict=on_conflict), FINGERPRINTS)


def _stored(plan):
    kept = StoredCopyPlan.from_json(json.loads(json.dumps(stored_plan(plan).to_json())))
    cluster = kept.clusters["staging-1"]
    assert cluster is not None
    return cluster.resources


def _resumed(before, now):
    """What is left of the plan `before`, once there is what `now` was planned from."""
    return resumed(_stored(before), now.clusters[0], on_conflict=now.on_conflict)


def _written(work):
    assert isinstance(work, CopyWork), work
    return [planned.resource.label for planned in work.writes]


def test_a_fresh_plan_is_work():
    work = work_of(_plan(config_map(), deployment()).clusters[0], on_conflict=OnConflict.FAIL)
    assert _written(work) == ["ConfigMap settings", "Deployment web"]
    assert isinstance(work, CopyWork)
    assert not work.force


def test_overwriting_forces():
    work = work_of(_plan(config_map()).clusters[0], on_conflict=OnConflict.OVERWRITE)
    assert isinstance(work, CopyWork)
    assert work.force


def test_a_blocked_plan_is_no_work():
    blocked = _plan(config_map(), live=(config_map(data={"mode": "x"}),))
    work = work_of(blocked.clusters[0], on_conflict=OnConflict.FAIL)
    assert isinstance(work, NoWork)
    assert work.code == "target-differs"


def test_a_cluster_that_did_not_answer_has_no_work_and_is_not_in_the_row():
    down = _plan(config_map(), failure=ClusterFailure(code="cluster-unreachable", detail="No answer."))
    work = work_of(down.clusters[0], on_conflict=OnConflict.FAIL)
    assert isinstance(work, NoWork)
    assert work.unreachable
    assert stored_plan(down).clusters == {"staging-1": None}


def test_a_row_holds_no_content_of_objects():
    text = json.dumps(stored_plan(_plan(secret(), config_map(data={"mode": "content"}))).to_json())
    assert "Y2FuYXJ5" not in text
    assert "content" not in text


def test_a_row_says_what_will_belong_to_the_app_environment_and_which_images_it_brings():
    leaves = stored_plan(_plan(deployment())).leaves
    assert (leaves.namespace, leaves.resources) == ("shop", (ResourceId.of("apps/v1", "Deployment", "web"),))
    assert [image.image.reference for image in leaves.images["staging-1"]] == ["web:1"]


def test_a_row_says_of_a_kept_workload_which_image_it_keeps():
    live = deployment(pod={"containers": [{"name": "web", "image": "web:9"}]})
    leaves = stored_plan(_plan(deployment(), live=(live,), on_conflict=OnConflict.KEEP)).leaves
    assert [image.image.reference for image in leaves.images["staging-1"]] == ["web:9"]


def test_after_a_crash_what_was_not_written_is_written():
    before = _plan(config_map(), deployment())
    now = _plan(config_map(), deployment(), live=(config_map(),))
    assert _written(_resumed(before, now)) == ["Deployment web"]


def test_after_a_crash_the_rollouts_of_written_objects_are_watched():
    before = _plan(config_map(), deployment())
    now = _plan(config_map(), deployment(), live=(deployment(),))
    assert [manifest.id.label for manifest in _resumed(before, now).already_written] == ["Deployment web"]


def test_what_was_unchanged_when_it_was_planned_is_not_waited_for():
    before = _plan(deployment(), live=(deployment(),))
    work = _resumed(before, before)
    assert (work.writes, work.already_written) == ((), ())


def test_an_object_that_changed_in_the_source_is_not_written():
    work = _resumed(_plan(config_map()), _plan(config_map(data={"mode": "other"})))
    assert isinstance(work, NoWork)
    assert work.code == "source-changed"


def test_an_object_that_left_the_source_is_not_written():
    work = _resumed(_plan(config_map(), deployment()), _plan(deployment()))
    assert isinstance(work, NoWork)
    assert work.code == "source-changed"


def test_an_object_that_another_writer_created_meanwhile_is_left_alone():
    foreign = config_map(data={"mode": "theirs"}, metadata={"managedFields": [{"manager": "kubectl"}]})
    work = _resumed(_plan(config_map()), _plan(config_map(), live=(foreign,)))
    assert isinstance(work, NoWork)
    assert (work.code, work.resource) == ("changed-meanwhile", config_map().id)


def test_an_object_that_another_writer_created_meanwhile_is_overwritten_on_request():
    foreign = config_map(data={"mode": "theirs"})
    before = _plan(config_map(), on_conflict=OnConflict.OVERWRITE)
    now = _plan(config_map(), live=(foreign,), on_conflict=OnConflict.OVERWRITE)
    assert _written(_resumed(before, now)) == ["ConfigMap settings"]


def test_an_object_of_our_own_making_is_written_again_whatever_the_comparison_says():
    ours = config_map(data={"mode": "defaulted"}, metadata={"managedFields": [_APPLY]})
    now = _plan(config_map(), live=(ours,), on_conflict=OnConflict.KEEP)
    assert _written(_resumed(_plan(config_map(), on_conflict=OnConflict.KEEP), now)) == ["ConfigMap settings"]


def test_an_image_that_was_promoted_meanwhile_is_not_reverted():
    entries = [_APPLY, {"manager": "stagecoach", "operation": "Update", "fieldsV1": {}}]
    promoted = deployment(pod={"containers": [{"name": "web", "image": "web:2"}]}, metadata={"managedFields": entries})
    work = _resumed(_plan(deployment()), _plan(deployment(), live=(promoted,)))
    assert isinstance(work, NoWork)
    assert work.code == "changed-meanwhile"


def _caught_up(others, now):
    return caught_up(_stored(others), now, on_conflict=now.on_conflict)


def test_a_cluster_that_answers_later_gets_what_the_others_got():
    plan = _plan(config_map(), deployment())
    assert _written(_caught_up(plan, plan)) == ["ConfigMap settings", "Deployment web"]


@pytest.mark.parametrize(
    "now", [(config_map(data={"mode": "new"}), deployment()), (deployment(),)], ids=["other", "gone"]
)
def test_a_cluster_that_answers_later_gets_nothing_that_the_others_did_not_get(now):
    work = _caught_up(_plan(config_map(), deployment()), _plan(*now))
    assert isinstance(work, NoWork)
    assert (work.code, work.resource) == ("source-changed", config_map().id)


def test_a_problem_of_the_whole_request_stops_a_cluster_that_answers_later():
    going = config_map(metadata={"deletionTimestamp": "2026-11-25T00:00:00Z"})
    work = caught_up((), _plan(going, deployment()), on_conflict=OnConflict.FAIL)
    assert isinstance(work, NoWork)
    assert (work.code, work.resource) == ("not-copyable", going.id)


def test_an_object_that_the_plan_keeps_is_kept():
    live = config_map(data={"mode": "theirs"})
    before = _plan(config_map(), live=(live,), on_conflict=OnConflict.KEEP)
    assert _written(_resumed(before, before)) == []


def test_a_cluster_that_does_not_answer_any_more_has_no_work():
    down = _plan(config_map(), failure=ClusterFailure(code="cluster-unreachable", detail="No answer."))
    work = _resumed(_plan(config_map()), down)
    assert isinstance(work, NoWork)
    assert work.unreachable


@pytest.mark.parametrize("resource", _stored(_plan(config_map(), live=(config_map(),))))
def test_a_stored_resource_reads_as_it_was_written(resource):
    assert StoredResource.from_json(json.loads(json.dumps(resource.to_json()))) == resource
