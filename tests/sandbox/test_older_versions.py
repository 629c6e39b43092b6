"""Autoscalers in autoscaling/v1 beside autoscaling/v2: one object, two forms."""

from typing import Any

import orjson

from tests.support.sandbox_client import Client, causes

V1 = "/apis/autoscaling/v1/namespaces/n/horizontalpodautoscalers"
V2 = "/apis/autoscaling/v2/namespaces/n/horizontalpodautoscalers"
METRICS = "autoscaling.alpha.kubernetes.io/metrics"
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
PERCENTAGE = "targetCPUUtilizationPercentage"


def _v1(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, **spec},
    }


def _cpu(percentage: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percentage}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


async def test_what_is_made_in_one_version_is_read_in_the_other(client: Client) -> None:
    made = await client.create(V1, _v1(**{PERCENTAGE: 70}))

    read = await client.get(f"{V2}/web")
    listed = await client.get(V1)

    assert (made["apiVersion"], made["spec"][PERCENTAGE]) == ("autoscaling/v1", 70)
    assert made["status"] == {"currentReplicas": 0, "desiredReplicas": 0}
    assert (read["apiVersion"], read["spec"]["metrics"]) == ("autoscaling/v2", [_cpu(70)])
    assert listed["items"][0]["spec"] == {**_v1(minReplicas=1)["spec"], PERCENTAGE: 70}


async def test_without_a_target_eighty_percent_of_the_cpu_is_aimed_at(client: Client) -> None:
    made = await client.create(V1, _v1())

    assert made["spec"][PERCENTAGE] == 80


async def test_what_the_older_version_does_not_know_survives_a_change_through_it(client: Client) -> None:
    memory = {
        "type": "Resource",
        "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "9"}},
    }
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    newer = _v1(metrics=[_cpu(50), memory], behavior=behavior) | {"apiVersion": "autoscaling/v2"}
    await client.create(V2, newer)

    shown = await client.get(f"{V1}/web")
    status, _ = await client.merge(f"{V1}/web", {"spec": {"maxReplicas": 9}})
    after = await client.get(f"{V2}/web")

    noted = orjson.loads(shown["metadata"]["annotations"][METRICS])
    assert noted == [{"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "9"}}]
    assert (status, after["spec"]["maxReplicas"]) == (200, 9)
    assert after["spec"]["metrics"] == [_cpu(50), memory]
    assert after["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 60
    assert METRICS not in (after["metadata"].get("annotations") or {})


async def test_an_apply_and_a_replacement_go_through_the_older_version(client: Client) -> None:
    status, made = await client.apply(V1, _v1(**{PERCENTAGE: 60}))
    replaced = await client.send("PUT", f"{V1}/web", _v1(**{PERCENTAGE: 65}))
    again = await client.apply(V1, _v1(**{PERCENTAGE: 60}))

    assert (status, made["spec"][PERCENTAGE]) == (201, 60)
    assert (replaced[0], replaced[1]["spec"][PERCENTAGE]) == (200, 65)
    assert again[0] == 409


async def test_a_body_of_the_newer_version_is_refused_by_the_older(client: Client) -> None:
    status, _ = await client.send("POST", V1, _v1() | {"apiVersion": "autoscaling/v2"})
    invalid = await client.send("POST", V1, _v1(maxReplicas=0))

    assert status == 400
    assert (invalid[0], causes(invalid[1])) == (422, [("FieldValueInvalid", "spec.maxReplicas")])


async def test_both_versions_are_discovered_and_the_newer_is_preferred(client: Client) -> None:
    group = await client.get("/apis/autoscaling")
    older = await client.get("/apis/autoscaling/v1")

    assert [v["version"] for v in group["versions"]] == ["v2", "v1"]
    assert group["preferredVersion"]["version"] == "v2"
    assert "horizontalpodautoscalers" in {r["name"] for r in older["resources"]}


async def test_a_table_of_the_older_version_has_the_columns_of_the_newer(client: Client) -> None:
    await client.create(V1, _v1(**{PERCENTAGE: 70}))

    older, newer = [
        await client.get(f"{path}/web", Accept="application/json;as=Table;g=meta.k8s.io;v=v1") for path in (V1, V2)
    ]

    assert [row["cells"][:5] for row in older["rows"]] == [row["cells"][:5] for row in newer["rows"]]
