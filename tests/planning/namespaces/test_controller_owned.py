from services.planning.namespaces.controller_owned import without_controller_owned
from tests.support.objects import obj, workload_spec

_DB = obj(
    "apps/v1", "StatefulSet", "db", spec=workload_spec("db", volumeClaimTemplates=[{"metadata": {"name": "data"}}])
)


def _claim(name):
    return obj("v1", "PersistentVolumeClaim", name, spec={})


def test_the_job_of_a_hook_is_stagecoachs_own_and_any_other_a_persons():
    of_hook = obj("batch/v1", "Job", "stagecoach-migrate-1", metadata={"labels": {"stagecoach.dev/operation": "1"}})
    of_person = obj("batch/v1", "Job", "seed")
    assert without_controller_owned((of_hook, of_person)) == (of_person,)


def test_what_has_a_controller_reference_is_controller_owned():
    owned = {"ownerReferences": [{"kind": "CronJob", "name": "report", "controller": True}]}
    assert without_controller_owned((obj("batch/v1", "Job", metadata=owned),)) == ()


def test_claims_of_a_stateful_set_are_controller_owned_without_an_owner_reference():
    assert without_controller_owned((_DB, _claim("data-db-0"), _claim("data-db-12"))) == (_DB,)


def test_other_claims_are_not_controller_owned():
    others = (_claim("data-db"), _claim("data-db-x"), _claim("uploads"), _claim("data-other-0"))
    assert without_controller_owned((_DB, *others)) == (_DB, *others)
