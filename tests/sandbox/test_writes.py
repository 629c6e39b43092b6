"""Creating, replacing, patching and deleting over HTTP."""

import pytest

from tests.support.sandbox_client import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    PODS,
    SECRETS,
    SERVICES,
    Client,
    causes,
    config_map,
    deployment,
    service,
)


async def test_a_generated_name_begins_as_asked(client: Client) -> None:
    made = await client.create(CONFIG_MAPS, {"metadata": {"generateName": "run-"}})
    assert made["metadata"]["name"].startswith("run-")
    assert len(made["metadata"]["name"]) == len("run-") + 5


async def test_a_dry_run_answers_as_if_and_stores_nothing(client: Client) -> None:
    status, answer = await client.send("POST", CONFIG_MAPS + "?dryRun=All", config_map())
    assert (status, answer["data"]) == (201, {"a": "1"})
    assert "resourceVersion" not in answer["metadata"]
    assert (await client.send("GET", CONFIG_MAPS + "/c"))[0] == 404


async def test_a_dry_run_has_to_say_all(client: Client) -> None:
    status, answer = await client.send("POST", CONFIG_MAPS + "?dryRun=yes", config_map())
    assert (status, causes(answer)) == (422, [("FieldValueNotSupported", "dryRun")])


async def test_an_update_that_changes_nothing_keeps_the_version(client: Client) -> None:
    made = await client.create(CONFIG_MAPS, config_map())
    status, again = await client.send("PUT", CONFIG_MAPS + "/c", config_map())
    assert (status, again["metadata"]["resourceVersion"]) == (200, made["metadata"]["resourceVersion"])


