"""Definitions, and the objects of the kinds that they define."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.support.sandbox_client import Client, causes

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CACHES = "/apis/shop.example/v1/namespaces/n/caches"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9},
                "mode": {"type": "string", "enum": ["fast", "safe"], "default": "safe"},
                "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
                "port": {"x-kubernetes-int-or-string": True},
                "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "parts": {
                    "type": "array",
                    "maxItems": 2,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                    },
                },
            },
        },
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    },
}


def _definition(**version: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "caches.shop.example"},
        "spec": {
            "group": "shop.example",
            "names": {"kind": "Cache", "plural": "caches", "shortNames": ["ca"]},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": SCHEMA},
                    "subresources": {"status": {}},
                    **version,
                }
            ],
        },
    }


@pytest.fixture
async def caches(client: Client) -> Client:
    await client.create(CRDS, _definition())
    return client


def _cache(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "shop.example/v1", "kind": "Cache", "metadata": {"name": "c"}, "spec": {"size": 3, **spec}}


async def test_a_definition_becomes_established(caches: Client) -> None:
    conditions = (await caches.get(CRDS + "/caches.shop.example"))["status"]["conditions"]
    assert {c["type"]: c["status"] for c in conditions} == {"NamesAccepted": "True", "Established": "True"}


async def test_defaults_of_the_schema_are_filled_in(caches: Client) -> None:
    assert (await caches.create(CACHES, _cache()))["spec"] == {"size": 3, "mode": "safe"}


async def test_what_the_schema_does_not_know_is_pruned(caches: Client) -> None:
    made = await caches.create(CACHES, _cache(unknown=1, extra={"kept": True}))
    assert (made["spec"].get("unknown"), made["spec"]["extra"]) == (None, {"kept": True})


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"size": 10}, ("FieldValueInvalid", "spec.size")),
        ({"mode": "odd"}, ("FieldValueNotSupported", "spec.mode")),
        ({"name": "A1"}, ("FieldValueInvalid", "spec.name")),
        ({"name": "abcdef"}, ("FieldValueTooLong", "spec.name")),
        ({"size": "three"}, ("FieldValueTypeInvalid", "spec.size")),
        ({"parts": "none"}, ("FieldValueTypeInvalid", "spec.parts")),
        ({"parts": ["none"]}, ("FieldValueTypeInvalid", "spec.parts[0]")),
        ({"parts": [{"name": "a"}, {"name": "a"}]}, ("FieldValueDuplicate", "spec.parts[1]")),
        ({"parts": [{"name": n} for n in "abc"]}, ("FieldValueTooMany", "spec.parts")),
    ],
)
async def test_the_schema_holds(caches: Client, spec: dict[str, Any], cause: tuple[str, str]) -> None:
    status, answer = await caches.send("POST", CACHES, _cache(**spec))
    assert (status, causes(answer)) == (422, [cause])


async def test_what_is_required_is_missed(caches: Client) -> None:
    status, answer = await caches.send("POST", CACHES, _cache() | {"spec": {}})
    assert (status, causes(answer)) == (422, [("FieldValueRequired", "spec.size")])


async def test_a_number_or_a_text_may_stand_for_a_port(caches: Client) -> None:
    assert (await caches.create(CACHES, _cache(port="http")))["spec"]["port"] == "http"


async def test_lists_with_keys_merge_under_apply(caches: Client) -> None:
    await caches.apply(CACHES, _cache(parts=[{"name": "a", "value": "1"}]))
    other = {"apiVersion": "shop.example/v1", "kind": "Cache", "metadata": {"name": "c"}}
    status, merged = await caches.apply(CACHES, other | {"spec": {"parts": [{"name": "b"}]}}, manager="two")
    assert (status, [p["name"] for p in merged["spec"]["parts"]]) == (200, ["a", "b"])


async def test_the_status_is_written_at_its_own_place(caches: Client) -> None:
    await caches.create(CACHES, _cache() | {"status": {"ready": True}})
    assert "status" not in await caches.get(CACHES + "/c")
    _, changed = await caches.merge(CACHES + "/c/status", {"status": {"ready": True}})
    assert (changed["status"], changed["metadata"]["generation"]) == ({"ready": True}, 1)


async def test_objects_go_with_their_definition(caches: Client) -> None:
    await caches.create(CACHES, _cache())
    await caches.send("DELETE", CRDS + "/caches.shop.example")
    assert (await caches.send("GET", CACHES + "/c"))[0] == 404
    assert "shop.example" not in [g["name"] for g in (await caches.get("/apis"))["groups"]]


async def test_a_watch_ends_with_the_definition_of_its_kind(caches: Client) -> None:
    await caches.create(CACHES, _cache())
    async with await caches.respond("GET", CACHES + "?watch=1&timeoutSeconds=60") as events:
        await caches.send("DELETE", CRDS + "/caches.shop.example")
        lines = (await asyncio.wait_for(events.read(), timeout=30)).splitlines()
    assert [orjson.loads(each)["type"] for each in lines] == ["ADDED", "DELETED"]


async def test_columns_of_the_definition_are_shown(client: Client) -> None:
    await client.create(
        CRDS, _definition(additionalPrinterColumns=[{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}])
    )
    await client.create(CACHES, _cache())
    table = await client.get(CACHES, Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert table["rows"][0]["cells"] == ["c", 3]


async def test_several_versions_serve_the_same_objects(client: Client) -> None:
    definition = _definition()
    older = definition["spec"]["versions"][0] | {"name": "v1beta1", "storage": False}
    definition["spec"]["versions"].append(older)
    await client.create(CRDS, definition)
    await client.create(CACHES, _cache())
    read = await client.get(CACHES.replace("/v1/", "/v1beta1/") + "/c")
    assert (read["apiVersion"], read["spec"]["size"]) == ("shop.example/v1beta1", 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metadata": {"name": "others.shop.example"}}, "metadata.name"),
        ({"spec": _definition()["spec"] | {"scope": "Everywhere"}}, "spec.scope"),
        ({"spec": _definition()["spec"] | {"versions": []}}, "spec.versions"),
    ],
)
async def test_a_definition_that_does_not_hold_together_is_refused(
    client: Client, change: dict[str, Any], field: str
) -> None:
    status, answer = await client.send("POST", CRDS, _definition() | change)
    assert (status, causes(answer)[0][1]) == (422, field)


async def test_a_custom_kind_has_to_be_said(caches: Client) -> None:
    status, answer = await caches.send("POST", CACHES, {"metadata": {"name": "c"}, "spec": {"size": 1}})
    assert (status, answer["reason"]) == (400, "BadRequest")


async def test_a_deleted_definition_is_answered_waiting_for_its_instances(caches: Client) -> None:
    _, answer = await caches.send("DELETE", CRDS + "/caches.shop.example")
    assert answer["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    assert (await caches.send("GET", CACHES))[0] == 404


def _gadgets(**schema: Any) -> dict[str, Any]:
    spec = {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer", "minimum": 1},
            "mode": {"type": "string", "default": "a"},
            "when": {"type": "string", "format": "date-time"},
            "port": {"x-kubernetes-int-or-string": True},
        },
    }
    status = {"type": "object", "properties": {"ready": {"type": "boolean"}, "count": {"type": "integer"}}}
    whole = {"type": "object", "properties": {"spec": spec, "status": status}} | schema
    paths = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.count"}
    return {
        "metadata": {"name": "gadgets.g.example"},
        "spec": {
            "group": "g.example",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "kind": "Gadget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": whole},
                    "subresources": {"status": {}, "scale": paths},
                }
            ],
        },
    }


_GADGETS = "/apis/g.example/v1/namespaces/n/gadgets"


def _gadget(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "g.example/v1", "kind": "Gadget", "metadata": {"name": "x"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"size": None}, [("FieldValueTypeInvalid", "spec.size")]),
        ({"size": 1, "when": "soon"}, [("FieldValueTypeInvalid", "spec.when")]),
        ({"size": 1, "port": True}, [("FieldValueTypeInvalid", "spec.port")]),
        ({}, [("FieldValueRequired", "spec.size")]),
    ],
)
async def test_nulls_formats_and_ports_of_a_custom_object_are_checked(
    client: Client, spec: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    await client.create(CRDS, _gadgets())

    status, answer = await client.send("POST", _GADGETS, _gadget(**spec))

    assert (status, causes(answer)) == (422, found)


async def test_a_null_gives_way_to_a_default(client: Client) -> None:
    await client.create(CRDS, _gadgets())

    made = await client.create(_GADGETS, _gadget(size=1, mode=None))

    assert made["spec"] == {"size": 1, "mode": "a"}


async def test_the_status_of_a_custom_object_has_to_fit_its_schema(client: Client) -> None:
    await client.create(CRDS, _gadgets())
    await client.create(_GADGETS, _gadget(size=1))

    status, answer = await client.merge(f"{_GADGETS}/x/status", {"status": {"ready": "yes"}})

    assert (status, causes(answer)) == (422, [("FieldValueTypeInvalid", "status.ready")])


async def test_the_scale_of_a_custom_object_is_where_its_definition_says(client: Client) -> None:
    await client.create(CRDS, _gadgets())
    await client.create(_GADGETS, _gadget(size=3))
    await client.merge(f"{_GADGETS}/x/status", {"status": {"count": 2}})

    read = await client.get(f"{_GADGETS}/x/scale")
    status, written = await client.merge(f"{_GADGETS}/x/scale", {"spec": {"replicas": 5}})

    assert (read["spec"], read["status"]) == ({"replicas": 3}, {"replicas": 2})
    assert (status, written["spec"]) == (200, {"replicas": 5})
    assert (await client.get(f"{_GADGETS}/x"))["spec"]["size"] == 5


_AT = "spec.validation.openAPIV3Schema"


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({"type": "string"}, [("FieldValueInvalid", f"{_AT}.type")]),
        ({"properties": {"spec": {"properties": {}}}}, [("FieldValueRequired", f"{_AT}.properties[spec].type")]),
        ({"properties": {"spec": {"type": "text"}}}, [("FieldValueNotSupported", f"{_AT}.properties[spec].type")]),
        ({"properties": {"spec": {"type": "array"}}}, [("FieldValueRequired", f"{_AT}.properties[spec].items")]),
    ],
)
async def test_a_definition_without_a_structural_schema_is_refused(
    client: Client, schema: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    status, answer = await client.send("POST", CRDS, _gadgets(**schema))

    assert (status, causes(answer)) == (422, found)


async def test_a_definition_in_a_group_of_kubernetes_needs_its_approval(client: Client) -> None:
    definition = _gadgets()
    definition["metadata"]["name"], definition["spec"]["group"] = "gadgets.x.k8s.io", "x.k8s.io"

    status, answer = await client.send("POST", CRDS, definition)

    assert (status, causes(answer)) == (
        422,
        [("FieldValueRequired", "metadata.annotations[api-approved.kubernetes.io]")],
    )


def _ruled(rule: str, **more: str) -> dict[str, Any]:
    spec = {
        "type": "object",
        "properties": {
            "size": {"type": "integer"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
        "x-kubernetes-validations": [{"rule": rule, "message": "no", **more}],
    }
    return _gadgets(properties={"spec": spec})


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("self.size < 5 && self.size > 0", {"size": 1}, {"size": 7}),
        ("!has(self.size) || self.size % 2 == 0", {}, {"size": 3}),
        ("self.size in [1, 2]", {"size": 2}, {"size": 3}),
        ("size(self.names) == self.size", {"size": 1, "names": ["a"]}, {"size": 2, "names": ["a"]}),
        ("self.names.all(n, n.startsWith('a'))", {"names": ["ab"]}, {"names": ["ab", "b"]}),
        ("self.names.exists(n, n.matches('^b+$'))", {"names": ["a", "bb"]}, {"names": ["a"]}),
        ("self.size == 1 || self.names.contains('x')", {"size": 1}, {"size": 2, "names": ["y"]}),
    ],
)
async def test_a_rule_of_a_definition_is_held(
    client: Client, rule: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    await client.create(CRDS, _ruled(rule))

    refused = await client.send("POST", _GADGETS, _gadget(**bad))
    made = await client.send("POST", _GADGETS, _gadget(**good))

    assert (refused[0], causes(refused[1])) == (422, [("FieldValueInvalid", "spec")])
    assert made[0] == 201


async def test_a_rule_about_a_change_is_asked_of_changes_alone(client: Client) -> None:
    await client.create(CRDS, _ruled("self.size == oldSelf.size", reason="FieldValueForbidden", fieldPath=".size"))
    await client.create(_GADGETS, _gadget(size=1))

    status, answer = await client.merge(f"{_GADGETS}/x", {"spec": {"size": 2}})
    same, _ = await client.merge(f"{_GADGETS}/x", {"spec": {"names": ["a"]}})

    assert (status, causes(answer), same) == (422, [("FieldValueForbidden", "spec.size")], 200)


async def test_a_rule_that_is_not_understood_is_not_judged(client: Client) -> None:
    await client.create(CRDS, _ruled("self.size > 1 ? true : false"))

    assert (await client.send("POST", _GADGETS, _gadget(size=1)))[0] == 201
