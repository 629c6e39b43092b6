import json

import pytest

from services.planning.copying.notes import notes_on
from services.planning.objects.reference_values import Need
from services.planning.objects.references import references_of
from tests.support.objects import deployment, obj


def _names(manifest):
    return {(r.group_kind[1], r.name) for r in references_of(manifest)}


def _job(**metadata):
    return obj("batch/v1", "Job", metadata=metadata, spec={"template": {"spec": {"containers": []}}})


def _monitored(**endpoint):
    return obj("monitoring.coreos.com/v1", "ServiceMonitor", spec={"endpoints": [{"port": "web", **endpoint}]})


def _ingress(**annotations):
    named = {name.replace("__", "/"): text for name, text in annotations.items()}
    return obj("networking.k8s.io/v1", "Ingress", metadata={"annotations": named}, spec={})


NGINX = "nginx.ingress.kubernetes.io"
CASES = {
    "a queue in a label": (_job(labels={"kueue.x-k8s.io/queue-name": "team-a"}), {("LocalQueue", "team-a")}),
    "a login in an annotation": (_ingress(**{f"{NGINX}/auth-secret": "basic"}), {("Secret", "basic")}),
    "a backend in an annotation": (_ingress(**{f"{NGINX}/default-backend": "sorry"}), {("Service", "sorry")}),
    "an issuer in an annotation": (_ingress(**{"cert-manager.io/issuer": "le"}), {("Issuer", "le")}),
    "an issuer of the cluster": (_ingress(**{"cert-manager.io/cluster-issuer": "le"}), {("ClusterIssuer", "le")}),
    "certificates in a list": (
        _ingress(**{"networking.gke.io/managed-certificates": "a, b"}),
        {("ManagedCertificate", "a"), ("ManagedCertificate", "b")},
    ),
    "a network of pods": (
        deployment(template={"metadata": {"annotations": {"k8s.v1.cni.cncf.io/networks": "storage@eth1"}}, "spec": {}}),
        {("NetworkAttachmentDefinition", "storage")},
    ),
    "a network of pods in JSON": (
        _job(
            annotations={
                "k8s.v1.cni.cncf.io/networks": json.dumps([{"name": "a"}, {"name": "b", "namespace": "elsewhere"}])
            }
        ),
        {("NetworkAttachmentDefinition", "a")},
    ),
    "settings of backends": (
        obj(
            "v1",
            "Service",
            metadata={"annotations": {"cloud.google.com/backend-config": '{"default": "a", "ports": {"http": "b"}}'}},
            spec={},
        ),
        {("BackendConfig", "a"), ("BackendConfig", "b")},
    ),
    "an issuer of a certificate": (
        obj("cert-manager.io/v1", "Certificate", spec={"secretName": "tls", "issuerRef": {"name": "ca"}}),
        {("Issuer", "ca")},
    ),
    "a store of secrets": (
        obj(
            "external-secrets.io/v1",
            "ExternalSecret",
            spec={
                "secretStoreRef": {"name": "vault"},
                "data": [{"sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": "shared"}}}],
            },
        ),
        {("SecretStore", "vault"), ("ClusterSecretStore", "shared")},
    ),
    "what KEDA scales": (
        obj(
            "keda.sh/v1alpha1",
            "ScaledObject",
            spec={"scaleTargetRef": {"name": "web"}, "triggers": [{"authenticationRef": {"name": "queue"}}]},
        ),
        {("Deployment", "web"), ("TriggerAuthentication", "queue")},
    ),
    "what a vertical autoscaler scales": (
        obj(
            "autoscaling.k8s.io/v1",
            "VerticalPodAutoscaler",
            spec={"targetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}},
        ),
        {("StatefulSet", "db")},
    ),
    "a login of a monitor": (
        _monitored(
            basicAuth={"password": {"name": "scrape", "key": "p"}}, tlsConfig={"ca": {"configMap": {"name": "ca"}}}
        ),
        {("Secret", "scrape"), ("ConfigMap", "ca")},
    ),
    "what an autoscaler measures": (
        obj(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            spec={
                "metrics": [
                    {
                        "object": {
                            "describedObject": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "x"}
                        }
                    }
                ]
            },
        ),
        {("Ingress", "x")},
    ),
    "a backend that is no Service": (
        obj(
            "networking.k8s.io/v1",
            "Ingress",
            spec={"defaultBackend": {"resource": {"apiGroup": "x.example", "kind": "Bucket", "name": "static"}}},
        ),
        {("Bucket", "static")},
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_an_object_names(what):
    manifest, expected = CASES[what]
    assert _names(manifest) == expected
    assert {r.need for r in references_of(manifest)} == {Need.SOFT}


def test_what_an_annotation_means_by_another_annotation_or_namespace_is_no_reference_here():
    others = {"cert-manager.io/issuer": "aws", "cert-manager.io/issuer-kind": "AWSPCAIssuer"}
    assert _names(_ingress(**others)) == set()
    assert _names(_ingress(**{f"{NGINX}/proxy-ssl-secret": "shop-dev/ca"})) == set()


def test_text_that_is_no_json_names_nothing():
    for text in ("[", "[1]", "[" * 100_000):
        assert _names(_job(annotations={"k8s.v1.cni.cncf.io/networks": text})) == set()


def test_a_custom_resource_whose_references_are_known_is_not_said_to_be_unchecked():
    autoscaler = obj("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", spec={"targetRef": {"kind": "X", "name": "x"}})
    assert "references-unknown" not in {note.code for note in notes_on(autoscaler)}
    assert "references-unknown" in {note.code for note in notes_on(_monitored())}
