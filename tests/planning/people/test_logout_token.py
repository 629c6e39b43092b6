"""Which sessions a provider's logout token ends, and what is no logout token."""

from typing import Any

import pytest

from services.planning.people.logout_token import EVENT, EndedSessions, read_logout_token
from services.planning.people.open_id import SignInRefused
from services.planning.people.sign_in_problems import SignInProblem as Problem
from tests.support.signing import CLAIMS, CLIENT, ISSUER, METADATA, NOW, keys, provider, signed, unsigned

LOGOUT: dict[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "iat": NOW - 5,
    "exp": NOW + 115,
    "jti": "j1",
    "sub": "ada",
    "sid": "s1",
    "events": {EVENT: {}},
}


def read(token: str) -> EndedSessions:
    return read_logout_token(token, keys(), provider=provider(), metadata=METADATA, now=NOW)


def without(*claims: str) -> dict[str, Any]:
    return {name: value for name, value in LOGOUT.items() if name not in claims}


def test_a_logout_token_names_a_session_or_a_person():
    ended = [read(signed(each, typ="logout+jwt")) for each in (LOGOUT, without("sub"), without("sid"))]
    assert ended == [
        EndedSessions(issuer=ISSUER, subject="ada", sid="s1"),
        EndedSessions(issuer=ISSUER, subject=None, sid="s1"),
        EndedSessions(issuer=ISSUER, subject="ada", sid=None),
    ]


def test_providers_of_earlier_drafts_send_no_type_and_no_expiry():
    assert read(signed(without("exp"))).sid == "s1"


def test_what_is_no_logout_token_ends_nothing():
    wrong: dict[str, tuple[str, Problem]] = {
        "an ID token": (signed(CLAIMS), Problem.TOKEN_UNREADABLE),
        "with a nonce": (signed({**LOGOUT, "nonce": "n"}), Problem.TOKEN_UNREADABLE),
        "without the event": (signed({**LOGOUT, "events": {"other": {}}}), Problem.TOKEN_UNREADABLE),
        "with a text as event": (signed({**LOGOUT, "events": EVENT}), Problem.TOKEN_UNREADABLE),
        "an access token": (signed(LOGOUT, typ="at+jwt"), Problem.TOKEN_UNREADABLE),
        "unsigned": (unsigned(LOGOUT), Problem.TOKEN_UNSIGNED),
        "of another issuer": (signed({**LOGOUT, "iss": "https://other.example"}), Problem.TOKEN_ISSUER_DIFFERS),
        "for another client": (signed({**LOGOUT, "aud": "grafana"}), Problem.AUDIENCE_DIFFERS),
        "about nobody": (signed(without("sub", "sid")), Problem.SUBJECT_MISSING),
        "expired": (signed({**LOGOUT, "exp": NOW - 61}), Problem.TOKEN_EXPIRED),
        "old, with a far expiry": (signed({**LOGOUT, "iat": NOW - 700, "exp": NOW + 9e6}), Problem.TOKEN_EXPIRED),
        "of no time": (signed(without("iat", "exp")), Problem.CLOCKS_DIFFER),
    }
    seen = {}
    for name, (token, _) in wrong.items():
        with pytest.raises(SignInRefused) as refused:
            read(token)
        seen[name] = refused.value.problem
    assert seen == {name: problem for name, (_, problem) in wrong.items()}
