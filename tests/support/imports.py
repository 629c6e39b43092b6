"""Imports of the example application, or of some of its resources."""

from domain.overrides import Overrides
from domain.problems import Severity
from domain.resources import ResourceId
from services.changes.importing import ImportRequest
from tests.support.actors import ANN
from tests.support.copy_stage import CopyStage

SETTINGS = ResourceId.of("v1", "ConfigMap", "shop-settings")
DATABASE = ResourceId.of("v1", "Secret", "shop-database")
LOGIN_CONSENT = ("registry-credentials",)


async def import_request(stage: CopyStage, *resources: ResourceId, **changes) -> ImportRequest:
    """These resources of Development, or everything."""
    await stage.adopted()
    # Tests share the clusters, and no two namespaces may serve the same host.
    hosts = {} if resources else {"shop.dev.example": f"{stage.namespace}.example"}
    values = {
        "source_environment": "Development",
        "namespace": stage.namespace,
        "resources": resources or await stage.everything(LOGIN_CONSENT),
        "overrides": Overrides(allow=LOGIN_CONSENT, ingress_hosts=hosts),
    }
    return ImportRequest(**{**values, **changes})


async def import_preview(stage: CopyStage, request: ImportRequest, environment: str = "Staging"):
    return await stage.importing.preview("shop", environment, request, actor=ANN)


def blocking(plan):
    return [(p.cluster, p.code) for p in plan.all_problems if p.severity is Severity.BLOCKS]


def config_map(name="shop-settings", **body):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **body}


def hold(stage, release):
    """No operation starts until `release` is set."""
    step = stage.engine.step

    async def held(name, call, *arguments):
        await release.wait()
        return await step(name, call, *arguments)

    stage.engine.step = held
