import pytest

from domain.resources import Kind, Manifest, ResourceId
from domain.words import OperationKind
from services.changes import adopting
from services.changes.adopting import AdoptRequest
from services.changes.errors import PlanBlockedError
from services.errors import (
    AlreadyConfiguredError,
    InvalidRequestError,
    NamespaceNotGivenError,
    NotConfiguredError,
    NotFoundError,
)
from services.reading import namespace_contents as resources
from services.reading.namespace_reader import Contents
from tests.support.actors import ANN
from tests.support.copy_stage import EXAMPLE_NAMESPACE

_WEB = ResourceId.of("apps/v1", "Deployment", "web")


async def _place(stage, environment="Development"):
    async with stage.database.read() as tx:
        return await tx.app_environments.find("shop", environment)


async def test_adopting_takes_all_resources_of_the_application_and_changes_none(stage):
    before = stage.writes("dev-1")
    adopted = await stage.adopting.adopt("shop", "Development", AdoptRequest(namespace=EXAMPLE_NAMESPACE), actor=ANN)
    assert adopted.configured
    assert adopted.namespace == EXAMPLE_NAMESPACE
    kinds = {each.kind.name for each in adopted.resources}
    assert kinds >= {"Deployment", "StatefulSet", "CronJob", "ConfigMap", "Secret", "Service", "Ingress", "Storefront"}
    assert not kinds & {"Pod", "ReplicaSet", "Event", "PersistentVolumeClaim"}
    assert stage.writes("dev-1") == before


async def test_what_runs_is_the_first_release_with_the_digests_of_its_pods(stage):
    await stage.adopted()
    async with stage.database.read() as tx:
        (release,) = (await tx.releases.list((await _place(stage)).id, limit=5)).items
    assert (release.number, release.kind, release.clusters) == (1, OperationKind.ADOPT, ("dev-1",))
    web = next(i for i in release.images if (i.workload.name, i.container) == ("web", "web"))
    assert web.image.digest is not None


async def test_a_label_selector_that_cannot_be_read_is_the_requests_fault(stage):
    request = AdoptRequest(namespace=EXAMPLE_NAMESPACE, label_selector="app in (((")
    with pytest.raises(InvalidRequestError) as refused:
        await stage.adopting.adopt("shop", "Development", request, actor=ANN)
    assert refused.value.field == "label_selector"


async def test_only_resources_that_match_the_labels_are_adopted(stage):
    stage.plant("dev-1", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"mine": "1"}}})
    stage.plant("dev-1", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}})
    request = AdoptRequest(namespace=stage.namespace, label_selector="mine=1")
    adopted = await stage.adopting.adopt("shop", "Development", request, actor=ANN)
    assert [each.name for each in adopted.resources] == ["a"]


async def test_only_named_resources_are_adopted(stage):
    request = AdoptRequest(namespace=EXAMPLE_NAMESPACE, resources=(_WEB,))
    adopted = await stage.adopting.adopt("shop", "Development", request, actor=ANN)
    assert [each.name for each in adopted.resources] == ["web"]


async def test_a_preview_gives_what_is_left_out_with_the_reason_and_stores_nothing(stage):
    plan = await stage.adopting.preview("shop", "Development", AdoptRequest(namespace=EXAMPLE_NAMESPACE), actor=ANN)
    assert {each.resource.name for each in plan.resources if not each.adopted} >= {"default"}
    assert not (await _place(stage)).configured


@pytest.mark.parametrize(
    "request_",
    [
        AdoptRequest(namespace="nothing-here"),
        AdoptRequest(namespace="kube-system"),
        AdoptRequest(namespace=EXAMPLE_NAMESPACE, resources=(ResourceId.of("v1", "Secret", "nothing"),)),
    ],
)
async def test_what_cannot_be_adopted_is_refused_and_nothing_is_stored(stage, request_):
    await stage.give("Development", "kube-system")
    with pytest.raises(PlanBlockedError):
        await stage.adopting.adopt("shop", "Development", request_, actor=ANN)
    assert not (await _place(stage)).configured


async def test_a_namespace_that_was_not_given_is_not_adopted_whoever_asks(stage):
    for preview_or_adopt in (stage.adopting.preview, stage.adopting.adopt):
        with pytest.raises(NamespaceNotGivenError):
            await preview_or_adopt("shop", "Development", AdoptRequest(namespace="kube-system"), actor=ANN)


