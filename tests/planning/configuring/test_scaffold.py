import base64

import pytest

from domain.secret_text import SecretText
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
    scaffold,
)
from services.planning.objects.owners import owner_of

_CONTAINER = ContainerForm(name="web", image="web:1")


def _workload(*containers, **form):
    manifests = scaffold("shop", workloads=(WorkloadForm(name="web", containers=containers or (_CONTAINER,), **form),))
    return manifests[0]


def _pod(manifest):
    return manifest.spec["template"]["spec"]


def _container(**form):
    return _pod(_workload(ContainerForm(name="web", image="web:1", **form)))["containers"][0]


def test_a_deployment_selects_its_own_pods():
    web = _workload(replicas=3)
    assert (web.kind.api_version, web.kind.name, web.spec["replicas"]) == ("apps/v1", "Deployment", 3)
    selector = web.spec["selector"]["matchLabels"]
    assert selector.items() <= web.spec["template"]["metadata"]["labels"].items()


def test_labels_name_application_and_part_and_mark_no_other_owner():
    web = _workload()
    assert web.labels == {"app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop"}
    assert owner_of(web) is None


def test_a_stateful_set_has_a_headless_service_where_it_offers_no_port():
    found = scaffold(
        "shop", workloads=(WorkloadForm(name="db", kind=WorkloadKind.STATEFUL_SET, containers=(_CONTAINER,)),)
    )
    assert found[0].spec["serviceName"] == "db"
    assert (found[1].kind.name, found[1].name, found[1].spec["clusterIP"]) == ("Service", "db", "None")


def test_a_daemon_set_has_no_replicas():
    assert "replicas" not in _workload(kind=WorkloadKind.DAEMON_SET, replicas=3).spec


def test_a_cron_job_has_a_schedule_and_pods_that_end():
    job = _workload(kind=WorkloadKind.CRON_JOB, schedule="0 3 * * *")
    assert job.kind.api_version == "batch/v1"
    assert job.spec["schedule"] == "0 3 * * *"
    assert job.spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"


def test_only_a_cron_job_has_a_schedule():
    with pytest.raises(ValueError, match="schedule"):
        WorkloadForm(name="web", containers=(_CONTAINER,), schedule="0 3 * * *")
    with pytest.raises(ValueError, match="schedule"):
        WorkloadForm(name="web", kind=WorkloadKind.CRON_JOB, containers=(_CONTAINER,))


def test_a_workload_needs_a_container_that_stays():
    with pytest.raises(ValueError, match="init"):
        WorkloadForm(name="web", containers=(ContainerForm(name="prepare", image="x", init=True),))


def test_init_containers_have_a_list_of_their_own():
    pod = _pod(_workload(ContainerForm(name="prepare", image="prepare:1", init=True), _CONTAINER))
    assert [c["name"] for c in pod["initContainers"]] == ["prepare"]
    assert [c["name"] for c in pod["containers"]] == ["web"]


def test_the_pod_gets_its_account_grace_and_node_selector():
    pod = _pod(_workload(service_account="runner", grace_seconds=30, node_selector={"disk": "fast"}))
    assert pod["serviceAccountName"] == "runner"
    assert pod["terminationGracePeriodSeconds"] == 30
    assert pod["nodeSelector"] == {"disk": "fast"}


def test_variables_come_from_texts_config_maps_and_secrets():
    env = (
        EnvironmentVariable(name="A", value=""),
        EnvironmentVariable(name="B", config_map_key=KeyReference(name="settings", key="mode")),
        EnvironmentVariable(name="C", secret_key=KeyReference(name="keys", key="token")),
    )
    assert _container(env=env)["env"] == [
        {"name": "A", "value": ""},
        {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}},
        {"name": "C", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
    ]


def test_all_keys_of_config_maps_and_secrets_may_be_variables():
    found = _container(env_from_config_maps=("settings",), env_from_secrets=("keys",))["envFrom"]
    assert found == [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "keys"}}]


def test_a_variable_has_exactly_one_source():
    with pytest.raises(ValueError, match="exactly one"):
        EnvironmentVariable(name="A")


def test_command_and_resources_are_taken_over():
    found = _container(command=("run",), args=("-v",), resources=ResourcesForm(cpu_request="500m", memory_limit="1Gi"))
    assert (found["command"], found["args"]) == (["run"], ["-v"])
    assert found["resources"] == {"requests": {"cpu": "500m"}, "limits": {"memory": "1Gi"}}


def test_what_is_not_given_is_left_to_the_server():
    assert _container() == {"name": "web", "image": "web:1"}


@pytest.mark.parametrize(
    ("form", "probe"),
    [
        (ProbeForm(http_path="/healthz", port=80), {"httpGet": {"path": "/healthz", "port": 80}, "periodSeconds": 10}),
        (ProbeForm(tcp=True, port=80), {"tcpSocket": {"port": 80}, "periodSeconds": 10}),
        (
            ProbeForm(command=("true",), initial_delay_seconds=5),
            {"exec": {"command": ["true"]}, "initialDelaySeconds": 5, "periodSeconds": 10},
        ),
    ],
)
def test_a_probe_has_one_handler(form, probe):
    assert _container(readiness=form)["readinessProbe"] == probe


@pytest.mark.parametrize("wrong", [{}, {"http_path": "/", "tcp": True, "port": 80}, {"http_path": "/"}])
def test_a_probe_with_no_handler_or_two_is_refused(wrong):
    with pytest.raises(ValueError, match="probe"):
        ProbeForm(**wrong)


def test_a_service_exposes_the_ports_with_a_service_port():
    ports = (PortForm(container_port=8080, service_port=80, name="http"), PortForm(container_port=9090))
    form = WorkloadForm(
        name="web", containers=(ContainerForm(name="web", image="x", ports=ports),), service_type="NodePort"
    )
    _, offered = scaffold("shop", workloads=(form,))
    assert offered.spec["type"] == "NodePort"
    assert offered.spec["ports"] == [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]


def test_several_ports_of_a_service_have_names():
    ports = (PortForm(container_port=53, service_port=53), PortForm(container_port=53, service_port=53, protocol="UDP"))
    form = WorkloadForm(name="dns", containers=(ContainerForm(name="dns", image="x", ports=ports),))
    assert [port["name"] for port in scaffold("shop", workloads=(form,))[1].spec["ports"]] == ["tcp-53", "udp-53"]


def test_a_workload_without_service_ports_has_no_service():
    assert len(scaffold("shop", workloads=(WorkloadForm(name="web", containers=(_CONTAINER,)),))) == 1


def test_config_maps_and_secrets_are_made():
    settings, keys = scaffold(
        "shop",
        config_maps=(ConfigMapForm(name="settings", data={"mode": "dev"}),),
        secrets=(SecretForm(name="keys", data={"token": SecretText("s3cret")}),),
    )
    assert settings.body["data"] == {"mode": "dev"}
    assert keys.body["type"] == "Opaque"
    assert base64.b64decode(keys.body["data"]["token"]).decode() == "s3cret"


def test_two_containers_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two containers of the same name"):
        _workload(_CONTAINER, ContainerForm(name="web", image="web:2", init=True))


def test_a_container_needs_an_image_reference():
    with pytest.raises(ValueError, match="image reference"):
        ContainerForm(name="web", image="Not An Image")
