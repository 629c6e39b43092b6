"""Whom an ID token signs in, and what is refused, each time by the word of which the sign-in page makes a sentence."""

from typing import Any

import jwt
import pytest

from services.planning.people.id_token import IdToken, check_userinfo, needs_userinfo, person_of, read_id_token
from services.planning.people.open_id import Keys, OpenIdProvider, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem
from tests.support.signing import (
    CLAIMS,
    CLIENT,
    ISSUER,
    METADATA,
    NONCE,
    NOW,
    ec_key,
    keys,
    provider,
    public,
    rsa_key,
    signed,
    unsigned,
)

Problem = SignInProblem
TENANT = "11111111-2222-3333-4444-555555555555"
ENTRA = "https://login.microsoftonline.com"
OF_ALL = provider(issuer=f"{ENTRA}/common/v2.0", tenants=frozenset({TENANT}))


def read(
    token: str, *, by: OpenIdProvider | None = None, of: Keys | None = None, issuer: str = ISSUER, now: float = NOW
) -> IdToken:
    metadata = METADATA if issuer == ISSUER else type(METADATA)(**{**vars(METADATA), "issuer": issuer})
    return read_id_token(token, of or keys(), provider=by or provider(), metadata=metadata, nonce=NONCE, now=now)


def refusal(token: str, **how: Any) -> SignInProblem:
    with pytest.raises(SignInRefused) as refused:
        read(token, **how)
    return refused.value.problem


def without(claim: str) -> dict[str, Any]:
    return {name: value for name, value in CLAIMS.items() if name != claim}


def test_issuer_and_subject_are_the_identity():
    token = read(signed({**CLAIMS, "sid": "s1", "email": "ada@example.com"}))
    assert (token.issuer, token.subject, token.sid) == (ISSUER, "ada", "s1")


@pytest.mark.parametrize("alg", ["RS256", "RS512", "PS256"])
def test_asymmetric_signatures_are_taken(alg: str):
    assert read(signed(alg=alg)).subject == "ada"


def test_an_elliptic_key_signs_too():
    assert read(signed(key=ec_key(), alg="ES256"), of=keys(public(ec_key()))).subject == "ada"


def test_a_token_that_names_no_key_needs_the_only_one_of_its_type():
    assert read(signed(kid=None), of=keys(public(ec_key(), "ec"), public(rsa_key(), None))).subject == "ada"
    two = keys(public(rsa_key(), "one"), public(rsa_key(3072), "two"))
    assert refusal(signed(kid=None), of=two) is Problem.KEY_UNKNOWN


