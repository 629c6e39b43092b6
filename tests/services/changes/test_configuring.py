import base64
import json

import pytest

from domain.problems import Severity
from domain.secret_text import SecretText
from domain.words import OnConflict, OperationState, Outcome
from services.changes.configuring import ConfigureRequest
from services.changes.errors import PlanBlockedError
from services.errors import InvalidRequestError
from services.planning.configuring.scaffold import (
    ConfigMapForm,
    ContainerForm,
    EnvironmentVariable,
    KeyReference,
    PortForm,
    ProbeForm,
    ResourcesForm,
    SecretForm,
    WorkloadForm,
    WorkloadKind,
)
from tests.support.actors import ANN

_IMAGE = "registry.practice.example/shop/web:1.0.0"
_WEB = WorkloadForm(
    name="web",
    replicas=2,
    containers=(
        ContainerForm(
            name="web",
            image=_IMAGE,
            ports=(PortForm(container_port=8080, service_port=80),),
            env=(
                EnvironmentVariable(name="MODE", config_map_key=KeyReference(name="settings", key="mode")),
                EnvironmentVariable(name="TOKEN", secret_key=KeyReference(name="keys", key="token")),
            ),
            resources=ResourcesForm(cpu_request="0.5", memory_limit="1Gi"),
            readiness=ProbeForm(http_path="/", port=8080),
        ),
    ),
)
_SETTINGS = ConfigMapForm(name="settings", data={"mode": "prod"})
_KEYS = SecretForm(name="keys", data={"token": SecretText("typed-canary")})
_MANIFESTS = """\
apiVersion: v1
kind: Secret
metadata:
  name: raw
  namespace: somewhere-else
stringData: {password: raw-canary}
data: {binary: //79}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {}, ingress: [{ports: [{port: 8080}]}]}
"""


def _request(stage, **changes):
    values = {"namespace": stage.namespace, "workloads": (_WEB,), "config_maps": (_SETTINGS,), "secrets": (_KEYS,)}
    return ConfigureRequest(**{**values, **changes})


async def _configure(stage, request, environment="Production"):
    started = await stage.configuring.start("shop", environment, request, actor=ANN)
    return await stage.end_of(started.id)


def _blocking(plan):
    return {p.code for p in plan.all_problems if p.severity is Severity.BLOCKS}


async def test_forms_and_manifests_fill_every_cluster_of_the_environment(stage):
    ended = await _configure(stage, _request(stage, manifests=_MANIFESTS))
    assert (ended.state, ended.message) == (OperationState.SUCCEEDED, ended.message)
    for cluster in ("prod-eu", "prod-us"):
        assert stage.object(cluster, "deployments", "web")["status"]["availableReplicas"] == 2
        assert stage.object(cluster, "services", "web")["spec"]["ports"][0]["targetPort"] == 8080
        assert stage.object(cluster, "networkpolicies", "closed") is not None
        assert base64.b64decode(stage.object(cluster, "secrets", "raw")["data"]["password"]) == b"raw-canary"


async def test_a_second_configure_changes_nothing(stage):
    every_kind = (
        _WEB,
        WorkloadForm(name="db", kind=WorkloadKind.STATEFUL_SET, containers=(ContainerForm(name="db", image=_IMAGE),)),
        WorkloadForm(name="agent", kind=WorkloadKind.DAEMON_SET, containers=(ContainerForm(name="a", image=_IMAGE),)),
        WorkloadForm(
            name="nightly",
            kind=WorkloadKind.CRON_JOB,
            schedule="0 3 * * *",
            containers=(ContainerForm(name="n", image=_IMAGE),),
        ),
    )
    request = _request(stage, workloads=every_kind, manifests=_MANIFESTS)
    await _configure(stage, request, "Staging")
    plan = await stage.configuring.preview("shop", "Staging", request, actor=ANN)
    assert [(r.resource.label, r.changes) for r in plan.clusters[0].resources if r.writes] == []
    assert plan.nothing_to_do


