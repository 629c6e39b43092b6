"""Which dangers a write would bring, and which the live object holds already."""

from domain.dangers import Danger
from services.planning.copying.consents import Consent, is_administrators
from services.planning.copying.refusals import refusal_of
from services.planning.dangers.dangers import dangers_of, new_dangers
from tests.support.objects import deployment, obj, service

_HOST = {"hostPID": True}


def _paths(desired, live):
    return [each.path.rpartition(".")[2] for each in new_dangers(desired, live, namespace="shop")]


def test_a_service_with_external_addresses_is_a_danger():
    (found,) = dangers_of(service(externalIPs=["192.0.2.1"]), namespace="shop")
    assert (found.danger, found.what) == (Danger.EXTERNAL_IPS, "takes over the traffic to 192.0.2.1")
    assert dangers_of(service(externalIPs=[]), namespace="shop") == ()


def test_what_the_live_object_holds_already_is_no_news():
    assert _paths(deployment(pod=_HOST), deployment(pod=_HOST)) == []
    assert _paths(deployment(pod=_HOST), deployment()) == ["hostPID"]
    assert _paths(deployment(pod=_HOST), None) == ["hostPID"]


def test_another_value_at_the_same_place_is_news():
    mounts = [{"volumes": [{"name": "run", "hostPath": {"path": path}}]} for path in ("/run", "/")]
    assert _paths(deployment(pod=mounts[1]), deployment(pod=mounts[0])) == ["hostPath"]


def test_every_danger_is_a_consent_of_an_administrator_and_no_other_is():
    assert {each.value for each in Consent if is_administrators(each)} == {each.value for each in Danger}
    assert not is_administrators(Consent.MISSING_REFERENCES)


def test_what_belongs_to_the_whole_cluster_is_written_whatever_is_allowed_by_nobody():
    for api_version, kind in (
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
        ("apiregistration.k8s.io/v1", "APIService"),
        ("scheduling.k8s.io/v1", "PriorityClass"),
        ("certificates.k8s.io/v1", "CertificateSigningRequest"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("v1", "PersistentVolume"),
    ):
        assert refusal_of(obj(api_version, kind), consents=frozenset(Consent)) is not None, kind
