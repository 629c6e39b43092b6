"""Discovery, the request to a provider, its answer, groups, and the page to return to."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.people.authorization import (
    FlowSecrets,
    authorization_url,
    end_session_url,
    read_answer,
    token_refusal,
)
from services.planning.people.discovery import discovery_url, read_keys, read_metadata, settings_problem
from services.planning.people.groups import named_groups
from services.planning.people.open_id import Metadata, OpenIdProvider, SignInRefused
from services.planning.people.return_to import safe_return
from services.planning.people.sign_in_problems import SignInProblem as Problem
from services.planning.people.sign_in_problems import sentence
from tests.support.signing import CLIENT, ISSUER, METADATA, provider, public, rsa_key

DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "userinfo_endpoint": f"{ISSUER}/me",
    "end_session_endpoint": f"{ISSUER}/logout",
}
FLOW = FlowSecrets(state="s", nonce="n", verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
ENTRA = "https://login.microsoftonline.com"


def problem_of(call: Any, *arguments: Any, **named: Any) -> Problem:
    with pytest.raises(SignInRefused) as refused:
        call(*arguments, **named)
    return refused.value.problem


def test_discovery_is_read():
    assert read_metadata(DOCUMENT, provider()) == METADATA


def test_a_slash_at_the_end_of_an_issuer_is_not_doubled():
    assert discovery_url("https://corp.auth0.com/") == "https://corp.auth0.com/.well-known/openid-configuration"
    assert discovery_url(f"{ENTRA}/t/v2.0") == f"{ENTRA}/t/v2.0/.well-known/openid-configuration"


def test_a_secret_goes_into_the_form_only_where_the_header_is_not_offered():
    def by_post(methods: object) -> bool:
        return read_metadata({**DOCUMENT, "token_endpoint_auth_methods_supported": methods}, provider()).by_post

    assert [
        by_post(each) for each in (None, ["client_secret_basic", "client_secret_post"], ["client_secret_post"])
    ] == [
        False,
        False,
        True,
    ]


def test_a_discovery_document_that_is_not_the_providers_is_refused():
    wrong: dict[str, tuple[object, Problem]] = {
        "no JSON": (None, Problem.DISCOVERY_UNREADABLE),
        "a list": ([], Problem.DISCOVERY_UNREADABLE),
        "another issuer": ({**DOCUMENT, "issuer": f"{ISSUER}/"}, Problem.ISSUER_DIFFERS),
        "a template without tenants": ({**DOCUMENT, "issuer": f"{ENTRA}/{{tenantid}}/v2.0"}, Problem.ISSUER_DIFFERS),
        "no keys": ({**DOCUMENT, "jwks_uri": None}, Problem.DISCOVERY_UNREADABLE),
        "plain http": ({**DOCUMENT, "token_endpoint": "http://login.example/t"}, Problem.DISCOVERY_UNREADABLE),
        "a script": ({**DOCUMENT, "authorization_endpoint": "javascript:alert(1)"}, Problem.DISCOVERY_UNREADABLE),
        "a user": ({**DOCUMENT, "token_endpoint": "https://a@login.example/t"}, Problem.DISCOVERY_UNREADABLE),
        "a line break": ({**DOCUMENT, "token_endpoint": "https://login.example/\nt"}, Problem.DISCOVERY_UNREADABLE),
        "a bad port": ({**DOCUMENT, "token_endpoint": "https://login.example:x/t"}, Problem.DISCOVERY_UNREADABLE),
    }
    assert {name: problem_of(read_metadata, document, provider()) for name, (document, _) in wrong.items()} == {
        name: problem for name, (_, problem) in wrong.items()
    }


def test_entras_endpoint_for_all_calls_itself_by_a_template():
    of_all = provider(issuer=f"{ENTRA}/organizations/v2.0", tenants=frozenset({"t1"}))
    document = {**DOCUMENT, "issuer": f"{ENTRA}/{{tenantid}}/v2.0"}
    assert read_metadata(document, of_all).issuer == f"{ENTRA}/{{tenantid}}/v2.0"
    other = {**DOCUMENT, "issuer": "https://evil.example/{tenantid}/v2.0"}
    assert problem_of(read_metadata, other, of_all) is Problem.ISSUER_DIFFERS


def test_settings_that_cannot_work_are_told():
    def told(given: OpenIdProvider, public_url: str | None = "https://stagecoach.example", *, loopback: bool = False):
        return settings_problem(given, public_url=public_url, allow_loopback=loopback)

    assert {
        "fine": told(provider()),
        "no public address": told(provider(), None),
        "plain public address": told(provider(), "http://stagecoach.example"),
        "this machine": told(provider(), "http://127.0.0.1:8000"),
        "plain issuer": told(provider(issuer="http://login.example")),
        "plain issuer here": told(provider(issuer="http://127.0.0.1:9000"), loopback=True),
        "plain issuer here, not allowed": told(provider(issuer="http://127.0.0.1:9000")),
        "any tenant": told(provider(issuer=f"{ENTRA}/common/v2.0")),
        "one tenant": told(provider(issuer=f"{ENTRA}/11111111-2222-3333-4444-555555555555/v2.0")),
        "any Google account": told(provider(issuer="https://accounts.google.com")),
        "one organisation": told(
            provider(issuer="https://accounts.google.com", hosted_domains=frozenset({"example.com"}))
        ),
    } == {
        "fine": None,
        "no public address": Problem.PUBLIC_URL_MISSING,
        "plain public address": Problem.PUBLIC_URL_NOT_HTTPS,
        "this machine": None,
        "plain issuer": Problem.ISSUER_NOT_HTTPS,
        "plain issuer here": None,
        "plain issuer here, not allowed": Problem.ISSUER_NOT_HTTPS,
        "any tenant": Problem.TENANTS_MISSING,
        "one tenant": None,
        "any Google account": Problem.HOSTED_DOMAIN_MISSING,
        "one organisation": None,
    }


def test_keys_for_encryption_are_left_out():
    sign, encrypt = public(rsa_key(), "one", use="sig"), public(rsa_key(), "two", use="enc")
    assert [each["kid"] for each in read_keys({"keys": [sign, encrypt, "junk"]}).entries] == ["one"]
    unreadable: list[object] = [None, {}, {"keys": {}}, {"keys": [{}] * 101}]
    assert {problem_of(read_keys, each) for each in unreadable} == {Problem.KEYS_UNREADABLE}


def test_a_sign_in_begins_with_the_code_flow_and_pkce():
    url = authorization_url(METADATA, provider(scopes=("profile", "openid")), redirect_uri="https://s/cb", flow=FLOW)
    assert url.startswith(f"{ISSUER}/authorize?")
    assert {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()} == {
        "response_type": "code",
        "response_mode": "query",
        "client_id": CLIENT,
        "redirect_uri": "https://s/cb",
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636, appendix B
        "code_challenge_method": "S256",
    }


def test_an_endpoint_keeps_its_own_query():
    metadata = Metadata(**{**vars(METADATA), "authorization_endpoint": f"{ISSUER}/authorize?p=b2c"})
    url = authorization_url(metadata, provider(), redirect_uri="https://s/cb", flow=FLOW)
    assert url.startswith(f"{ISSUER}/authorize?p=b2c&response_type=code")


def test_the_issuer_of_an_answer_is_compared_before_anything_else_of_it():
    naming = Metadata(**{**vars(METADATA), "names_itself": True})
    cases: dict[str, tuple[Metadata, dict[str, str], object]] = {
        "a code": (METADATA, {"code": "c"}, "c"),
        "a code that names its issuer": (naming, {"code": "c", "iss": ISSUER}, "c"),
        "another issuer": (METADATA, {"code": "c", "iss": "https://evil.example"}, Problem.MIXED_UP),
        "another issuer's error": (
            METADATA,
            {"error": "access_denied", "iss": "https://evil.example"},
            Problem.MIXED_UP,
        ),
        "no issuer where there is always one": (naming, {"code": "c"}, Problem.MIXED_UP),
        "no issuer of an error": (naming, {"error": "access_denied"}, Problem.MIXED_UP),
        "denied": (METADATA, {"error": "access_denied", "code": "c"}, Problem.DENIED),
        "another scope": (METADATA, {"error": "invalid_scope"}, Problem.SCOPE_REFUSED),
        "another error": (METADATA, {"error": "<script>"}, Problem.PROVIDER_FAILED),
        "nothing": (METADATA, {}, Problem.PROVIDER_FAILED),
        "a huge code": (METADATA, {"code": "c" * 5000}, Problem.PROVIDER_FAILED),
    }
    seen: dict[str, object] = {}
    for name, (metadata, query, _) in cases.items():
        try:
            seen[name] = read_answer(query, provider(), metadata)
        except SignInRefused as refused:
            seen[name] = refused.problem
    assert seen == {name: expected for name, (_, _, expected) in cases.items()}


def test_refusals_of_the_token_endpoint_say_what_to_compare():
    refusals = {
        "client": token_refusal({"error": "invalid_client"}, 401),
        "code": token_refusal({"error": "invalid_grant"}, 400),
        "no words": token_refusal(None, 401),
        "broken": token_refusal(["x"], 502),
    }
    assert {name: refusal.problem for name, refusal in refusals.items()} == {
        "client": Problem.CLIENT_REFUSED,
        "code": Problem.CODE_REFUSED,
        "no words": Problem.CLIENT_REFUSED,
        "broken": Problem.PROVIDER_FAILED,
    }


def test_the_provider_is_told_where_to_return_after_signing_out():
    url = end_session_url(METADATA, provider(), return_to="https://s/sign-in")
    assert url == f"{ISSUER}/logout?client_id={CLIENT}&post_logout_redirect_uri=https%3A%2F%2Fs%2Fsign-in"
    without = Metadata(**{**vars(METADATA), "end_session_endpoint": None})
    assert end_session_url(without, provider(), return_to="https://s/sign-in") is None


def test_groups_are_read_in_the_forms_of_each_provider():
    url = "https://stagecoach.example/groups"
    assert {
        "names": named_groups({"groups": ["shop", "ops", "shop"]}, "groups"),
        "one as text": named_groups({"groups": "shop"}, "groups"),
        "Keycloak's paths": named_groups({"groups": ["/shop", "/shop/admins"]}, "groups"),
        "GitLab's ID token": named_groups({"groups_direct": ["corp/shop"]}, "groups"),
        "Auth0's URL": named_groups({url: ["shop"]}, url),
        "none": named_groups({"groups": []}, "groups"),
        "a claim of a claim": named_groups({"realm_access": {"roles": ["x"]}}, "realm_access.roles"),
        "Entra's roles beside too many groups": named_groups({"hasgroups": True, "roles": ["admin"]}, "roles"),
    } == {
        "names": ("shop", "ops"),
        "one as text": ("shop",),
        "Keycloak's paths": ("shop", "shop/admins"),
        "GitLab's ID token": None,
        "Auth0's URL": ("shop",),
        "none": (),
        "a claim of a claim": None,
        "Entra's roles beside too many groups": ("admin",),
    }


@pytest.mark.parametrize(
    "claims",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example"}}},
        {"hasgroups": True},
        {"hasgroups": "true"},
    ],
)
def test_groups_that_entra_left_out_are_a_refusal_and_not_no_groups(claims: dict[str, Any]):
    assert problem_of(named_groups, claims, "groups") is Problem.TOO_MANY_GROUPS


@pytest.mark.parametrize("value", [{"a": 1}, 7, True, [7], [["a"]], ["a" * 300], ["a"] * 2001, ["a\0b"]])
def test_what_is_no_list_of_names_is_a_refusal(value: object):
    assert problem_of(named_groups, {"groups": value, "hasgroups": []}, "groups") is Problem.GROUPS_UNREADABLE


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "applications",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/a\nb",
        "https://evil.example",
        "/sign-in?return=%2F",
        "/sign-in",
        "/sign-in/",
        "/api/v1/session/oidc/corp",
        "/é",
        "/" + "a" * 2001,
    ],
)
def test_the_page_to_return_to_is_one_of_this_console(path: str | None):
    assert safe_return(path) == "/"


def test_a_page_of_this_console_is_returned_to():
    assert safe_return("/applications/shop?tab=a%20b#x") == "/applications/shop?tab=a%20b#x"


@given(st.text(alphabet="/\\.:@?#a \t\n%", max_size=12))
def test_no_path_leads_to_another_host(path: str):
    returned = safe_return(path)
    assert urlsplit(returned).netloc == ""
    assert returned.startswith("/")
    assert returned[1:2] not in {"/", "\\"}


def test_every_problem_has_a_sentence_that_names_settings_by_their_whole_name():
    sentences = [sentence(each, provider="Corp", setting="STAGECOACH_OIDC__CORP__") for each in Problem]
    assert [each for each in sentences if "{" in each or not each.endswith(".")] == []
    assert len(set(sentences)) == len(Problem)
