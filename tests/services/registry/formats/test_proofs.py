"""For each provider: what authenticates a delivery, and what does not."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import ProofRefusedError, Request
from services.registry.formats import FORMATS
from services.registry.proof import ProofKind, is_one_of
from tests.support.report_cases import (
    CASES,
    FORMER,
    NOW,
    SECRET,
    SECRETS,
    WRONG,
    Case,
    header,
    keys_of,
    signature,
    sns,
    verify,
)

BY_SECRET = [case for case in CASES if FORMATS[case.provider].proof.needs_secret]
SIGNATURES = {ProofKind.HMAC_SHA256, ProofKind.HMAC_SHA1, ProofKind.SNS_SIGNATURE}
SIGNED = [case for case in CASES if case.settings.signed or FORMATS[case.provider].proof.kind in SIGNATURES]


def case_of(provider: Provider) -> Case:
    return next(case for case in CASES if case.provider is provider)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_right_proof_is_taken(case: Case):
    verify(case, case.prove(case.sent, SECRET))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_proof_is_refused_and_nothing_of_it_repeated(case: Case):
    with pytest.raises(ProofRefusedError) as refused:
        verify(case, case.prove(case.sent, WRONG))
    assert not refused.value.missing
    assert not any(secret in f"{refused.value!r}{refused.value.members()}" for secret in (*SECRETS, WRONG))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_without_a_proof_it_is_refused_as_missing(case: Case):
    body = json.loads(case.sent)
    body.pop("Signature", None)
    with pytest.raises(ProofRefusedError) as refused:
        verify(case, Request(body=json.dumps(body).encode()))
    assert refused.value.missing


@pytest.mark.parametrize("case", BY_SECRET, ids=str)
def test_the_former_secret_counts_while_it_is_among_the_secrets(case: Case):
    verify(case, case.prove(case.sent, FORMER))
    with pytest.raises(ProofRefusedError):
        verify(case, case.prove(case.sent, FORMER), secrets=(SECRET,))


@pytest.mark.parametrize("secrets", [(), ("",)])
@pytest.mark.parametrize("case", BY_SECRET, ids=str)
def test_an_empty_secret_proves_nothing(case: Case, secrets: tuple[str, ...]):
    with pytest.raises(ProofRefusedError):
        verify(case, case.prove(case.sent, ""), secrets=secrets)


@pytest.mark.parametrize("case", SIGNED, ids=str)
def test_a_signature_covers_the_body(case: Case):
    request = case.prove(case.sent, SECRET)
    changed = replace(request, body=request.body.replace(b"1.4.2", b"1.4.3"))
    assert changed != request
    with pytest.raises(ProofRefusedError, match="signature"):
        verify(case, changed)


def test_the_signatures_are_those_of_the_published_vectors():
    body, secrets = b"Hello, World!", ("It's a Secret to Everybody",)
    hub = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
    nexus = {"x-nexus-webhook-signature": "01dc10d0c83e72ed246219cdd91669667fe2ca59"}
    verify(case_of(Provider.GHCR), Request(body=body, headers=hub), secrets=secrets)
    verify(case_of(Provider.NEXUS), Request(body=body, headers=nexus), secrets=secrets)


@pytest.mark.parametrize(
    ("provider", "headers"),
    [
        (Provider.GHCR, {"x-hub-signature-256": "sha256="}),
        (Provider.GITEA, {"x-gitea-signature": "", "x-hub-signature-256": "sha256="}),
        (Provider.NEXUS, {"x-nexus-webhook-signature": ""}),
        (Provider.HARBOR, {"authorization": "Bearer "}),
        (Provider.ECR, {"x-stagecoach-key": " "}),
    ],
)
def test_an_empty_proof_is_none(provider: Provider, headers: dict[str, str]):
    with pytest.raises(ProofRefusedError):
        verify(case_of(provider), Request(body=b"{}", headers=headers), secrets=("", SECRET))


@pytest.mark.parametrize("provider", [Provider.ARTIFACTORY, Provider.CLOUDEVENTS, Provider.CI])
def test_where_signatures_are_asked_for_the_bare_secret_does_not_pass_nor_the_other_way_round(provider: Provider):
    name = "x-jfrog-event-auth" if provider is Provider.ARTIFACTORY else "x-stagecoach-signature-256"
    plain = header("x-jfrog-event-auth", "{}") if provider is Provider.ARTIFACTORY else header("authorization")
    signed = signature(name, prefix="" if provider is Provider.ARTIFACTORY else "sha256=")
    case = case_of(provider)
    for asked, given in ((True, plain), (False, signed)):
        with pytest.raises(ProofRefusedError):
            verify(replace(case, settings=ReceiverSettings(signed=asked)), given(case.sent, SECRET))


def test_a_signature_does_not_cover_the_attributes_of_binary_mode():
    case = replace(case_of(Provider.CLOUDEVENTS), settings=ReceiverSettings(signed=True))
    request = signature("x-stagecoach-signature-256", prefix="sha256=", ce_specversion="1.0")(case.sent, SECRET)
    with pytest.raises(ProofRefusedError, match="structured"):
        verify(case, request)


def test_a_form_is_signed_as_it_came_by_github_and_unfolded_by_gitea():
    for provider, name, prefix in (
        (Provider.GHCR, "x-hub-signature-256", "sha256="),
        (Provider.GITEA, "x-gitea-signature", ""),
    ):
        case = case_of(provider)
        form = urlencode({"payload": case.sent.decode()}).encode()
        covered = form if provider is Provider.GHCR else case.sent
        made = signature(name, prefix=prefix, content_type="application/x-www-form-urlencoded")(covered, SECRET)
        verify(case, replace(made, body=form))


def test_another_header_may_be_named():
    case = replace(case_of(Provider.ACR), settings=ReceiverSettings(header="X-Push-Key"))
    verify(case, header("x-push-key", "{}")(case.sent, SECRET))
    with pytest.raises(ProofRefusedError, match="x-push-key is missing"):
        verify(case, header("authorization")(case.sent, SECRET))


def test_basic_asks_for_the_user_name_too():
    case = next(case for case in CASES if case.settings.username)
    with pytest.raises(ProofRefusedError):
        verify(replace(case, settings=ReceiverSettings(username="another")), case.prove(case.sent, SECRET))


def test_a_key_in_the_address_is_not_taken_where_there_is_a_better_proof():
    for case in CASES:
        if not FORMATS[case.provider].proof.secret_in_address:
            with pytest.raises(ProofRefusedError):
                verify(case, Request(body=case.sent, query={"key": SECRET}))


def test_weak_is_what_has_its_secret_in_the_address():
    for form in FORMATS.values():
        assert form.proof.weak == form.proof.secret_in_address == (form.proof.kind is ProofKind.NONE)
        assert form.proof.lacks or not form.proof.weak


def test_every_secret_that_counts_may_match_and_no_empty_one():
    assert is_one_of("b", ["a", "b"])
    assert is_one_of("a", ["a", "b"])
    assert not is_one_of("", ["", "b"])
    assert not is_one_of("c", ["a", "b"])
    assert not is_one_of("a", [])


def test_no_repr_shows_a_proof_or_a_body():
    for case in CASES:
        request = case.prove(case.sent, SECRET)
        assert SECRET not in repr(request)
        assert "1.4.2" not in repr(request)
    assert "Bearer" not in repr(case_of(Provider.GOOGLE).prove(b"{}", SECRET))


@pytest.mark.parametrize("provider", [Provider.ECR_SNS, Provider.GOOGLE])
def test_no_keys_and_keys_of_another_address_do_not_count(provider: Provider):
    case = case_of(provider)
    form, request = FORMATS[provider], case.prove(case.sent, SECRET)
    required_key = form.required_key(request, case.settings)
    assert required_key is not None
    for keys in (None, replace(keys_of(required_key), url="https://evil.example/a.pem")):
        with pytest.raises(ProofRefusedError, match="could not be read"):
            form.verify(request, secrets=SECRETS, settings=case.settings, keys=keys, now=NOW)


def test_a_signature_bears_its_prefix():
    case = case_of(Provider.GHCR)
    request = case.prove(case.sent, SECRET)
    bare = request.headers["x-hub-signature-256"].removeprefix("sha256=")
    for given in (bare, f"sha1={bare}"):
        with pytest.raises(ProofRefusedError):
            verify(case, replace(request, headers={"x-hub-signature-256": given}))


def test_the_older_signature_of_sns_counts_as_well():
    case = case_of(Provider.ECR_SNS)
    verify(case, sns(case.sent, SECRET, version="1"))