async def test_a_write_onto_another_uid_is_a_conflict(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    status, answer = await client.send("PUT", CONFIG_MAPS + "/c", config_map(uid="another"))
    assert (status, answer["reason"]) == (409, "Conflict")


async def test_unknown_fields_are_warned_of_and_left_out(client: Client) -> None:
    response = await client.respond("POST", CONFIG_MAPS, config_map() | {"dta": 1})
    async with response:
        assert response.headers["Warning"] == '299 - "unknown field \\"dta\\""'
        assert "dta" not in await response.json()


async def test_unknown_fields_are_ignored_on_request(client: Client) -> None:
    response = await client.respond("POST", CONFIG_MAPS + "?fieldValidation=Ignore", config_map() | {"dta": 1})
    async with response:
        assert (response.status, "Warning" in response.headers) == (201, False)


async def test_a_strict_patch_with_an_unknown_field_is_invalid(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    status, answer = await client.merge(DEPLOYMENTS + "/web?fieldValidation=Strict", {"spec": {"replica": 2}})
    assert (status, causes(answer)) == (422, [("FieldValueInvalid", "patch")])
    assert 'unknown field "spec.replica"' in answer["message"]


async def test_an_apply_of_something_new_has_to_name_it(client: Client) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}
    where = CONFIG_MAPS + "/c?fieldManager=one"
    status, answer = await client.send("PATCH", where, body, content_type="application/apply-patch+yaml")
    assert (status, answer["reason"]) == (400, "BadRequest")


async def test_an_apply_into_a_namespace_that_is_not_there_is_not_found(client: Client) -> None:
    status, answer = await client.apply("/api/v1/namespaces/none/configmaps", config_map(), query="&dryRun=All")
    assert (status, answer["details"]) == (404, {"name": "none", "kind": "namespaces"})


async def test_a_yaml_body_is_read(client: Client) -> None:
    body = b"metadata: {name: y}\ndata: {when: 2026-01-01, n: '3'}\n"
    status, answer = await client.send("POST", CONFIG_MAPS, body, content_type="application/yaml")
    assert (status, answer["data"]) == (201, {"when": "2026-01-01", "n": "3"})


async def test_yaml_aliases_are_refused(client: Client) -> None:
    body = b"metadata: {name: y}\ndata: {a: &a x, b: *a}\n"
    assert (await client.send("POST", CONFIG_MAPS, body, content_type="application/yaml"))[0] == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"'])
async def test_a_body_that_is_no_object_is_a_bad_request(client: Client, body: bytes) -> None:
    status, answer = await client.send("POST", CONFIG_MAPS, body)
    assert (status, answer["reason"]) == (400, "BadRequest")


async def test_a_body_of_four_megabytes_is_too_large(client: Client) -> None:
    status, answer = await client.send("POST", CONFIG_MAPS, b" " * 900_000 + b"x" * 2_500_000)
    assert (status, answer["reason"]) == (413, "RequestEntityTooLarge")


async def test_a_body_of_another_media_type_is_refused(client: Client) -> None:
    assert (await client.send("POST", CONFIG_MAPS, b"x", content_type="text/plain"))[0] == 415


async def test_another_kind_in_the_body_is_a_bad_request(client: Client) -> None:
    body = config_map() | {"kind": "Secret"}
    assert (await client.send("POST", CONFIG_MAPS, body))[0] == 400


async def test_another_namespace_in_the_body_is_a_bad_request(client: Client) -> None:
    assert (await client.send("POST", CONFIG_MAPS, config_map(namespace="other")))[0] == 400


async def test_an_object_with_a_finalizer_stays_until_it_is_taken_off(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map(finalizers=["example.com/hold"]))
    status, going = await client.send("DELETE", CONFIG_MAPS + "/c")
    assert (status, going["kind"], "deletionTimestamp" in going["metadata"]) == (200, "ConfigMap", True)
    await client.get(CONFIG_MAPS + "/c")
    await client.merge(CONFIG_MAPS + "/c", {"metadata": {"finalizers": None}})
    assert (await client.send("GET", CONFIG_MAPS + "/c"))[0] == 404


async def test_no_finalizer_is_added_to_what_is_going(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map(finalizers=["example.com/hold"]))
    await client.send("DELETE", CONFIG_MAPS + "/c")
    both = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    status, answer = await client.merge(CONFIG_MAPS + "/c", both)
    assert (status, causes(answer)) == (422, [("FieldValueForbidden", "metadata.finalizers")])


@pytest.mark.parametrize(("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
async def test_a_deletion_waits_for_the_dependents(client: Client, policy: str, finalizer: str) -> None:
    await client.create(DEPLOYMENTS, deployment())
    await client.send("DELETE", DEPLOYMENTS + f"/web?propagationPolicy={policy}")
    assert (await client.get(DEPLOYMENTS + "/web"))["metadata"]["finalizers"] == [finalizer]


async def test_a_collection_is_deleted_by_selector(client: Client) -> None:
    for name, team in (("a", "x"), ("b", "y"), ("c", "x")):
        await client.create(CONFIG_MAPS, config_map(name, labels={"team": team}))
    status, gone = await client.send("DELETE", CONFIG_MAPS + "?labelSelector=team%3Dx")
    assert (status, [o["metadata"]["name"] for o in gone["items"]]) == (200, ["a", "c"])
    assert [o["metadata"]["name"] for o in (await client.get(CONFIG_MAPS))["items"]] == ["b"]


async def test_a_pod_on_a_node_gets_time_to_stop(client: Client) -> None:
    spec = {"nodeName": "node-0", "containers": [{"name": "c", "image": "x"}]}
    await client.create(PODS, {"metadata": {"name": "p"}, "spec": spec})
    status, going = await client.send("DELETE", PODS + "/p")
    assert (status, going["metadata"]["deletionGracePeriodSeconds"]) == (200, 30)
    await client.send("DELETE", PODS + "/p?gracePeriodSeconds=0")
    assert (await client.send("GET", PODS + "/p"))[0] == 404


async def test_the_system_namespaces_stay(client: Client) -> None:
    assert (await client.send("DELETE", "/api/v1/namespaces/kube-system"))[0] == 403


async def test_a_status_is_only_written_at_its_own_place(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    await client.merge(DEPLOYMENTS + "/web", {"status": {"replicas": 9}})
    assert (await client.get(DEPLOYMENTS + "/web"))["status"] == {}
    status, changed = await client.merge(
        DEPLOYMENTS + "/web/status", {"status": {"replicas": 3}, "spec": {"replicas": 7}}
    )
    assert (status, changed["status"], changed["spec"]["replicas"]) == (200, {"replicas": 3}, 1)
    assert changed["metadata"]["generation"] == 1


async def test_scaling_changes_the_replicas_and_the_generation(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    status, scale = await client.merge(DEPLOYMENTS + "/web/scale", {"spec": {"replicas": 4}})
    assert (status, scale["kind"], scale["spec"]) == (200, "Scale", {"replicas": 4})
    changed = await client.get(DEPLOYMENTS + "/web")
    assert (changed["spec"]["replicas"], changed["metadata"]["generation"]) == (4, 2)
    assert {"manager": "Python", "subresource": "scale"}.items() <= changed["metadata"]["managedFields"][-1].items()


async def test_a_node_port_is_given_out_and_kept(client: Client) -> None:
    made = await client.create(SERVICES, service(type="NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    assert 30000 <= port <= 32767
    _, changed = await client.send(
        "PUT", SERVICES + "/web", service(type="NodePort", ports=[{"port": 80, "name": "h"}])
    )
    assert changed["spec"]["ports"][0]["nodePort"] == port
    assert changed["spec"]["clusterIP"] == made["spec"]["clusterIP"]


async def test_a_node_port_belongs_to_one_service(client: Client) -> None:
    ports = [{"port": 80, "nodePort": 30080}]
    await client.create(SERVICES, service(type="NodePort", ports=ports))
    status, answer = await client.send("POST", SERVICES, service("b", type="NodePort", ports=ports))
    assert (status, causes(answer)) == (422, [("FieldValueInvalid", "spec.ports[0].nodePort")])


async def test_a_headless_service_gets_no_address(client: Client) -> None:
    made = await client.create(SERVICES, service(clusterIP="None"))
    assert made["spec"]["clusterIPs"] == ["None"]


async def test_an_address_of_another_family_is_not_configured(client: Client) -> None:
    status, answer = await client.send("POST", SERVICES, service(ipFamilies=["IPv6"]))
    assert (status, causes(answer)) == (422, [("FieldValueInvalid", "spec.ipFamilies[0]")])


async def test_stringdata_is_written_and_never_read(client: Client) -> None:
    await client.create(SECRETS, {"metadata": {"name": "s"}, "stringData": {"a": "b"}})
    read = await client.get(SECRETS + "/s")
    assert (read["data"], "stringData" in read) == ({"a": "Yg=="}, False)


async def test_a_field_that_is_said_twice_is_refused_strictly(client: Client) -> None:
    body = b'{"metadata": {"name": "c"}, "data": {"a": "1", "a": "2"}}'
    status, answer = await client.send("POST", CONFIG_MAPS + "?fieldValidation=Strict", body)
    assert (status, answer["reason"]) == (400, "BadRequest")
    assert "duplicate field" in answer["message"]


async def test_an_unknown_policy_of_deletion_is_named(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    status, answer = await client.send("DELETE", CONFIG_MAPS + "/c?propagationPolicy=Slow")
    assert (status, causes(answer)) == (422, [("FieldValueNotSupported", "propagationPolicy")])


async def test_a_service_of_another_type_loses_what_only_the_former_needed(client: Client) -> None:
    await client.create(SERVICES, service(type="LoadBalancer"))
    _, changed = await client.merge(SERVICES + "/web", {"spec": {"type": "ClusterIP"}})
    assert "nodePort" not in changed["spec"]["ports"][0]
    assert not {"externalTrafficPolicy", "allocateLoadBalancerNodePorts"} & changed["spec"].keys()


async def test_a_service_that_becomes_a_name_gives_its_address_back(client: Client) -> None:
    await client.create(SERVICES, service())
    status, changed = await client.merge(
        SERVICES + "/web", {"spec": {"type": "ExternalName", "externalName": "shop.example"}}
    )
    assert (status, "clusterIP" in changed["spec"]) == (200, False)


async def test_a_load_balancer_for_local_traffic_gets_a_health_check_port_that_stays(client: Client) -> None:
    local = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    made = await client.create(SERVICES, service(**local))
    port = made["spec"]["healthCheckNodePort"]
    assert 30000 <= port < 32768
    _, kept = await client.send("PUT", f"{SERVICES}/{made['metadata']['name']}", service(**local))
    assert kept["spec"]["healthCheckNodePort"] == port
    other = service(**local, healthCheckNodePort=30000 if port != 30000 else 30001)
    status, refused = await client.send("PUT", f"{SERVICES}/{made['metadata']['name']}", other)
    assert (status, causes(refused)) == (422, [("FieldValueForbidden", "spec.healthCheckNodePort")])
    _, cluster = await client.send("PUT", f"{SERVICES}/{made['metadata']['name']}", service(type="LoadBalancer"))
    assert "healthCheckNodePort" not in cluster["spec"]


async def test_null_in_an_applied_custom_resource_is_stored(client: Client) -> None:
    await client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _things_definition())
    body = {
        "apiVersion": "shelf.example.test/v1",
        "kind": "Thing",
        "metadata": {"name": "t", "labels": None},
        "spec": {"a": None, "b": [{"c": None}]},
    }
    path = "/apis/shelf.example.test/v1/namespaces/n/things/t?fieldManager=x"
    _, made = await client.send("PATCH", path, body, content_type="application/apply-patch+yaml")
    assert made["spec"] == {"a": None, "b": [{"c": None}]}
    assert "labels" not in made["metadata"]


def _things_definition():
    spec = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "metadata": {"name": "things.shelf.example.test"},
        "spec": {
            "group": "shelf.example.test",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things", "singular": "thing"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
