"""Signed tokens: what is read of them, and whose signature counts."""

import base64
import hmac
import json
from typing import Any

import jwt
import pytest

from domain.trusts import TrustKind
from services.planning.people.trusts.signed_tokens import (
    SignatureRefusedError,
    TokenUnreadableError,
    read_token,
    verify_signature,
)
from tests.support.ci_tokens import KEY_ID, claims_of, ec_key, jwks, rsa_key, signed

CLAIMS = claims_of(TrustKind.GITHUB)
RS256 = ("RS256",)


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def signed_with_what_is_public(claims: dict[str, Any]) -> str:
    head = f"{encoded({'alg': 'HS256', 'kid': KEY_ID})}.{encoded(claims)}"
    mac = hmac.digest(jwks(), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_a_signature_of_the_issuers_key_counts():
    assert verify_signature(read_token(signed(CLAIMS)), jwks(), algorithms=RS256) == CLAIMS


def test_times_and_audiences_are_left_to_the_judgement():
    claims = {**CLAIMS, "exp": 1, "aud": ["a", "b"], "sub": 7, "iat": "yesterday", "nbf": None}
    assert verify_signature(read_token(signed(claims)), jwks(), algorithms=RS256)["exp"] == 1


def test_an_elliptic_key_counts_where_the_provider_signs_with_one():
    token = read_token(signed(CLAIMS, key=ec_key(), algorithm="ES256"))
    assert verify_signature(token, jwks(**{KEY_ID: ec_key()}), algorithms=("RS256", "ES256")) == CLAIMS
    with pytest.raises(SignatureRefusedError, match="signs with RS256"):
        verify_signature(token, jwks(**{KEY_ID: ec_key()}), algorithms=RS256)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (lambda: signed(CLAIMS, key=rsa_key("stranger")), "not that of the issuer"),
        (lambda: signed(CLAIMS, kid="another"), "does not publish"),
        (lambda: signed(CLAIMS, kid=None), "does not name the key"),
        (lambda: jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": KEY_ID}), "signed with none"),
        # A shared key that is the published one: the confusion of algorithms.
        (lambda: signed_with_what_is_public(CLAIMS), "signed with HS256"),
        (lambda: signed(CLAIMS, algorithm="RS512"), "signed with RS512"),
        (lambda: signed(CLAIMS).rpartition(".")[0] + ".", "not that of the issuer"),
    ],
)
def test_any_other_signature_is_refused(token: Any, said: str):
    with pytest.raises(SignatureRefusedError, match=said):
        verify_signature(read_token(token()), jwks(), algorithms=RS256)


def test_claims_that_were_changed_after_signing_are_refused():
    head, _, signature = signed(CLAIMS).split(".")
    forged = f"{head}.{encoded({**CLAIMS, 'repository_id': '75'})}.{signature}"
    with pytest.raises(SignatureRefusedError):
        verify_signature(read_token(forged), jwks(), algorithms=RS256)


@pytest.mark.parametrize(
    "keys",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": 7}',
        b'{"keys": [7]}',
        b"[" * 100_000,
        b'{"keys": [{"kid": "test-key-1", "kty": "RSA"}]}',
    ],
)
def test_keys_that_cannot_be_read_are_refused(keys: bytes):
    with pytest.raises(SignatureRefusedError):
        verify_signature(read_token(signed(CLAIMS)), keys, algorithms=RS256)


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct"}])
def test_a_key_for_another_use_is_refused(change: dict[str, str]):
    (key,) = json.loads(jwks())["keys"]
    with pytest.raises(SignatureRefusedError, match="does not publish"):
        verify_signature(
            read_token(signed(CLAIMS)), json.dumps({"keys": [{**key, **change}]}).encode(), algorithms=RS256
        )


def test_a_short_key_is_refused():
    short = rsa_key("short", 1024)
    with pytest.warns(match="below"):
        token = signed(CLAIMS, key=short)
    with pytest.raises(SignatureRefusedError, match="shorter"):
        verify_signature(read_token(token), jwks(**{KEY_ID: short}), algorithms=RS256)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stgs_x",
        "a.b",
        "a.b.c",
        "é.b.c",
        f"{encoded({'alg': 'RS256'})}.{encoded([])}.c2ln",
        f"{encoded([])}.{encoded({})}.c2ln",
        f"{encoded({'alg': 'RS256', 'kid': 7})}.{encoded({})}.c2ln",
        f"{encoded({'alg': 'RS256', 'crit': ['b64']})}.{encoded({})}.c2ln",
        base64.urlsafe_b64encode(b'{"kid":' + b"[" * 5000).decode().rstrip("=") + ".e30.c2ln",
        f"{encoded({'alg': 'RS256'})}.{encoded({'x': 'y' * 20_000})}.c2ln",
    ],
)
def test_what_is_no_signed_token_is_refused_without_being_repeated(text: str):
    with pytest.raises(TokenUnreadableError) as refused:
        read_token(text)
    assert text == "" or text not in str(refused.value)


def test_no_part_of_a_token_is_printed():
    token = signed(CLAIMS)
    assert token not in repr(read_token(token))
    assert "octo-org" not in repr(read_token(token))
