"""The error of an object that another writer changed."""

from domain.problems import CHANGED_MEANWHILE
from services.execution.changed_meanwhile import ChangedMeanwhileError
from services.kube.errors import PatchTestFailedError
from tests.support.specs import WEB


def test_it_is_to_a_caller_what_the_same_problem_of_a_plan_is():
    error = ChangedMeanwhileError("Another writer changed it.", resource=WEB, cluster="prod-eu")
    assert (error.code, error.resource, error.cluster) == (CHANGED_MEANWHILE, WEB, "prod-eu")
    assert error.terminal


def test_it_has_the_title_of_a_patch_whose_test_failed_and_another_code():
    patch = PatchTestFailedError("The object is not as the plan read it.", cluster="prod-eu")
    error = ChangedMeanwhileError("Another writer changed it.", resource=WEB, cluster="prod-eu")
    assert error.title == patch.title
    assert error.code != patch.code
