"""What is hidden in the messages of an API server, and what is not."""

import pytest

from services.kube.safe_text import redacted


def _workload(**parts):
    container = {"name": "edge", "image": "registry.example.test/net/edge:1", "ports": [{"containerPort": 8080}]}
    return {
        "metadata": {"name": "edge", "labels": {"app": "edge"}, "annotations": parts.pop("annotations", {})},
        "spec": {"template": {"spec": {"containers": [container | parts]}}},
    }


def _env(name, value):
    return _workload(env=[{"name": name, "value": value}])


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (_workload(annotations={"revision": "1"}), 'spec.containers[0].env[1]: hides previous definition of "MODE"'),
        (_workload(annotations={"scrape": "true"}), "would violate PodSecurity: host namespaces (hostNetwork=true)"),
        (_workload(annotations={"scrape": "false"}), "runAsNonRoot != true, allowPrivilegeEscalation != false"),
        (_workload(args=["edge"]), 'container "edge" must set securityContext.runAsNonRoot=true'),
        (_env("PORT", "8080"), "duplicate port number 8080 with protocol TCP"),
        (_env("REPLICAS", "25"), "must be less than or equal to 25"),
        (_env("APP", "edge"), 'deployments.apps "edge" is invalid'),
        (_env("USE_TOKEN", "true"), "hostNetwork=true"),
        (_workload(volumes=[{"secret": {"secretName": "edge-tls"}}]), 'secret "edge-tls" not found'),
    ],
)
def test_what_is_no_secret_stays_readable(sent, message):
    assert redacted(message, sent=sent) == message


@pytest.mark.parametrize(
    ("sent", "secret"),
    [
        (_env("DB_PASSWORD", "edge"), "edge"),  # though the container has the same name
        (_env("API_TOKEN", "8080"), "8080"),
        (_env("PASSWORD", "no"), "no"),
        (_env("ANYTHING", "hunter2"), "hunter2"),
        (_env("ANYTHING", "90210"), "90210"),
        (_workload(annotations={"note": "hunter2"}), "hunter2"),
        (_workload(args=["--password=123"]), "123"),
        (_workload(command=["sh", "-c", "login hunter2"]), "login hunter2"),
        ({"data": {"password": "on"}}, "on"),
    ],
)
def test_what_may_be_a_secret_is_hidden(sent, secret):
    assert redacted(f"found {secret} here", sent=sent) == "found [hidden] here"
