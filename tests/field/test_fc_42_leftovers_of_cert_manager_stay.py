"""What cert-manager made for a moment is refused, although a restored backup has taken the owner references from it."""

import pytest

from domain.overrides import Overrides
from services.planning.copying.consents import Consent
from services.planning.copying.refusals import refusal_of
from tests.support.copy_plans import actions, blocking, only, planned
from tests.support.field_inputs import named, objects_of, preselected
from tests.support.objects import obj, secret

_ALL = objects_of("fc-42-leftovers-of-cert-manager")
_LEFTOVERS = (
    "CertificateRequest web-tls-3",
    "Secret web-tls-x7k2p",
    "Order web-tls-3-1234567",
    "Ingress cm-acme-http-solver-abcde",
)


@pytest.mark.parametrize("label", _LEFTOVERS)
def test_a_record_of_a_single_act_is_refused_whatever_is_allowed(label):
    assert refusal_of(named(_ALL, label), consents=frozenset(Consent)) is not None


def test_the_certificate_alone_is_preselected():
    assert preselected(_ALL) == {"Certificate web-tls"}


def test_the_certificate_is_copied_without_the_number_of_its_last_request():
    plan = planned(named(_ALL, "Certificate web-tls"))
    assert actions(plan) == {"Certificate web-tls": "create"}
    assert "status" not in only(plan).desired.body


def test_a_plan_that_has_the_temporary_key_is_blocked_although_keys_are_allowed():
    allowed = Overrides(allow=tuple(Consent))
    assert blocking(planned(named(_ALL, "Secret web-tls-x7k2p"), overrides=allowed)) == ["not-copyable"]


def test_a_challenge_and_the_solvers_of_gateways_are_refused_too():
    solver = {"labels": {"acme.cert-manager.io/http01-solver": "true"}}
    assert refusal_of(obj("acme.cert-manager.io/v1", "Challenge")) is not None
    assert refusal_of(obj("gateway.networking.k8s.io/v1", "HTTPRoute", metadata=solver)) is not None


def test_the_key_of_an_account_with_an_authority_asks_for_the_consent_of_private_keys():
    refusal = refusal_of(secret("letsencrypt-account", data={"tls.key": "bWFkZS11cA=="}))
    assert refusal is not None
    assert refusal.consent is Consent.CERTIFICATE_KEYS


def test_the_certificate_says_for_which_host_of_the_source_the_target_will_order():
    plan = planned(named(_ALL, "Certificate web-tls"))
    (problem,) = (p for p in plan.all_problems if p.code == "certificate-host")
    assert "www.example.test" in problem.detail
    mapped = Overrides(ingress_hosts={"www.example.test": "www.staging.example.test"})
    settled = planned(named(_ALL, "Certificate web-tls"), overrides=mapped)
    assert "certificate-host" not in [p.code for p in settled.all_problems]
    assert only(settled).desired.spec["dnsNames"] == ["www.staging.example.test"]