async def test_an_application_is_not_adopted_in_another_namespace(stage):
    await stage.adopted()
    with pytest.raises(AlreadyConfiguredError):
        await stage.adopting.preview("shop", "Development", AdoptRequest(namespace="elsewhere"), actor=ANN)


async def test_a_cluster_that_is_down_is_reported_and_the_others_are_adopted(stage):
    for cluster in ("prod-eu", "prod-us"):
        stage.plant(cluster, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    stage.sandbox.cut_off("prod-us")
    request = AdoptRequest(namespace=stage.namespace)
    plan = await stage.adopting.preview("shop", "Production", request, actor=ANN)
    assert [(p.code, p.cluster) for p in plan.problems] == [("cluster-unreachable", "prod-us")]
    adopted = await stage.adopting.adopt("shop", "Production", request, actor=ANN)
    assert [each.name for each in adopted.resources] == ["a"]


async def test_an_environment_that_is_down_altogether_cannot_be_adopted(stage):
    stage.sandbox.cut_off("staging-1")
    with pytest.raises(PlanBlockedError):
        await stage.adopting.adopt("shop", "Staging", AdoptRequest(namespace=stage.namespace), actor=ANN)


async def test_an_unknown_application_is_not_found(stage):
    with pytest.raises(NotFoundError):
        await stage.adopting.preview("nothing", "Development", AdoptRequest(namespace="a"), actor=ANN)


async def test_resources_are_listed_with_their_references_and_their_preselection(stage):
    await stage.adopted()
    found = {resource.resource.label: resource for resource in await stage.offered()}
    web = found["Deployment web"]
    assert web.selected
    assert web.belongs
    assert {edge.resource.label for edge in web.refers_to if edge.required} >= {"ConfigMap shop-settings"}
    assert found["Secret registry-login"].consent == "registry-credentials"
    assert not found["ConfigMap kube-root-ca.crt"].copyable
    assert "PersistentVolumeClaim data-db-0" not in found


async def test_an_app_environment_without_a_namespace_has_no_resources_to_list(stage):
    with pytest.raises(NotConfiguredError):
        await stage.browser.read("shop", "Staging", actor=ANN)


async def test_kinds_that_could_not_be_listed_are_reported(stage, monkeypatch):
    async def partly(*_, **__):
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
        return Contents(manifests=(Manifest(config_map),), unread=(Kind(group="", version="v1", name="Secret"),))

    monkeypatch.setattr(adopting, "read_namespace", partly)
    plan = await stage.adopting.preview("shop", "Development", AdoptRequest(namespace="shop"), actor=ANN)
    assert [(problem.code, problem.cluster) for problem in plan.problems] == [("kinds-unread", "dev-1")]
    assert "Secret" in plan.problems[0].detail
    assert not plan.blocked


async def test_resources_are_listed_with_the_kinds_that_could_not_be_read(stage, monkeypatch):
    await stage.adopted()

    async def partly(*_, **__):
        campaign = Kind(group="shop.example", version="v1", name="Campaign")
        return Contents(manifests=(), unread=(Kind(group="", version="v1", name="Secret"), campaign))

    monkeypatch.setattr(resources, "read_namespace", partly)
    contents = await stage.browser.read("shop", "Development", actor=ANN)
    assert (contents.items, contents.unread) == ((), ("Campaign.shop.example", "Secret"))


async def test_a_namespace_that_another_app_environment_has_is_told_before(stage):
    request = AdoptRequest(namespace=EXAMPLE_NAMESPACE, resources=(_WEB,))
    assert (await stage.adopting.preview("shop", "Development", request, actor=ANN)).problems == ()
    await stage.adopted()
    async with stage.database.begin() as tx:
        await tx.applications.add(name="blog")
    (told,) = (await stage.adopting.preview("blog", "Development", request, actor=ANN)).problems
    assert (told.code, told.cluster, told.field, told.blocks) == ("namespace-shared", "dev-1", "namespace", False)
    assert "shop in Development" in told.detail
    again = await stage.adopting.preview("shop", "Development", request, actor=ANN)
    assert again.problems == ()  # its own
