"""What a patch may ask for, and how its outcome is refused, over HTTP."""

from typing import Any

import pytest

from tests.support.sandbox_client import CONFIG_MAPS, DEPLOYMENTS, Client, causes, config_map, deployment

JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
SCALE = f"{DEPLOYMENTS}/web/scale"


@pytest.mark.parametrize(
    ("patch", "kind"),
    [
        ({"data": "x"}, MERGE),
        ({"data": {"n": 1}}, STRATEGIC),
        ([{"op": "add", "path": "/data/n", "value": 1}], JSON_PATCH),
        ({"kind": "Secret"}, MERGE),
    ],
)
async def test_an_outcome_that_is_unreadable_is_an_invalid_patch_of_nothing(
    client: Client, patch: Any, kind: str
) -> None:
    await client.create(CONFIG_MAPS, config_map())
    status, answer = await client.send("PATCH", CONFIG_MAPS + "/c", patch, content_type=kind)
    assert (status, causes(answer)) == (422, [("FieldValueInvalid", "patch")])
    assert not {"name", "kind"} & answer["details"].keys()


@pytest.mark.parametrize("patch", [{"metadata": {"name": "d"}}, {"metadata": {"name": None}}])
async def test_a_patch_does_not_rename(client: Client, patch: Any) -> None:
    await client.create(CONFIG_MAPS, config_map())
    assert (await client.merge(CONFIG_MAPS + "/c", patch))[0] == 400


async def test_a_patch_does_not_move_to_another_namespace(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    assert (await client.merge(CONFIG_MAPS + "/c", {"metadata": {"namespace": "other"}}))[0] == 400


async def test_a_patch_does_not_change_the_uid(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    status, answer = await client.merge(CONFIG_MAPS + "/c", {"metadata": {"uid": "other"}})
    assert (status, causes(answer)) == (422, [("FieldValueInvalid", "metadata.uid")])


async def test_an_apply_that_names_a_uid_creates_nothing(client: Client) -> None:
    status, answer = await client.apply(CONFIG_MAPS, {"apiVersion": "v1", "kind": "ConfigMap"} | config_map(uid="u"))
    assert (status, answer["reason"]) == (409, "Conflict")


async def test_a_replacement_creates_leases_and_not_config_maps(client: Client) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/n/leases/l"
    assert (await client.send("PUT", leases, {"metadata": {"name": "l"}}))[0] == 201
    assert (await client.send("PUT", CONFIG_MAPS + "/c", config_map()))[0] == 404


async def test_leases_are_replaced_by_their_version_only(client: Client) -> None:
    leases = "/apis/coordination.k8s.io/v1/namespaces/n/leases/l"
    await client.send("PUT", leases, {"metadata": {"name": "l"}})
    status, answer = await client.send("PUT", leases, {"metadata": {"name": "l"}})
    assert (status, causes(answer)) == (422, [("FieldValueInvalid", "metadata.resourceVersion")])
    assert answer["details"]["kind"] == "leases"


async def test_nothing_is_recorded_of_updates_to_what_has_no_managers(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    await client.merge(CONFIG_MAPS + "/c", {"metadata": {"managedFields": [{}]}})
    _, changed = await client.merge(CONFIG_MAPS + "/c", {"data": {"a": "2"}})
    assert "managedFields" not in changed["metadata"]


async def test_an_applied_scale_owns_the_replicas(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 3}}
    query = "?fieldManager=scaler&force=true"
    status, _ = await client.send("PATCH", SCALE + query, scale, content_type="application/apply-patch+yaml")
    web = await client.get(DEPLOYMENTS + "/web")
    mine = [m for m in web["metadata"]["managedFields"] if m["manager"] == "scaler"]
    assert (status, web["spec"]["replicas"]) == (200, 3)
    assert [(m["operation"], m["subresource"], m["fieldsV1"]) for m in mine] == [
        ("Apply", "scale", {"f:spec": {"f:replicas": {}}})
    ]


async def test_a_negative_scale_is_an_invalid_scale(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    status, answer = await client.merge(SCALE, {"spec": {"replicas": -1}})
    assert (status, answer["details"]["kind"], causes(answer)) == (
        422,
        "Scale",
        [("FieldValueInvalid", "spec.replicas")],
    )


async def test_the_scale_of_another_workload_is_refused(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    assert (await client.send("PUT", SCALE, {"metadata": {"name": "other"}, "spec": {"replicas": 1}}))[0] == 400
