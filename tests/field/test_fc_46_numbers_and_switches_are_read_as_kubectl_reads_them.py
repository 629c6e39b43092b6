"""Numbers as Helm prints them, switches as people write them, and texts without quotes."""

from typing import Any

import pytest

from services.manifests.manifests import check_manifests, read_manifests

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: numbers
  labels: {released: 2026-01-05, rev: 0781498}
spec:
  replicas: 2.0
  selector:
    matchLabels: {app: numbers}
  template:
    metadata:
      labels: {app: numbers}
    spec:
      hostNetwork: no
      securityContext: {runAsUser: 1.00066e+09, fsGroup: 1.00066e+09}
      terminationGracePeriodSeconds: 1e2
      containers:
        - name: numbers
          image: registry.example.test/tools/numbers:1.0.0
          ports: [{containerPort: 8.08e3}]
          resources: {limits: {cpu: 0.5, memory: 1e9}}
          env:
            - {name: AT, value: 12:30:00}
            - {name: COUNTRY, value: NO}
            - {name: OCT, value: 010}
            - {name: RELEASE, value: 1.10}
            - {name: KEY, valueFrom: {configMapKeyRef: {name: by-key, key: on}}}
          volumeMounts: [{name: key, mountPath: /key, readOnly: yes}]
      volumes:
        - name: key
          secret: {secretName: numbers-key, defaultMode: 0400}
"""


def pod() -> dict[str, Any]:
    (deployment,) = read_manifests(DEPLOYMENT, field="manifests")
    spec: dict[str, Any] = deployment.body["spec"]["template"]["spec"]
    return spec


def test_whole_numbers_with_a_fraction_or_an_exponent_are_sent_as_whole_numbers():
    (deployment,) = read_manifests(DEPLOYMENT, field="manifests")
    values = [
        deployment.body["spec"]["replicas"],
        pod()["securityContext"]["runAsUser"],
        pod()["securityContext"]["fsGroup"],
        pod()["terminationGracePeriodSeconds"],
        pod()["containers"][0]["ports"][0]["containerPort"],
        pod()["volumes"][0]["secret"]["defaultMode"],
    ]
    assert values == [2, 1000660000, 1000660000, 100, 8080, 256]
    assert all(type(value) is int for value in values)


def test_a_fraction_of_a_cpu_stays_a_fraction():
    assert pod()["containers"][0]["resources"]["limits"] == {"cpu": 0.5, "memory": 1000000000}


def test_switches_are_true_or_false():
    assert pod()["hostNetwork"] is False
    assert pod()["containers"][0]["volumeMounts"][0]["readOnly"] is True


def test_texts_are_as_they_are_written():
    env = {each["name"]: each.get("value") for each in pod()["containers"][0]["env"]}
    assert env == {"AT": "12:30:00", "COUNTRY": "NO", "OCT": "010", "RELEASE": "1.10", "KEY": None}
    (deployment,) = read_manifests(DEPLOYMENT, field="manifests")
    assert deployment.body["metadata"]["labels"] == {"released": "2026-01-05", "rev": "0781498"}


def test_a_key_and_the_reference_to_it_are_spelt_alike():
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-key}\n"
    text = f"{head}data:\n  on: a\n  08: b\n  1.10: c\n  0400: d\n"
    (settings,) = read_manifests(text, field="manifests")
    assert settings.body["data"] == {"on": "a", "08": "b", "1.10": "c", "0400": "d"}
    assert pod()["containers"][0]["env"][4]["valueFrom"]["configMapKeyRef"]["key"] == "on"


@pytest.mark.parametrize(
    ("written", "instead", "line"),
    [("replicas: 2.0", "replicas: 2.5", 7), ("hostNetwork: no", 'hostNetwork: "no"', 14), ("8.08e3", "http", 20)],
)
def test_what_kubectl_would_refuse_is_a_mistake_with_its_line(written: str, instead: str, line: int):
    checked = check_manifests(DEPLOYMENT.replace(written, instead))
    assert [mistake.line for mistake in checked.mistakes] == [line]
