"""Workloads that read what an import changes: named by its plan, and restarted where that is asked for."""

from domain.overrides import Overrides
from domain.resources import ResourceId
from domain.words import OnConflict, OperationState
from tests.support.imports import SETTINGS, import_preview, import_request

WEB = ResourceId.of("apps/v1", "Deployment", "web")
_ANNOTATION = "kubectl.kubernetes.io/restartedAt"


def restarted_at(stage) -> str | None:
    template = stage.object("staging-1", "deployments", "web")["spec"]["template"]
    found = (template["metadata"].get("annotations") or {}).get(_ANNOTATION)
    return None if found is None else str(found)


async def changed_settings(stage, **more):
    """The application runs in Staging; then one of its settings is to change there."""
    await stage.import_to("Staging", await import_request(stage))
    overrides = Overrides(config_maps={"shop-settings": {"LOG_LEVEL": "trace"}})
    return await import_request(stage, SETTINGS, overrides=overrides, on_conflict=OnConflict.OVERWRITE, **more)


async def test_the_plan_names_who_goes_on_with_what_was_read_and_nothing_is_restarted(stage):
    request = await changed_settings(stage)
    plan = await import_preview(stage, request)
    told = [each for each in plan.all_problems if each.code == "reads-former-configuration"]
    assert WEB in [each.resource for each in told]
    await stage.import_to("Staging", request)
    assert restarted_at(stage) is None


async def test_where_it_is_asked_for_they_are_restarted_and_watched(stage):
    request = await changed_settings(stage, restart=True)
    [cluster] = (await import_preview(stage, request)).clusters
    assert WEB in cluster.restarts
    ended = await stage.import_to("Staging", request)
    assert ended.state is OperationState.SUCCEEDED
    at = ended.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert restarted_at(stage) == at
    assert WEB in [each.resource for each in ended.clusters[0].expected or ()]