async def test_lost_work_is_planned_again_with_the_values_that_were_typed_in(stage):
    stage.engine.forgetful = True
    ended = await _configure(stage, _request(stage, manifests=_MANIFESTS), "Staging")
    assert [(each.outcome, each.detail) for each in ended.clusters] == [(Outcome.SUCCEEDED, None)]
    keys, raw = (stage.object("staging-1", "secrets", name)["data"] for name in ("keys", "raw"))
    assert base64.b64decode(keys["token"]) == b"typed-canary"
    assert raw["binary"] == "//79"


async def test_no_typed_in_value_is_in_rows_or_events(stage, raw):
    ended = await _configure(stage, _request(stage, manifests=_MANIFESTS), "Staging")
    seen = [repr(ended), *(repr(event) for event in await stage.events_of(ended.id))]
    for table in ("operations", "operation_clusters", "operation_events", "operation_secrets"):
        seen += [json.dumps(row, default=str) for row in await raw(f"SELECT * FROM {table}")]
    for canary in ("typed-canary", "raw-canary"):
        assert canary not in "\n".join(seen)
        assert base64.b64encode(canary.encode()).decode() not in "\n".join(seen)


async def test_the_app_environment_is_configured_afterwards(stage):
    await _configure(stage, _request(stage), "Staging")
    async with stage.database.read() as tx:
        place = await tx.app_environments.find("shop", "Staging")
    assert place.configured
    assert {each.kind.name for each in place.resources} == {"ConfigMap", "Deployment", "Secret", "Service"}


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        ({"kind": "Secret", "apiVersion": "v1", "type": "kubernetes.io/service-account-token"}, "not-copyable"),
        ({"kind": "Secret", "apiVersion": "v1", "type": "kubernetes.io/dockerconfigjson"}, "not-copyable"),
        ({"kind": "Namespace", "apiVersion": "v1"}, "not-copyable"),
        ({"kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1"}, "not-copyable"),
        ({"kind": "Unheard", "apiVersion": "nobody.example/v1"}, "missing-api-version"),
    ],
)
async def test_manifests_pass_the_same_checks_as_imports(stage, manifest, code):
    text = json.dumps({**manifest, "metadata": {"name": "sneaky"}})
    request = _request(stage, workloads=(), config_maps=(), secrets=(), manifests=text)
    assert _blocking(await stage.configuring.preview("shop", "Staging", request, actor=ANN)) == {code}
    with pytest.raises(PlanBlockedError):
        await stage.configuring.start("shop", "Staging", request, actor=ANN)


async def test_a_manifest_cannot_leave_the_namespace(stage):
    await _configure(stage, _request(stage, manifests=_MANIFESTS), "Staging")
    assert stage.object("staging-1", "secrets", "raw", "somewhere-else") is None


async def test_a_reference_to_a_missing_object_is_reported(stage):
    plan = await stage.configuring.preview("shop", "Staging", _request(stage, secrets=()), actor=ANN)
    assert _blocking(plan) == {"missing-reference"}


async def test_a_namespace_of_the_cluster_is_refused(stage):
    await stage.give("Staging", "kube-system")
    request = _request(stage, namespace="kube-system", on_conflict=OnConflict.OVERWRITE)
    assert "system-namespace" in _blocking(await stage.configuring.preview("shop", "Staging", request, actor=ANN))


async def test_what_a_server_refuses_in_a_dry_run_is_a_problem_with_its_field(stage):
    stage.plant("staging-1", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}})
    unknown = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "odd"}, "spec": {"unheardOf": 1}}
    request = _request(stage, workloads=(), manifests=json.dumps(unknown))
    plan = await stage.configuring.preview("shop", "Staging", request, actor=ANN)
    assert _blocking(plan) == {"cluster-invalid-object"}


@pytest.mark.parametrize("manifests", ["a: [", "kind: ConfigMap", "a: !!python/object:os.system x"])
async def test_manifests_that_cannot_be_read_are_refused_naming_the_field(stage, manifests):
    with pytest.raises(InvalidRequestError) as refused:
        await stage.configuring.preview("shop", "Staging", _request(stage, manifests=manifests), actor=ANN)
    assert refused.value.field == "manifests"


async def test_an_empty_request_is_refused(stage):
    with pytest.raises(InvalidRequestError):
        await stage.configuring.preview("shop", "Staging", ConfigureRequest(namespace=stage.namespace), actor=ANN)