def test_what_is_not_signed_by_the_provider_is_refused():
    secret = "x" * 64
    assert {
        "none": refusal(unsigned(CLAIMS)),
        "none with a key": refusal(unsigned(CLAIMS, kid="one")),
        "by the client's secret": refusal(jwt.encode(CLAIMS, secret, algorithm="HS256", headers={"kid": "one"})),
        "another key of this name": refusal(signed(key=rsa_key(3072))),
        "a key that is not published": refusal(signed(kid="two")),
        "a key that is for encryption": refusal(signed(), of=keys(public(rsa_key(), "other"))),
        "a key of another algorithm": refusal(signed(), of=keys(public(rsa_key(), alg="PS256"))),
        "a weak key": refusal(signed(), of=keys(public(rsa_key(1024)))),
    } == {
        "none": Problem.TOKEN_UNSIGNED,
        "none with a key": Problem.TOKEN_UNSIGNED,
        "by the client's secret": Problem.TOKEN_UNSIGNED,
        "another key of this name": Problem.SIGNATURE_WRONG,
        "a key that is not published": Problem.KEY_UNKNOWN,
        "a key that is for encryption": Problem.KEY_UNKNOWN,
        "a key of another algorithm": Problem.KEY_UNKNOWN,
        "a weak key": Problem.KEY_UNKNOWN,
    }


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d.e", "a..c", "é.b.c", "[[[.e30.AA", "x" * 70_000])
def test_what_is_no_signed_token_is_refused(token: str):
    assert refusal(token) is Problem.TOKEN_UNREADABLE


def test_a_token_of_another_kind_is_no_id_token():
    kinds = [refusal(signed(typ=typ)) for typ in ("logout+jwt", "at+jwt", "application/at+jwt")]
    assert {*kinds, refusal(signed(crit=["exp"], exp=1))} == {Problem.TOKEN_UNREADABLE}


def test_each_claim_is_checked():
    wrong: dict[str, tuple[dict[str, Any], SignInProblem]] = {
        "another issuer": ({**CLAIMS, "iss": ISSUER + "/"}, Problem.TOKEN_ISSUER_DIFFERS),
        "no issuer": (without("iss"), Problem.TOKEN_ISSUER_DIFFERS),
        "another audience": ({**CLAIMS, "aud": "grafana"}, Problem.AUDIENCE_DIFFERS),
        "no audience": (without("aud"), Problem.AUDIENCE_DIFFERS),
        "a part of the audience": ({**CLAIMS, "aud": CLIENT + "x"}, Problem.AUDIENCE_DIFFERS),
        "another party": ({**CLAIMS, "azp": "grafana"}, Problem.AUDIENCE_DIFFERS),
        "a foreign audience and our party": ({**CLAIMS, "aud": "grafana", "azp": CLIENT}, Problem.AUDIENCE_DIFFERS),
        "two audiences without a party": ({**CLAIMS, "aud": [CLIENT, "grafana"]}, Problem.AUDIENCE_DIFFERS),
        "another nonce": ({**CLAIMS, "nonce": "other"}, Problem.NONCE_DIFFERS),
        "no nonce": (without("nonce"), Problem.NONCE_DIFFERS),
        "a nonce that is no text": ({**CLAIMS, "nonce": [NONCE]}, Problem.NONCE_DIFFERS),
        "expired": ({**CLAIMS, "exp": NOW - 60}, Problem.TOKEN_EXPIRED),
        "no expiry": (without("exp"), Problem.CLOCKS_DIFFER),
        "no time of issue": (without("iat"), Problem.CLOCKS_DIFFER),
        "issued later": ({**CLAIMS, "iat": NOW + 61}, Problem.CLOCKS_DIFFER),
        "valid later": ({**CLAIMS, "nbf": NOW + 61}, Problem.CLOCKS_DIFFER),
        "a time as text": ({**CLAIMS, "exp": "never"}, Problem.CLOCKS_DIFFER),
        "an empty subject": ({**CLAIMS, "sub": ""}, Problem.SUBJECT_MISSING),
        "no subject": (without("sub"), Problem.SUBJECT_MISSING),
        "a subject that is a number": ({**CLAIMS, "sub": 7}, Problem.SUBJECT_MISSING),
    }
    assert {name: refusal(signed(claims)) for name, (claims, _) in wrong.items()} == {
        name: problem for name, (_, problem) in wrong.items()
    }


def test_clocks_may_differ_by_a_minute():
    late, early = {**CLAIMS, "exp": NOW - 59}, {**CLAIMS, "iat": NOW + 59, "nbf": NOW + 59}
    assert [read(signed(each)).subject for each in (late, early)] == ["ada", "ada"]


def test_several_audiences_are_taken_where_we_are_the_party():
    assert read(signed({**CLAIMS, "aud": [CLIENT, "api"], "azp": CLIENT})).subject == "ada"


def test_google_signs_in_people_of_the_named_organisation_alone():
    google = provider(hosted_domains=frozenset({"example.com"}))
    assert read(signed({**CLAIMS, "hd": "example.com"}), by=google).subject == "ada"
    for claims in (CLAIMS, {**CLAIMS, "hd": "gmail.com"}, {**CLAIMS, "hd": "example.com.evil.test"}):
        assert refusal(signed(claims), by=google) is Problem.DOMAIN_REFUSED


def test_entras_endpoint_for_all_signs_in_the_named_tenants_alone():
    advertised = f"{ENTRA}/{{tenantid}}/v2.0"
    own = {**CLAIMS, "iss": f"{ENTRA}/{TENANT}/v2.0", "tid": TENANT}
    assert read(signed(own), by=OF_ALL, issuer=advertised).issuer == f"{ENTRA}/{TENANT}/v2.0"
    other = "99999999-2222-3333-4444-555555555555"
    refused = {
        "another tenant": refusal(
            signed({**own, "iss": f"{ENTRA}/{other}/v2.0", "tid": other}), by=OF_ALL, issuer=advertised
        ),
        "the issuer of another": refusal(signed({**own, "iss": f"{ENTRA}/{other}/v2.0"}), by=OF_ALL, issuer=advertised),
        "the template itself": refusal(signed({**own, "iss": advertised}), by=OF_ALL, issuer=advertised),
        "no tenant": refusal(signed({**CLAIMS, "iss": advertised}), by=OF_ALL, issuer=advertised),
    }
    assert refused == {
        "another tenant": Problem.TENANT_REFUSED,
        "the issuer of another": Problem.TOKEN_ISSUER_DIFFERS,
        "the template itself": Problem.TOKEN_ISSUER_DIFFERS,
        "no tenant": Problem.TENANT_REFUSED,
    }


def test_userinfo_is_asked_for_groups_and_names_that_the_token_lacks():
    with_groups = {**CLAIMS, "groups": ["shop"]}
    asked = {
        "groups are missing": needs_userinfo(read(signed()), provider(), METADATA),
        "all is there": needs_userinfo(read(signed(with_groups)), provider(), METADATA),
        "groups are not read": needs_userinfo(read(signed()), provider(groups_claim=None), METADATA),
        "the name is missing": needs_userinfo(read(signed({**without("name"), "groups": []})), provider(), METADATA),
    }
    assert asked == {
        "groups are missing": True,
        "all is there": False,
        "groups are not read": False,
        "the name is missing": True,
    }


def test_userinfo_counts_for_the_same_subject_only():
    token = read(signed())
    assert check_userinfo({"sub": "ada", "groups": ["shop"]}, token)["groups"] == ["shop"]
    for told, problem in (
        ({"sub": "mallory", "groups": ["admins"]}, Problem.USERINFO_OF_ANOTHER),
        ({"groups": ["admins"]}, Problem.USERINFO_OF_ANOTHER),
        (None, Problem.USERINFO_UNREADABLE),
        (["ada"], Problem.USERINFO_UNREADABLE),
    ):
        with pytest.raises(SignInRefused) as refused:
            check_userinfo(told, token)
        assert refused.value.problem is problem


def test_the_groups_of_the_token_count_before_those_of_userinfo():
    token = read(signed({**CLAIMS, "groups": ["shop"]}))
    assert person_of(token, {"sub": "ada", "groups": ["admins"]}, provider()).groups == ("shop",)
    assert person_of(read(signed()), {"sub": "ada", "groups": ["admins"]}, provider()).groups == ("admins",)
    assert person_of(read(signed()), {"sub": "ada", "groups": ["admins"]}, provider(groups_claim=None)).groups == ()


def test_a_name_is_one_line_that_shows_as_it_reads():
    names = {
        "Ada\nadmin": "Ada admin",
        "Ada\u202enimda": "Ada nimda",
        "  Ada   Lovelace ": "Ada Lovelace",
        "A" * 400: "A" * 200,
    }
    given = {name: person_of(read(signed({**CLAIMS, "name": name})), {}, provider()).name for name in names}
    assert given == names


def test_without_a_name_the_person_is_called_by_what_there_is():
    claims = without("name")
    assert person_of(read(signed(claims)), {"name": "Ada"}, provider()).name == "Ada"
    assert person_of(read(signed({**claims, "preferred_username": "al"})), {}, provider()).name == "al"
    assert person_of(read(signed(claims)), {}, provider()).name == "ada"
