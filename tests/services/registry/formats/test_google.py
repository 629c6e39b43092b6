"""Google's tokens: which account, audience and times are accepted."""

import base64
import datetime as dt
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import FetchedKeys, KeyUrl, ProofRefusedError, Request
from services.registry.formats import FORMATS
from services.registry.formats.google_token import KEYS_URL
from tests.support.report_cases import ACCOUNT, CASES, KEY_ID, NOW, SECRET, claims, google, jwks, verify

CASE = next(case for case in CASES if case.provider is Provider.GOOGLE)
FORM = FORMATS[Provider.GOOGLE]
SECONDS = int(NOW.timestamp())


def bearing(token: str) -> Request:
    return Request(body=CASE.sent, headers={"authorization": f"Bearer {token}"})


def test_a_token_nested_too_deep_is_refused():
    header = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 5000).decode().rstrip("=")
    with pytest.raises(ProofRefusedError, match="no valid token"):
        FORM.required_key(bearing(f"{header}.e30.c2ln"), CASE.settings)


def test_the_key_is_named_by_the_token():
    assert FORM.required_key(google(CASE.sent, SECRET), CASE.settings) == KeyUrl(url=KEYS_URL, key_id=KEY_ID)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aud": "another"}, "audience"),
        ({"aud": None}, "audience|lacks"),
        ({"iss": "https://evil.example"}, "not Google"),
        ({"iss": None}, "lacks|not Google"),
        ({"email": "other@example-project.iam.gserviceaccount.com"}, "service account"),
        ({"email": None}, "service account"),
        ({"email_verified": False}, "service account"),
        ({"email_verified": "true"}, "service account"),
        ({"exp": SECONDS - 61}, "expired"),
        ({"exp": None}, "lacks"),
        ({"exp": "never"}, "lacks"),
        ({"iat": SECONDS + 61}, "not valid yet"),
    ],
)
def test_a_token_that_google_signed_for_something_else_is_refused(changes: dict[str, Any], said: str):
    with pytest.raises(ProofRefusedError, match=said):
        verify(CASE, google(CASE.sent, SECRET, **changes))


@pytest.mark.parametrize("changes", [{"iss": "accounts.google.com"}, {"exp": SECONDS - 30}, {"iat": SECONDS + 30}])
def test_another_spelling_and_clocks_that_differ_are_taken(changes: dict[str, Any]):
    verify(CASE, google(CASE.sent, SECRET, **changes))


def test_another_audience_may_be_chosen():
    case = replace(CASE, settings=ReceiverSettings(service_account=ACCOUNT, audience="https://stagecoach.example"))
    verify(case, google(CASE.sent, SECRET, aud="https://stagecoach.example"))
    with pytest.raises(ProofRefusedError, match="audience"):
        verify(case, google(CASE.sent, SECRET))


@pytest.mark.parametrize("email", [None, "", ACCOUNT])
def test_without_a_service_account_no_token_is_accepted(email: str | None):
    with pytest.raises(ProofRefusedError, match="service account"):
        verify(replace(CASE, settings=ReceiverSettings()), google(CASE.sent, SECRET, email=email))


def test_a_token_expires():
    with pytest.raises(ProofRefusedError, match="expired"):
        verify(CASE, google(CASE.sent, SECRET), now=NOW + dt.timedelta(hours=2))


def test_no_other_algorithm_counts():
    public = json.loads(jwks())["keys"][1]["n"]
    unsigned = jwt.encode(claims(), "", algorithm="none", headers={"kid": KEY_ID})
    by_public_key = jwt.encode(claims(), public, algorithm="HS256", headers={"kid": KEY_ID})
    for token in (unsigned, by_public_key):
        with pytest.raises(ProofRefusedError, match="not signed"):
            verify(CASE, bearing(token))


@pytest.mark.parametrize("token", ["a", "a.b", "a.b.c", "..", "é.b.c", "a" * 9000, "e30.e30.e30"])
def test_what_is_no_token_is_refused(token: str):
    with pytest.raises(ProofRefusedError):
        verify(CASE, bearing(token))


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [{"kid": "k1", "kty": "RSA"}]}'])
def test_keys_that_cannot_be_read_prove_nothing(keys: bytes):
    with pytest.raises(ProofRefusedError):
        FORM.verify(
            google(CASE.sent, SECRET),
            secrets=(),
            settings=CASE.settings,
            keys=FetchedKeys(url=KEYS_URL, body=keys),
            now=NOW,
        )
