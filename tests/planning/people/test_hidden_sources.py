"""Requests and plans as they are shown to who does not see their source."""

from dataclasses import replace

from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.problems import Problem, Severity
from domain.stored.plans import CopySource, StoredCopyPlan, StoredImagePlan, StoredImages
from domain.stored.requests import CopyRequest, ImportSource, PromotionRequest
from domain.stored.spec import OperationSpec
from services.planning.people.hidden_sources import source_of, without_source
from tests.support.specs import copy_spec, image_spec

SECRET = ("Staging", "staging-1", "shop-staging")


def promotion() -> OperationSpec:
    spec = image_spec()
    assert isinstance(spec.plan, StoredImagePlan)
    about_source = Problem(
        code="source-failing", severity=Severity.WARNS, detail="web fails on staging-1.", cluster="staging-1"
    )
    about_target = replace(about_source, code="workload-missing", detail="web is gone.", cluster="prod-eu")
    plan = replace(
        spec.plan,
        source_environment="Staging",
        source_cluster="staging-1",
        clusters={"prod-eu": StoredImages(read=True)},
        problems=(about_source, about_target),
    )
    request = PromotionRequest(
        source_environment="Staging", target_environment="Production", source_cluster="staging-1"
    )
    return OperationSpec(request=request, plan=plan)


def importing() -> OperationSpec:
    spec = copy_spec()
    assert isinstance(spec.plan, StoredCopyPlan)
    assert isinstance(spec.request, CopyRequest)
    environment, cluster, namespace = SECRET
    source = ImportSource(environment=environment, cluster=cluster, namespace=namespace, resources=())
    plan = replace(spec.plan, source=CopySource(environment=environment, cluster=cluster, namespace=namespace))
    return OperationSpec(request=replace(spec.request, source=source), plan=plan)


def test_neither_environment_nor_cluster_nor_namespace_of_the_source_is_left():
    for spec in (promotion(), importing()):
        assert source_of(spec.request) == "Staging"
        hidden = without_source(spec)
        assert not any(each in repr(hidden) for each in SECRET)
        assert source_of(hidden.request) == HIDDEN_ENVIRONMENT


def test_what_is_said_of_the_target_stays():
    plan = without_source(promotion()).plan
    assert isinstance(plan, StoredImagePlan)
    assert [(each.code, each.cluster) for each in plan.problems] == [
        ("source-failing", None),
        ("workload-missing", "prod-eu"),
    ]
    assert plan.problems[1].detail == "web is gone."


def test_what_takes_from_no_environment_is_shown_as_it_is():
    spec = copy_spec()
    assert source_of(spec.request) is None
    assert without_source(spec) == spec
